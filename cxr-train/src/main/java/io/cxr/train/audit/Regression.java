package io.cxr.train.audit;

import de.bwaldvogel.liblinear.Feature;
import de.bwaldvogel.liblinear.FeatureNode;
import de.bwaldvogel.liblinear.Linear;
import de.bwaldvogel.liblinear.Model;
import de.bwaldvogel.liblinear.Parameter;
import de.bwaldvogel.liblinear.Problem;
import de.bwaldvogel.liblinear.SolverType;
import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * Features of all images, standardised on those of a training fold, and the logistic regressions
 * fitted to them: L2-regularised with an unregularised intercept, by LIBLINEAR's trust region
 * Newton method (Lin, Weng and Keerthi, JMLR 9, 2008), which draws no random numbers.
 */
final class Regression {
  /** The weight of one image's loss against the regularisation. */
  private static final double COST = 0.1;

  private static final double TOLERANCE = 0.01;

  /** Deviations from the mean beyond this are cut, so that one odd image does not rule a fit. */
  private static final float FARTHEST = 5;

  static {
    // Else every fit prints its iterations to standard output.
    Linear.disableDebugOutput();
  }

  private final int width;
  private final Feature[][] standardised;

  /**
   * Standardises features.
   *
   * @param features one row an image
   * @param training the rows whose mean and deviation count
   */
  Regression(float[][] features, int[] training) {
    width = features[0].length;
    double[] mean = new double[width];
    double[] squares = new double[width];
    for (int row : training) {
      for (int i = 0; i < width; i++) {
        mean[i] += features[row][i] / training.length;
      }
    }
    for (int row : training) {
      for (int i = 0; i < width; i++) {
        double distance = features[row][i] - mean[i];
        squares[i] += distance * distance / training.length;
      }
    }
    standardised = new Feature[features.length][];
    for (int row = 0; row < features.length; row++) {
      Feature[] nodes = new Feature[width + 1];
      for (int i = 0; i < width; i++) {
        double deviation = Math.sqrt(squares[i]);
        double value = deviation < 1e-6 ? 0 : (features[row][i] - mean[i]) / deviation;
        nodes[i] = new FeatureNode(i + 1, Math.max(-FARTHEST, Math.min(FARTHEST, value)));
      }
      nodes[width] = new FeatureNode(width + 1, 1);
      standardised[row] = nodes;
    }
  }

  /**
   * Fits one regression and scores images by it.
   *
   * @param training the rows to fit to, with both answers among them
   * @param positive which rows are positive
   * @param scored the rows to score
   * @return the log odds of being positive, for each scored row
   */
  double[] scores(int[] training, IntPredicate positive, int[] scored) {
    Problem problem = new Problem();
    problem.l = training.length;
    problem.n = width + 1;
    problem.bias = 1;
    problem.x =
        Arrays.stream(training).mapToObj(row -> standardised[row]).toArray(Feature[][]::new);
    problem.y = Arrays.stream(training).mapToDouble(row -> positive.test(row) ? 1 : -1).toArray();
    Parameter parameter = new Parameter(SolverType.L2R_LR, COST, TOLERANCE);
    parameter.setRegularizeBias(false);
    Model model = Linear.train(problem, parameter);
    double[] weights = model.getFeatureWeights();
    // The weights speak for the label that came first in the training rows.
    int sign = model.getLabels()[0];
    double[] scores = new double[scored.length];
    for (int i = 0; i < scored.length; i++) {
      double sum = 0;
      for (Feature feature : standardised[scored[i]]) {
        sum += weights[feature.getIndex() - 1] * feature.getValue();
      }
      scores[i] = sign * sum;
    }
    return scores;
  }
}
