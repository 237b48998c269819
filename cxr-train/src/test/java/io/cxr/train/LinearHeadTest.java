package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientSplit;
import io.cxr.model.OutputActivation;
import io.cxr.train.architecture.Architecture;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.augmentation.Augmentation;
import io.cxr.train.loss.KerasCategoricalCrossEntropy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

/** Heads in plain Java, beside Deeplearning4j with the same settings, samples and order. */
class LinearHeadTest {
  private static final int FEATURES = 37;
  private static final int IMAGES = 50;
  private static final int VALIDATION = 9;
  private static final int EPOCHS = 4;

  /** Features by image and view. */
  private record Drawn(int first, int labels) implements FeatureSamples.Features {
    @Override
    public int width() {
      return FEATURES;
    }

    @Override
    public void copy(int index, int view, float[] into, int offset) {
      Random random = new Random(1000L * (first + index) + view);
      int label = (first + index) % labels;
      for (int i = 0; i < FEATURES; i++) {
        into[offset + i] = (float) (random.nextGaussian() + (i % labels == label ? 0.7 : 0));
      }
    }
  }

  private static FeatureSamples samples(TrainingRecipe recipe, int first, int count, int labels) {
    int[] truth = new int[count];
    Arrays.setAll(truth, i -> (first + i) % labels);
    boolean training = first == 0;
    return new FeatureSamples(
        new Drawn(first, labels),
        truth,
        Optional.empty(),
        training ? recipe.views() : 0,
        training && recipe.blankedCentres(),
        recipe.seed());
  }

  private static TrainingPlan plan(
      OutputActivation output, int labels, UnaryOperator<TrainingRecipe.Builder> settings) {
    List<String> names = List.of("A", "B", "C").subList(0, labels);
    List<LabelledRadiograph> items = new ArrayList<>();
    for (int i = 0; i < IMAGES + VALIDATION; i++) {
      items.add(
          new LabelledRadiograph(
              Path.of("drawn " + i),
              names.get(i % labels),
              Optional.of("patient " + i / 2),
              Optional.empty(),
              Optional.empty()));
    }
    PatientSplit split =
        new PatientSplit(
            items.subList(0, IMAGES), items.subList(IMAGES, items.size()), true, List.of());
    TrainingRecipe recipe =
        settings
            .apply(
                TrainingRecipe.builder(PretrainedArchitecture.compactResNet50().withHead(output))
                    .weights(Path.of("not read.h5"))
                    .batchSize(8)
                    .learningRate(0.01)
                    .epochs(EPOCHS))
            .build();
    return TrainingPlan.builder(recipe, TrainingData.of("drawn", names, split), Path.of("no.onnx"))
        .build();
  }

  private static LinearHead head(TrainingPlan plan) {
    int labels = plan.data().labels().size();
    return LinearHead.of(
        plan,
        samples(plan.recipe(), 0, IMAGES, labels),
        samples(plan.recipe(), IMAGES, VALIDATION, labels));
  }

  private static Learner deeplearning4j(TrainingPlan plan) {
    int labels = plan.data().labels().size();
    boolean softmax = plan.output() == OutputActivation.SOFTMAX;
    ComputationGraph network =
        new ComputationGraph(
            new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(
                    new Adam(plan.recipe().learningRate(), 0.9, 0.999, plan.recipe().adamEpsilon()))
                .weightInit(WeightInit.ZERO)
                .graphBuilder()
                .addInputs("features")
                .addLayer(
                    Architecture.OUTPUT,
                    new OutputLayer.Builder(
                            softmax ? new LossMCXENT() : new KerasCategoricalCrossEntropy())
                        .name(Architecture.OUTPUT)
                        .nIn(FEATURES)
                        .nOut(labels)
                        .activation(softmax ? Activation.SOFTMAX : Activation.SIGMOID)
                        .build(),
                    "features")
                .setOutputs(Architecture.OUTPUT)
                .build());
    network.init();
    return new GradientDescent(
        plan,
        network,
        samples(plan.recipe(), 0, IMAGES, labels),
        samples(plan.recipe(), IMAGES, VALIDATION, labels));
  }

  private static void train(Learner learner, int from, int to) throws IOException {
    for (int epoch = from; epoch <= to; epoch++) {
      learner.startEpoch(epoch);
      for (int step = 0; step < learner.steps(); step++) {
        assertTrue(learner.step());
      }
    }
  }

  static Stream<Arguments> settings() {
    UnaryOperator<TrainingRecipe.Builder> plain = recipe -> recipe;
    UnaryOperator<TrainingRecipe.Builder> smooth =
        recipe -> recipe.labelSmoothing(0.1).classWeights(Map.of("B", 3.0)).l2(0.05);
    UnaryOperator<TrainingRecipe.Builder> clipped =
        recipe ->
            recipe.gradientClip(0.2).l2(0.1).weightDecay(0.3).stepsPerEpoch(5).adamEpsilon(1e-3);
    UnaryOperator<TrainingRecipe.Builder> views =
        recipe ->
            recipe
                .augmentation(Augmentation.named("report-general"))
                .views(3)
                .blankedCentres(true)
                .schedule(new LearningRateSchedule.Cosine(0.1));
    UnaryOperator<TrainingRecipe.Builder> focal = recipe -> recipe.loss(new Loss.Focal(2));
    return Stream.of(
        Arguments.of("plain", OutputActivation.SOFTMAX, 2, plain),
        Arguments.of("plain", OutputActivation.SIGMOID_PER_LABEL, 3, plain),
        Arguments.of("smooth", OutputActivation.SOFTMAX, 3, smooth),
        Arguments.of("smooth", OutputActivation.SIGMOID_PER_LABEL, 2, smooth),
        Arguments.of("clipped", OutputActivation.SOFTMAX, 3, clipped),
        Arguments.of("clipped", OutputActivation.SIGMOID_PER_LABEL, 3, clipped),
        Arguments.of("views", OutputActivation.SOFTMAX, 2, views),
        Arguments.of("views", OutputActivation.SIGMOID_PER_LABEL, 2, views),
        Arguments.of("focal", OutputActivation.SOFTMAX, 3, focal),
        Arguments.of("focal, smooth", OutputActivation.SOFTMAX, 2, both(focal, smooth)));
  }

  private static UnaryOperator<TrainingRecipe.Builder> both(
      UnaryOperator<TrainingRecipe.Builder> one, UnaryOperator<TrainingRecipe.Builder> other) {
    return recipe -> other.apply(one.apply(recipe));
  }

  @ParameterizedTest(name = "{0}, {1}, {2} labels")
  @MethodSource("settings")
  void takesTheStepsOfDeeplearning4j(
      String name,
      OutputActivation output,
      int labels,
      UnaryOperator<TrainingRecipe.Builder> settings)
      throws Exception {
    TrainingPlan plan = plan(output, labels, settings);
    Learner own = head(plan);
    Learner other = deeplearning4j(plan);
    train(own, 1, EPOCHS);
    train(other, 1, EPOCHS);
    assertEquals(other.steps(), own.steps());
    assertEquals(other.iterations(), own.iterations());
    float greatest = 0;
    for (float weight : other.weights()) {
      greatest = Math.max(greatest, Math.abs(weight));
    }
    assertTrue(greatest > 0.02, "weights have moved: " + greatest);
    assertArrayEquals(other.weights(), own.weights(), 2e-4f * greatest);
    assertEquals(other.figures().loss(), own.figures().loss(), 1e-4);
    assertEquals(other.figures().accuracy(), own.figures().accuracy(), 0.03);
    List<double[]> expected = other.probabilities();
    List<double[]> found = own.probabilities();
    assertEquals(VALIDATION, found.size());
    for (int i = 0; i < VALIDATION; i++) {
      assertArrayEquals(expected.get(i), found.get(i), 1e-4);
    }
  }

  @Test
  void aCheckpointLeadsToTheSameWeights() throws Exception {
    TrainingPlan plan = plan(OutputActivation.SOFTMAX, 3, recipe -> recipe.weightDecay(0.01));
    Learner unbroken = head(plan);
    train(unbroken, 1, EPOCHS);
    Learner killed = head(plan);
    train(killed, 1, 2);
    TrainingHistory.Epoch row = new TrainingHistory.Epoch(1, 1, 1, 1, 1, 1);
    Checkpoint checkpoint =
        new Checkpoint(
            "plan",
            killed.iterations(),
            List.of(row, row),
            1,
            1,
            0,
            new Checkpoint.State(killed.weights(), killed.optimizer(), killed.weights()));
    Learner resumed = head(plan);
    resumed.restore(checkpoint);
    train(resumed, 3, EPOCHS);
    assertArrayEquals(unbroken.weights(), resumed.weights());
    assertFalse(Arrays.equals(unbroken.weights(), killed.weights()));
  }

  /** Adam comes to the same place, if it is given time. */
  @Test
  void lbfgsEndsWhereAdamGoes() throws Exception {
    double l2 = 0.05;
    UnaryOperator<TrainingRecipe.Builder> regression =
        recipe -> recipe.l2(l2).classWeights(Map.of("A", 2.0)).labelSmoothing(0.1);
    TrainingPlan whole =
        plan(
            OutputActivation.SOFTMAX,
            2,
            both(regression, recipe -> recipe.solver(new Solver.Lbfgs())));
    Learner lbfgs = head(whole);
    assertEquals(1, lbfgs.epochs());
    train(lbfgs, 1, 1);
    TrainingPlan steps =
        plan(
            OutputActivation.SOFTMAX,
            2,
            both(
                regression,
                recipe ->
                    recipe
                        .epochs(3000)
                        .batchSize(IMAGES)
                        // Class weights are a mean over weights there, over images here.
                        .l2(l2 * 1.5)
                        .schedule(new LearningRateSchedule.Cosine(0.001))));
    Learner adam = head(steps);
    train(adam, 1, 3000);
    assertArrayEquals(adam.weights(), lbfgs.weights(), 2e-3f);
    Learner again = head(whole);
    train(again, 1, 1);
    assertArrayEquals(lbfgs.weights(), again.weights());
  }

  @Test
  void aSupportVectorMachineIsFittedFromPatientsApart() throws Exception {
    for (int labels = 2; labels <= 3; labels++) {
      TrainingPlan plan =
          plan(
              OutputActivation.SOFTMAX,
              labels,
              recipe -> recipe.solver(new Solver.LinearSvm(OptionalDouble.empty())));
      Learner machine = head(plan);
      train(machine, 1, 1);
      assertTrue(machine.figures().accuracy() > 0.8, "accuracy " + machine.figures().accuracy());
      Learner again = head(plan);
      train(again, 1, 1);
      assertArrayEquals(machine.weights(), again.weights());
    }
  }
}
