package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientSplit;
import io.cxr.train.architecture.LocalMaximaCnn;
import io.cxr.train.architecture.PretrainedArchitecture;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Heads on features of which one shows the label and one, far plainer, the source. */
class SourceHeadTest {
  private static final int LABEL_FEATURE = 2;
  private static final int SOURCE_FEATURE = 5;
  private static final int FEATURES = 8;

  /** Images of label A and B, most of A from one source and most of B from the other. */
  private static final String[][] CELLS = {
    {"A", "here"}, {"A", "here"}, {"A", "here"}, {"A", "there"},
    {"B", "there"}, {"B", "there"}, {"B", "there"}, {"B", "here"}
  };

  private static final int IMAGES = 400;

  private static LabelledRadiograph item(int index, boolean sources) {
    String[] cell = CELLS[index % CELLS.length];
    return new LabelledRadiograph(
        Path.of("drawn " + index),
        cell[0],
        Optional.of("patient " + index / 16),
        sources ? Optional.of(cell[1]) : Optional.empty(),
        Optional.empty());
  }

  private static TrainingPlan plan(
      boolean sources, UnaryOperator<TrainingRecipe.Builder> settings) {
    return plan(IMAGES, sources, settings);
  }

  private static TrainingPlan plan(
      int images, boolean sources, UnaryOperator<TrainingRecipe.Builder> settings) {
    List<LabelledRadiograph> items = new ArrayList<>();
    for (int i = 0; i < images; i++) {
      items.add(item(i, sources));
    }
    TrainingRecipe recipe =
        settings
            .apply(
                TrainingRecipe.builder(PretrainedArchitecture.compactResNet50())
                    .weights(Path.of("not read.h5"))
                    .batchSize(IMAGES)
                    .learningRate(0.02)
                    .epochs(300))
            .build();
    return TrainingPlan.builder(
            recipe,
            TrainingData.of(
                "drawn", List.of("A", "B"), new PatientSplit(items, items, true, List.of())),
            Path.of("no.onnx"))
        .build();
  }

  private static FeatureSamples samples() {
    int[] labels = new int[IMAGES];
    Arrays.setAll(labels, i -> item(i, true).label().equals("A") ? 0 : 1);
    return new FeatureSamples(
        new FeatureSamples.Features() {
          @Override
          public int width() {
            return FEATURES;
          }

          @Override
          public void copy(int index, int view, float[] into, int offset) {
            Random random = new Random(index);
            for (int i = 0; i < FEATURES; i++) {
              into[offset + i] = (float) random.nextGaussian();
            }
            boolean here = item(index, true).source().orElseThrow().equals("here");
            into[offset + LABEL_FEATURE] += labels[index] == 0 ? 1 : -1;
            into[offset + SOURCE_FEATURE] *= 0.1f;
            into[offset + SOURCE_FEATURE] += here ? 2 : -2;
          }
        },
        labels,
        Optional.empty(),
        0,
        false,
        1);
  }

  private static LinearHead fitted(TrainingPlan plan) throws Exception {
    LinearHead head = LinearHead.of(plan, samples(), samples());
    for (int epoch = 1; epoch <= head.epochs(); epoch++) {
      head.startEpoch(epoch);
      for (int step = 0; step < head.steps(); step++) {
        assertTrue(head.step());
      }
    }
    return head;
  }

  /** How much more the second label is favoured by a feature than the first. */
  private static double weight(LinearHead head, int feature) {
    return Math.abs(head.model().weight(feature, 1) - head.model().weight(feature, 0));
  }

  /** With a penalty on all weights, without which those of images that can be told apart grow. */
  private static UnaryOperator<TrainingRecipe.Builder> by(Solver solver) {
    return recipe -> recipe.solver(solver).l2(solver instanceof Solver.LinearSvm ? 0 : 0.02);
  }

  static Stream<Solver> solvers() {
    return Stream.of(
        new Solver.Adam(), new Solver.Lbfgs(), new Solver.LinearSvm(OptionalDouble.of(0.01)));
  }

  @ParameterizedTest
  @MethodSource("solvers")
  void aStrongPenaltyLeavesNoWeightOnThePlantedSource(Solver solver) throws Exception {
    LinearHead without = fitted(plan(true, by(solver)));
    assertTrue(
        weight(without, SOURCE_FEATURE) > 0.2 * weight(without, LABEL_FEATURE),
        "the head uses the source");
    LinearHead strong = fitted(plan(true, recipe -> by(solver).apply(recipe).sourcePenalty(1e6)));
    // The direction is that of means, which noise turns a little out of the feature's own.
    assertTrue(
        weight(strong, SOURCE_FEATURE) < 0.1 * weight(strong, LABEL_FEATURE),
        weight(strong, SOURCE_FEATURE) + " beside " + weight(strong, LABEL_FEATURE));
    assertTrue(
        weight(strong, LABEL_FEATURE) > 0.5 * weight(without, LABEL_FEATURE),
        weight(strong, LABEL_FEATURE) + " beside " + weight(without, LABEL_FEATURE));
    LinearHead weak = fitted(plan(true, recipe -> by(solver).apply(recipe).sourcePenalty(0.05)));
    assertTrue(weight(weak, SOURCE_FEATURE) < weight(without, SOURCE_FEATURE));
    assertTrue(weight(weak, SOURCE_FEATURE) > weight(strong, SOURCE_FEATURE));
    LinearHead zero = fitted(plan(true, recipe -> by(solver).apply(recipe).sourcePenalty(0)));
    assertArrayEquals(without.weights(), zero.weights());
  }

  @Test
  void everySourceOfALabelCountsTheSame() {
    TrainingPlan plan = plan(true, recipe -> recipe.balance(Balance.SOURCES));
    Map<String, Double> sums = new HashMap<>();
    for (int i = 0; i < IMAGES; i++) {
      LabelledRadiograph item = plan.data().training().get(i);
      sums.merge(
          item.label() + item.source().orElseThrow(),
          (double) plan.imageWeights().of(i),
          Double::sum);
    }
    assertEquals(4, sums.size());
    sums.values().forEach(sum -> assertEquals(IMAGES / 4.0, sum, 1e-3));
    Map<String, Integer> met = new HashMap<>();
    for (int image : plan.imageWeights().repeated()) {
      LabelledRadiograph item = plan.data().training().get(image);
      met.merge(item.label() + item.source().orElseThrow(), 1, Integer::sum);
    }
    met.values().forEach(count -> assertEquals(150, count));
    double[] ofRepeated = plan.imageWeights().ofRepeated(2);
    assertEquals(IMAGES / 2.0 / 300, ofRepeated[0], 1e-6);
    Map<String, String> card = TrainingCard.settings(plan);
    assertEquals("source x label", card.get("balance"));
    assertEquals(
        plan.imageWeights().of(0),
        Float.parseFloat(String.valueOf(card.get("classWeight.A of here"))));
  }

  @Test
  void aSourceOfAHandfulCountsByItsShare() {
    // 15 and 5 images of each label: by their shares of 50, not the same.
    TrainingPlan plan = plan(40, true, recipe -> recipe.balance(Balance.SOURCES));
    for (int i = 0; i < 40; i++) {
      assertEquals(1, plan.imageWeights().of(i), 1e-6);
    }
    assertEquals(40, plan.imageWeights().repeated().length);
    // 60 and 20: in full, and two fifths of it.
    TrainingPlan larger = plan(160, true, recipe -> recipe.balance(Balance.SOURCES));
    Map<String, Double> sums = new HashMap<>();
    for (int i = 0; i < 160; i++) {
      LabelledRadiograph item = larger.data().training().get(i);
      sums.merge(
          item.label() + item.source().orElseThrow(),
          (double) larger.imageWeights().of(i),
          Double::sum);
    }
    assertEquals(80 / 1.4, sums.get("Ahere"), 1e-3);
    assertEquals(80 * 0.4 / 1.4, sums.get("Athere"), 1e-3);
    Map<String, Integer> met = new HashMap<>();
    for (int image : larger.imageWeights().repeated()) {
      LabelledRadiograph item = larger.data().training().get(image);
      met.merge(item.label() + item.source().orElseThrow(), 1, Integer::sum);
    }
    assertEquals(Map.of("Ahere", 60, "Athere", 24, "Bthere", 60, "Bhere", 24), met);
  }

  @ParameterizedTest
  @MethodSource("solvers")
  void balancedSourcesLeaveLessWeightOnThePlantedSource(Solver solver) throws Exception {
    LinearHead plain = fitted(plan(true, by(solver)));
    LinearHead balanced =
        fitted(plan(true, recipe -> by(solver).apply(recipe).balance(Balance.SOURCES)));
    double before = weight(plain, SOURCE_FEATURE) / weight(plain, LABEL_FEATURE);
    double after = weight(balanced, SOURCE_FEATURE) / weight(balanced, LABEL_FEATURE);
    assertTrue(after < 0.5 * before, after + " after " + before);
  }

  @Test
  void withoutSourcesItIsRefused() {
    for (UnaryOperator<TrainingRecipe.Builder> setting :
        List.<UnaryOperator<TrainingRecipe.Builder>>of(
            recipe -> recipe.balance(Balance.SOURCES), recipe -> recipe.sourcePenalty(1))) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> plan(false, setting)).getMessage();
      assertTrue(message.contains("source"), message);
    }
    for (UnaryOperator<TrainingRecipe.Builder> setting :
        List.<UnaryOperator<TrainingRecipe.Builder>>of(
            recipe -> recipe.calibratedOnSources(true), recipe -> recipe.sourcePenalty(1))) {
      TrainingRecipe.Builder recipe = setting.apply(TrainingRecipe.builder(new LocalMaximaCnn()));
      assertThrows(IllegalArgumentException.class, recipe::build);
    }
    assertThrows(IllegalArgumentException.class, () -> plan(true, r -> r.sourcePenalty(-1)));
  }
}
