package io.cxr.train.linear;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.train.loss.LogitLoss;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LbfgsTest {

  /** The valley of Rosenbrock (1960) in ten dimensions, whose least is 0 at ones. */
  @Test
  void followsAValley() throws IOException {
    double[] point = new double[10];
    Arrays.fill(point, -1.2);
    Lbfgs.End end =
        Lbfgs.minimize(
            (x, gradient) -> {
              Arrays.fill(gradient, 0);
              double value = 0;
              for (int i = 0; i < x.length - 1; i++) {
                double a = x[i + 1] - x[i] * x[i];
                double b = 1 - x[i];
                value += 100 * a * a + b * b;
                gradient[i] += -400 * a * x[i] - 2 * b;
                gradient[i + 1] += 200 * a;
              }
              return value;
            },
            point,
            1e-8,
            1000);
    assertTrue(end.converged(), end.toString());
    double[] ones = new double[10];
    Arrays.fill(ones, 1);
    assertArrayEquals(ones, point, 1e-6);
    assertEquals(0, end.value(), 1e-10);
  }

  @Test
  void saysWhenItHasNotArrived() throws IOException {
    double[] point = {100, 100};
    Lbfgs.End end =
        Lbfgs.minimize(
            (x, gradient) -> {
              gradient[0] = Math.tanh(x[0]);
              gradient[1] = 1e-3 * Math.tanh(x[1]);
              return Math.log(Math.cosh(x[0])) + 1e-3 * Math.log(Math.cosh(x[1]));
            },
            point,
            1e-9,
            3);
    assertEquals(3, end.iterations());
    assertTrue(!end.converged());
  }

  /** Two samples, one feature: the least is where the derivative by hand is 0. */
  @Test
  void theRegressionIsThatOfTheFormula() throws IOException {
    FeatureRows rows = rows(new float[][] {{1}, {-1}});
    double l2 = 0.1;
    FullBatch.Fit fit =
        new FullBatch(
                rows,
                new float[] {0, 1, 1, 0},
                new float[] {1, 1},
                2,
                new LogitLoss.SoftmaxCrossEntropy(),
                l2)
            .minimize();
    assertTrue(fit.end().converged());
    double w = fit.model().weight(0, 1);
    assertEquals(-w, fit.model().weight(0, 0), 1e-5);
    assertEquals(0, fit.model().bias(0), 1e-5);
    // d/dw of ln(1 + exp(-2 w)) + l2 w^2
    assertEquals(l2 * w, 1 / (1 + Math.exp(2 * w)), 1e-4);
  }

  /** The derivatives are those of the value, for every loss. */
  @Test
  void derivativesAreRight() throws IOException {
    Random random = new Random(1);
    float[][] features = new float[150][5];
    float[] targets = new float[150 * 3];
    float[] weights = new float[150];
    for (int i = 0; i < 150; i++) {
      for (int k = 0; k < 5; k++) {
        features[i][k] = (float) random.nextGaussian();
      }
      Arrays.fill(targets, 3 * i, 3 * i + 3, 0.1f);
      targets[3 * i + i % 3] = 0.8f;
      weights[i] = 1 + i % 2;
    }
    for (LogitLoss loss :
        List.of(
            new LogitLoss.SoftmaxCrossEntropy(),
            new LogitLoss.NormalizedSigmoidCrossEntropy(),
            new LogitLoss.Focal(2))) {
      FullBatch batch = new FullBatch(rows(features), targets, weights, 3, loss, 0.3);
      double[] point = new double[18];
      for (int i = 0; i < point.length; i++) {
        point[i] = random.nextGaussian();
      }
      double[] gradient = new double[18];
      batch.value(point, gradient);
      for (int i = 0; i < point.length; i++) {
        double[] moved = point.clone();
        moved[i] += 1e-5;
        double more = batch.value(moved, new double[18]);
        moved[i] -= 2e-5;
        double less = batch.value(moved, new double[18]);
        assertEquals((more - less) / 2e-5, gradient[i], 1e-5, loss + " " + i);
      }
    }
  }

  @Test
  void withoutPenaltyNothingIsFitted() {
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new FullBatch(
                rows(new float[][] {{1}}),
                new float[] {0, 1},
                new float[] {1},
                2,
                new LogitLoss.SoftmaxCrossEntropy(),
                0));
  }

  private static FeatureRows rows(float[][] features) {
    return new FeatureRows() {
      @Override
      public int size() {
        return features.length;
      }

      @Override
      public int width() {
        return features[0].length;
      }

      @Override
      public void copy(int row, float[] into, int offset) {
        System.arraycopy(features[row], 0, into, offset, features[row].length);
      }
    };
  }
}
