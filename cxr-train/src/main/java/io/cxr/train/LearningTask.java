package io.cxr.train;

import io.cxr.model.ModelCard;
import io.cxr.train.architecture.FrozenArchitecture;
import io.cxr.train.architecture.UntrainedArchitecture;
import io.cxr.train.export.NoveltyStatistic;
import io.cxr.train.export.ViewHead;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nd4j.linalg.learning.config.Adam;

/**
 * What is fitted to what: what learns, its samples, and how the whole becomes a model file. For a
 * network from scratch that is the network and the images; for a frozen base it is the layers above
 * and the base's features.
 */
interface LearningTask extends AutoCloseable {

  /** What is fitted to the samples, as the plan says. */
  Learner learner(TrainingPlan plan);

  Samples training();

  Samples validation();

  /** SHA-256 of the frozen base's weights file, if there is a base. */
  Optional<String> weightsHash();

  /** Settings that its learner chose itself, by name; none before they are chosen. */
  Map<String, String> chosen();

  /**
   * An ONNX graph that gives the mean of each channel of the last convolutional map, as the network
   * is now and a model file has it; empty where a model file has no such map.
   */
  Optional<byte[]> lastMapMeans() throws IOException;

  /** The same of each quarter of that map; empty where there is no map below the head. */
  Optional<byte[]> lastMapQuadrants() throws IOException;

  /** Whether that map is the frozen base's, so that the next training has the same. */
  boolean lastMapIsFrozen();

  /**
   * Answers for training images by heads that never saw their source; of a head on a frozen base.
   *
   * @param epochs how many epochs each head learns
   */
  default OutOfSource outOfSource(TrainingPlan plan, int epochs, TrainingProgress progress)
      throws IOException {
    throw new IllegalStateException("Only heads on a frozen base are fitted again");
  }

  /** Writes the network as it is now. */
  void export(
      ModelCard card, Optional<NoveltyStatistic> novelty, Optional<ViewHead> views, Path file)
      throws IOException;

  /** Gives back what is on disk for this training alone. */
  @Override
  default void close() throws IOException {}

  /** What finds the weights of layers that Deeplearning4j has. */
  static Adam adam(TrainingPlan plan) {
    return Adam.builder()
        .learningRate(plan.recipe().learningRate())
        .beta1(0.9)
        .beta2(0.999)
        .epsilon(plan.recipe().adamEpsilon())
        .build();
  }

  /** Reads the images and builds the network. */
  static LearningTask of(TrainingPlan plan, TrainingProgress progress) throws IOException {
    Adam adam = adam(plan);
    if (plan.recipe().architecture() instanceof FrozenArchitecture frozen) {
      return FrozenBaseTask.of(plan, frozen, adam, List.of(), progress);
    } else if (plan.recipe().architecture() instanceof UntrainedArchitecture untrained) {
      return FromScratchTask.of(plan, untrained, adam, progress);
    }
    throw new IllegalStateException(plan.recipe().architecture().name());
  }
}
