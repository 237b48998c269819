package io.cxr.train.linear;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The principal axes of samples. */
public final class PrincipalAxes {
  private static final int ITERATIONS = 60;

  private PrincipalAxes() {}

  /**
   * Finds the axes of the greatest mean squares, by subspace iteration on the second moments, then
   * Jacobi rotations within the subspace.
   *
   * @param rows samples whose mean is about zero, at least one
   * @param components how many axes, at most as many as a sample has values
   * @return {@code [component, value]}, of unit length, by falling mean square
   */
  public static double[][] of(float[][] rows, int components) {
    int channels = rows[0].length;
    INDArray samples = Nd4j.createFromArray(rows);
    INDArray covariance = samples.transpose().mmul(samples).divi(rows.length);
    SplittableRandom random = new SplittableRandom(1);
    double[][] basis = new double[components][channels];
    for (double[] axis : basis) {
      Arrays.setAll(axis, c -> random.nextDouble() - 0.5);
    }
    orthonormalize(basis);
    for (int iteration = 0; iteration < ITERATIONS; iteration++) {
      basis = product(covariance, basis);
      orthonormalize(basis);
    }
    double[][] image = product(covariance, basis);
    double[][] small = new double[components][components];
    for (int a = 0; a < components; a++) {
      for (int b = 0; b < components; b++) {
        double sum = 0;
        for (int c = 0; c < channels; c++) {
          sum += basis[a][c] * image[b][c];
        }
        small[a][b] = sum;
      }
    }
    JacobiRotations.diagonalize(small, basis);
    orthonormalize(basis);
    return basis;
  }

  private static double[][] product(INDArray covariance, double[][] basis) {
    float[][] rows = new float[basis.length][];
    for (int k = 0; k < rows.length; k++) {
      rows[k] = new float[basis[k].length];
      for (int c = 0; c < rows[k].length; c++) {
        rows[k][c] = (float) basis[k][c];
      }
    }
    // The covariance is its own transpose.
    return Nd4j.createFromArray(rows).mmul(covariance).toDoubleMatrix();
  }

  /** Modified Gram and Schmidt, twice for accuracy. */
  private static void orthonormalize(double[][] basis) {
    for (int k = 0; k < basis.length; k++) {
      for (int pass = 0; pass < 2; pass++) {
        for (int j = 0; j < k; j++) {
          double along = 0;
          for (int c = 0; c < basis[k].length; c++) {
            along += basis[j][c] * basis[k][c];
          }
          for (int c = 0; c < basis[k].length; c++) {
            basis[k][c] -= along * basis[j][c];
          }
        }
      }
      double norm = 0;
      for (double value : basis[k]) {
        norm += value * value;
      }
      norm = Math.max(Math.sqrt(norm), 1e-30);
      for (int c = 0; c < basis[k].length; c++) {
        basis[k][c] /= norm;
      }
    }
  }
}
