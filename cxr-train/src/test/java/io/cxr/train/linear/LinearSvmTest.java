package io.cxr.train.linear;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import de.bwaldvogel.liblinear.Feature;
import de.bwaldvogel.liblinear.Linear;
import de.bwaldvogel.liblinear.Model;
import de.bwaldvogel.liblinear.Parameter;
import de.bwaldvogel.liblinear.Problem;
import de.bwaldvogel.liblinear.SolverType;
import io.cxr.model.Calibration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LinearSvmTest {
  private static final int SAMPLES = 90;
  private static final int WIDTH = 6;

  /** Labels are in another order than they first appear in, as LIBLINEAR orders by appearance. */
  private static int[] labels(int count) {
    int[] labels = new int[SAMPLES];
    Arrays.setAll(labels, i -> (count - 1 + i * (count - 1)) % count);
    return labels;
  }

  private static final class Drawn implements FeatureRows {
    private final int[] labels;

    Drawn(int[] labels) {
      this.labels = labels;
    }

    @Override
    public int size() {
      return SAMPLES;
    }

    @Override
    public int width() {
      return WIDTH;
    }

    @Override
    public void copy(int row, float[] into, int offset) {
      Random random = new Random(row);
      for (int i = 0; i < WIDTH; i++) {
        into[offset + i] = (float) (random.nextGaussian() + (i == labels[row] ? 1.5 : 0));
      }
    }
  }

  private static List<String> groups() {
    List<String> groups = new ArrayList<>();
    for (int i = 0; i < SAMPLES; i++) {
      groups.add("patient " + i / 3);
    }
    return groups;
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void theModelGivesCalibratedDecisionValuesOfLiblinear(int count) throws Exception {
    int[] labels = labels(count);
    double[] weights = new double[count];
    Arrays.fill(weights, 1);
    weights[1] = 2;
    Drawn rows = new Drawn(labels);
    LinearSvm.Fit fit = LinearSvm.fit(rows, labels, weights, groups(), OptionalDouble.of(0.3), 1);
    assertEquals(0.3, fit.cost());

    Problem problem = new Problem();
    problem.l = SAMPLES;
    problem.n = WIDTH + 1;
    problem.bias = 1;
    problem.x = new Feature[SAMPLES][];
    problem.y = Arrays.stream(labels).asDoubleStream().toArray();
    float[] row = new float[WIDTH];
    for (int i = 0; i < SAMPLES; i++) {
      rows.copy(i, row, 0);
      problem.x[i] = LinearSvm.nodes(row);
    }
    Parameter parameter = new Parameter(SolverType.L2R_L2LOSS_SVC, 0.3, 0.01);
    parameter.setRegularizeBias(false);
    parameter.setWeights(weights, count == 2 ? new int[] {0, 1} : new int[] {0, 1, 2});
    Model model = Linear.train(problem, parameter);

    int right = 0;
    for (int i = 0; i < SAMPLES; i++) {
      rows.copy(i, row, 0);
      double[] logits = new double[count];
      fit.model().logits(row, 1, logits);
      double[] decisions = new double[count];
      Linear.predictValues(model, problem.x[i], decisions);
      for (int machine = 0; machine < (count == 2 ? 1 : count); machine++) {
        int label = model.getLabels()[machine];
        Calibration.Platt platt = fit.calibrations().get(count == 2 ? 0 : label);
        if (count == 2) {
          double second = label == 1 ? decisions[0] : -decisions[0];
          double logit = platt.slope() * second + platt.intercept();
          assertEquals(logit, logits[1] - logits[0], 1e-4);
          assertEquals(0, logits[0] + logits[1], 1e-5);
        } else {
          double logit = platt.slope() * decisions[machine] + platt.intercept();
          assertEquals(logit, logits[label], 1e-4);
        }
      }
      int top = 0;
      for (int label = 1; label < count; label++) {
        top = logits[label] > logits[top] ? label : top;
      }
      right += top == labels[i] ? 1 : 0;
    }
    assertTrue(right > 0.7 * SAMPLES, right + " right");
  }

  /** A better answer for patients that a machine did not see decides the cost, and is kept. */
  @Test
  void theCostIsChosen() throws Exception {
    int[] labels = labels(2);
    double[] weights = {1, 1};
    double cost =
        LinearSvm.fit(new Drawn(labels), labels, weights, groups(), OptionalDouble.empty(), 1)
            .cost();
    assertTrue(cost > 1e-5 && cost <= 0.1, "cost " + cost);
  }

  @Test
  void aLabelOfOnePatientIsRefused() {
    int[] labels = new int[SAMPLES];
    labels[0] = 1;
    String message =
        assertThrows(
                IllegalArgumentException.class,
                () ->
                    LinearSvm.fit(
                        new Drawn(labels),
                        labels,
                        new double[] {1, 1},
                        groups(),
                        OptionalDouble.empty(),
                        1))
            .getMessage();
    assertTrue(message.contains("two patients"), message);
  }
}
