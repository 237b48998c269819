package io.cxr.train;

import io.cxr.error.UnsupportedRadiographException;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.model.ModelCard;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.architecture.UntrainedArchitecture;
import io.cxr.train.export.NoveltyStatistic;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.learning.config.Adam;

/**
 * What is fitted to what: the network that learns, its samples, and how the whole becomes a model
 * file. For a network from scratch that is the network and the images; for a frozen base it is the
 * layers above and the base's features.
 */
interface LearningTask {

  ComputationGraph network();

  Samples training();

  Samples validation();

  /** SHA-256 of the frozen base's weights file, if there is a base. */
  Optional<String> weightsHash();

  /**
   * An ONNX graph that gives the mean of each channel of the last convolutional map, as the network
   * is now and a model file has it; empty where a model file has no such map.
   */
  Optional<byte[]> lastMapMeans() throws IOException;

  /** Whether that map is the frozen base's, so that the next training has the same. */
  boolean lastMapIsFrozen();

  /** Writes the network as it is now. */
  void export(ModelCard card, Optional<NoveltyStatistic> novelty, Path file) throws IOException;

  /** Reads the images and builds the network. */
  static LearningTask of(TrainingPlan plan, TrainingProgress progress) throws IOException {
    Adam adam =
        Adam.builder()
            .learningRate(plan.learningRate())
            .beta1(0.9)
            .beta2(0.999)
            .epsilon(plan.adamEpsilon())
            .build();
    if (plan.architecture() instanceof PretrainedArchitecture pretrained) {
      return FrozenBaseTask.of(plan, pretrained, adam, progress);
    } else if (plan.architecture() instanceof UntrainedArchitecture untrained) {
      return FromScratchTask.of(plan, untrained, adam, progress);
    }
    throw new IllegalStateException(plan.architecture().name());
  }

  /** The index of each image's label. */
  static int[] labels(TrainingPlan plan, List<LabelledRadiograph> items) {
    return items.stream().mapToInt(item -> plan.labels().indexOf(item.label())).toArray();
  }

  /** Reads an image; a failure names its file. */
  static Radiograph read(LabelledRadiograph item) throws IOException {
    try {
      return item.read();
    } catch (UnsupportedRadiographException e) {
      throw new UnsupportedRadiographException(
          e.reason(), item.file() + ": " + e.getMessage() + " Remove or replace this file.", e);
    }
  }
}
