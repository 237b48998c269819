package io.cxr.train.linear;

import de.bwaldvogel.liblinear.Feature;
import de.bwaldvogel.liblinear.FeatureNode;
import de.bwaldvogel.liblinear.Linear;
import de.bwaldvogel.liblinear.Model;
import de.bwaldvogel.liblinear.Parameter;
import de.bwaldvogel.liblinear.Problem;
import de.bwaldvogel.liblinear.SolverType;
import io.cxr.dataset.GroupedFolds;
import io.cxr.model.Calibration;
import io.cxr.model.OutputActivation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A linear support vector machine by LIBLINEAR (Fan et al., JMLR 9, 2008): L2-regularised with the
 * squared hinge loss, an intercept that is not regularised, one label against the rest, in the
 * primal by a trust region Newton method that draws no random numbers. Two labels have one machine.
 *
 * <p>Its decision values become logits by Platt's calibration (Platt, 1999), {@code A f + B} for
 * each label, which is fitted to the decision values of machines that did not see the sample, nor
 * another of its group. Since both steps are linear, they are one {@link LinearModel}. Two labels
 * get the logits {@code -(A f + B) / 2} and {@code (A f + B) / 2}, whose softmax is Platt's
 * probability.
 *
 * <p>A sample takes 28 bytes a feature while it is fitted.
 */
public final class LinearSvm {
  /** The costs that are tried. */
  private static final double[] COSTS = {1e-5, 1e-4, 1e-3, 1e-2, 1e-1};

  private static final int FOLDS = 5;
  private static final double TOLERANCE = 0.01;

  static {
    // Else every fit prints its iterations to standard output.
    Linear.disableDebugOutput();
  }

  private final Feature[][] samples;
  private final FeatureRows rows;
  private final @Nullable DirectionPenalty penalty;
  private final int width;
  private final int[] labels;
  private final int labelCount;
  private final double[] weights;
  private final int[] folds;

  private LinearSvm(
      FeatureRows rows,
      int[] labels,
      double[] weights,
      List<String> groups,
      @Nullable DirectionPenalty penalty,
      long seed)
      throws IOException {
    this.rows = rows;
    this.penalty = penalty;
    this.width = rows.width();
    this.labels = labels.clone();
    this.labelCount = weights.length;
    this.weights = weights.clone();
    int most = Math.min(FOLDS, GroupedFolds.most(labels, labelCount, groups));
    if (most < 2) {
      throw new IllegalArgumentException(
          "Inner folds: expected training images of at least two patients for each label, found"
              + " fewer for one. Add images, or train another head.");
    }
    this.folds = GroupedFolds.of(labels, labelCount, groups, most, seed);
    this.samples = new Feature[rows.size()][];
    float[] row = new float[width];
    for (int i = 0; i < samples.length; i++) {
      rows.copy(i, row, 0);
      samples[i] = nodes(row);
    }
  }

  /** A sample as LIBLINEAR takes it, with the intercept's constant behind. */
  static Feature[] nodes(float[] row) {
    Feature[] nodes = new Feature[row.length + 1];
    for (int i = 0; i < row.length; i++) {
      nodes[i] = new FeatureNode(i + 1, row[i]);
    }
    nodes[row.length] = new FeatureNode(row.length + 1, 1);
    return nodes;
  }

  /** A fitted machine. */
  public static final class Fit {
    private final LinearModel model;
    private final double cost;
    private final List<Calibration.Platt> calibrations;

    private Fit(LinearModel model, double cost, List<Calibration.Platt> calibrations) {
      this.model = model;
      this.cost = cost;
      this.calibrations = List.copyOf(calibrations);
    }

    /**
     * From features to calibrated logits.
     *
     * @return a model with a unit a label
     */
    public LinearModel model() {
      return model;
    }

    /**
     * LIBLINEAR's C, as given or chosen.
     *
     * @return above 0
     */
    public double cost() {
      return cost;
    }

    /**
     * What makes logits of decision values.
     *
     * @return one a label; for two labels one alone, of the second
     */
    public List<Calibration.Platt> calibrations() {
      return calibrations;
    }
  }

  /**
   * Fits the machine.
   *
   * @param rows features of one scale
   * @param labels the label of each sample, from 0
   * @param weights how much an error on each label counts; as many as there are labels
   * @param groups the patient of each sample, or a substitute: inner folds keep groups together
   * @param cost LIBLINEAR's C, above 0; where empty, the one of 1e-5, 1e-4, 1e-3, 0.01 and 0.1
   *     whose calibrated answers for the inner folds have the least cross-entropy
   * @param seed chooses among the possible inner folds
   * @return the machine
   * @throws IOException if features cannot be read
   * @throws IllegalArgumentException if a label has fewer than two groups
   */
  public static Fit fit(
      FeatureRows rows,
      int[] labels,
      double[] weights,
      List<String> groups,
      OptionalDouble cost,
      long seed)
      throws IOException {
    return new LinearSvm(rows, labels, weights, groups, null, seed).fit(cost);
  }

  /**
   * Fits the machine with a penalty on some directions beside that on the length of its weights. It
   * has the strength that it would have beside the mean hinge loss, whatever the cost.
   *
   * @param rows features of one scale
   * @param labels the label of each sample, from 0
   * @param weights how much an error on each label counts; as many as there are labels
   * @param groups the patient of each sample, or a substitute
   * @param cost LIBLINEAR's C, or empty
   * @param penalty the penalty
   * @param seed chooses among the possible inner folds
   * @return the machine
   * @throws IOException if features cannot be read
   * @throws IllegalArgumentException if a label has fewer than two groups
   */
  public static Fit fit(
      FeatureRows rows,
      int[] labels,
      double[] weights,
      List<String> groups,
      OptionalDouble cost,
      DirectionPenalty penalty,
      long seed)
      throws IOException {
    return new LinearSvm(rows, labels, weights, groups, penalty, seed).fit(cost);
  }

  private Fit fit(OptionalDouble cost) throws IOException {
    double[] costs = cost.isPresent() ? new double[] {cost.getAsDouble()} : COSTS;
    double best = Double.NaN;
    double least = Double.POSITIVE_INFINITY;
    List<Calibration.Platt> calibrations = List.of();
    for (double candidate : costs) {
      scale(candidate);
      double[][] decisions = outOfFold(candidate);
      List<Calibration.Platt> fitted = platt(decisions);
      double loss = loss(decisions, fitted);
      if (loss < least) {
        least = loss;
        best = candidate;
        calibrations = fitted;
      }
    }
    scale(best);
    double[][] planes = planes(best, IntStream.range(0, samples.length).toArray());
    if (penalty != null) {
      for (double[] plane : planes) {
        penalty.scale(plane, factor(best));
      }
    }
    LinearModel model = new LinearModel(width, labelCount);
    for (int machine = 0; machine < planes.length; machine++) {
      Calibration.Platt platt = calibrations.get(machine);
      if (planes.length == 1) {
        set(model, 0, planes[0], -platt.slope() / 2, -platt.intercept() / 2);
        set(model, 1, planes[0], platt.slope() / 2, platt.intercept() / 2);
      } else {
        set(model, machine, planes[machine], platt.slope(), platt.intercept());
      }
    }
    return new Fit(model, best, calibrations);
  }

  /** How much the penalty counts beside half the squared weights. */
  private double factor(double cost) {
    return cost * Arrays.stream(labels).mapToDouble(label -> weights[label]).sum();
  }

  /** Makes the penalty part of the samples, anew for each cost. */
  private void scale(double cost) throws IOException {
    if (penalty == null) {
      return;
    }
    float[] row = new float[width];
    double[] scaled = new double[width];
    for (int i = 0; i < samples.length; i++) {
      rows.copy(i, row, 0);
      for (int f = 0; f < width; f++) {
        scaled[f] = row[f];
      }
      penalty.scale(scaled, factor(cost));
      for (int f = 0; f < width; f++) {
        samples[i][f].setValue(scaled[f]);
      }
    }
  }

  private void set(LinearModel model, int unit, double[] plane, double slope, double intercept) {
    double[] scaled = new double[width];
    for (int i = 0; i < width; i++) {
      scaled[i] = slope * plane[i];
    }
    model.set(unit, scaled, slope * plane[width] + intercept);
  }

  /** Decision values {@code [sample][machine]} of machines that were fitted to other folds. */
  private double[][] outOfFold(double cost) {
    double[][] decisions = new double[samples.length][];
    IntStream.rangeClosed(0, Arrays.stream(folds).max().orElse(0))
        .parallel()
        .forEach(
            fold -> {
              int[] others =
                  IntStream.range(0, samples.length).filter(i -> folds[i] != fold).toArray();
              double[][] planes = planes(cost, others);
              for (int i = 0; i < samples.length; i++) {
                if (folds[i] == fold) {
                  decisions[i] = decisions(planes, samples[i]);
                }
              }
            });
    return decisions;
  }

  private static double[] decisions(double[][] planes, Feature[] sample) {
    double[] decisions = new double[planes.length];
    for (int machine = 0; machine < planes.length; machine++) {
      for (Feature feature : sample) {
        decisions[machine] += planes[machine][feature.getIndex() - 1] * feature.getValue();
      }
    }
    return decisions;
  }

  /** Weights with the intercept behind, for each label, or for the second of two labels. */
  private double[][] planes(double cost, int[] rows) {
    Problem problem = new Problem();
    problem.l = rows.length;
    problem.n = width + 1;
    problem.bias = 1;
    problem.x = Arrays.stream(rows).mapToObj(row -> samples[row]).toArray(Feature[][]::new);
    problem.y = Arrays.stream(rows).mapToDouble(row -> labels[row]).toArray();
    Parameter parameter = new Parameter(SolverType.L2R_L2LOSS_SVC, cost, TOLERANCE);
    parameter.setRegularizeBias(false);
    parameter.setWeights(weights, IntStream.range(0, labelCount).toArray());
    Model model = Linear.train(problem, parameter);
    double[] all = model.getFeatureWeights();
    int[] order = model.getLabels();
    int machines = labelCount == 2 ? 1 : labelCount;
    double[][] planes = new double[machines][width + 1];
    for (int machine = 0; machine < machines; machine++) {
      int label = machines == 1 ? 1 : order[machine];
      // LIBLINEAR's one machine speaks for the label that came first.
      int sign = machines == 1 && order[0] == 0 ? -1 : 1;
      for (int i = 0; i <= width; i++) {
        planes[machines == 1 ? 0 : label][i] = sign * all[i * machines + machine];
      }
    }
    return planes;
  }

  private List<Calibration.Platt> platt(double[][] decisions) {
    List<Calibration.Platt> fitted = new ArrayList<>();
    for (int machine = 0; machine < decisions[0].length; machine++) {
      int label = decisions[0].length == 1 ? 1 : machine;
      List<double[]> answers = new ArrayList<>();
      int[] truth = new int[decisions.length];
      for (int i = 0; i < truth.length; i++) {
        double answer = 1 / (1 + Math.exp(-decisions[i][machine]));
        answers.add(new double[] {1 - answer, answer});
        truth[i] = labels[i] == label ? 1 : 0;
      }
      fitted.add(
          (Calibration.Platt)
              Calibration.fit(OutputActivation.SIGMOID_OF_SECOND_LABEL, answers, truth));
    }
    return fitted;
  }

  /** Mean cross-entropy of the calibrated decisions. */
  private double loss(double[][] decisions, List<Calibration.Platt> calibrations) {
    double loss = 0;
    double[] logits = new double[labelCount];
    for (int i = 0; i < decisions.length; i++) {
      for (int machine = 0; machine < decisions[i].length; machine++) {
        Calibration.Platt platt = calibrations.get(machine);
        double logit = platt.slope() * decisions[i][machine] + platt.intercept();
        logits[decisions[i].length == 1 ? 1 : machine] = logit;
      }
      double sum = 0;
      for (double logit : logits) {
        sum += Math.exp(logit - logits[labels[i]]);
      }
      loss += Math.log(sum) / decisions.length;
    }
    return loss;
  }
}
