package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.model.ModelCard;
import io.cxr.onnx.FeatureExtractor;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.export.OnnxExporter;
import io.cxr.train.weights.KerasWeights;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.learning.config.IUpdater;

/** A head learns from the features of a frozen base, which ran on ONNX Runtime. */
final class FrozenBaseTask implements LearningTask {
  /** Changes when the same base would give other features. */
  private static final String FEATURES_VERSION = "1";

  private static final int BATCH = 8;

  private final PretrainedArchitecture architecture;
  private final MultiLayerNetwork head;

  /** Base and head; the head's weights are copied into it at each export. */
  private final ComputationGraph joined;

  private final Samples training;
  private final Samples validation;
  private final String weightsHash;

  private FrozenBaseTask(
      PretrainedArchitecture architecture,
      MultiLayerNetwork head,
      ComputationGraph joined,
      Samples training,
      Samples validation,
      String weightsHash) {
    this.architecture = architecture;
    this.head = head;
    this.joined = joined;
    this.training = training;
    this.validation = validation;
    this.weightsHash = weightsHash;
  }

  static FrozenBaseTask of(
      TrainingPlan plan,
      PretrainedArchitecture architecture,
      IUpdater updater,
      TrainingProgress progress)
      throws IOException {
    KerasWeights weights = KerasWeights.read(plan.weights().orElseThrow());
    ComputationGraph base = architecture.base(weights);
    List<LabelledRadiograph> training = plan.split().training();
    List<LabelledRadiograph> validation = plan.split().validation();
    List<LabelledRadiograph> all = new ArrayList<>(training);
    all.addAll(validation);
    List<float[]> features = features(plan, architecture, base, weights.sha256(), all, progress);
    MultiLayerNetwork head = architecture.head(plan.labels().size(), plan.seed(), updater);
    return new FrozenBaseTask(
        architecture,
        head,
        architecture.joined(base, head, plan.labels().size()),
        new FeatureSamples(
            features.subList(0, training.size()), LearningTask.labels(plan, training)),
        new FeatureSamples(
            features.subList(training.size(), all.size()), LearningTask.labels(plan, validation)),
        weights.sha256());
  }

  /** Features from the cache, and from ONNX Runtime for the images that are not in it. */
  private static List<float[]> features(
      TrainingPlan plan,
      PretrainedArchitecture architecture,
      ComputationGraph base,
      String weightsHash,
      List<LabelledRadiograph> items,
      TrainingProgress progress)
      throws IOException {
    int featureCount = architecture.features().elements();
    FeatureCache cache =
        new FeatureCache(plan.featureCache(), key(plan, weightsHash), featureCount);
    List<String> hashes = new ArrayList<>();
    List<Optional<float[]>> found = new ArrayList<>();
    List<Integer> missing = new ArrayList<>();
    for (LabelledRadiograph item : items) {
      hashes.add(item.contentHash());
      found.add(cache.read(hashes.get(hashes.size() - 1)));
      if (found.get(found.size() - 1).isEmpty()) {
        missing.add(found.size() - 1);
      }
    }
    if (!missing.isEmpty()) {
      int done = items.size() - missing.size();
      StandardPreprocessor preprocessor = StandardPreprocessor.of(plan.preprocessing());
      FloatBuffer inputs = directFloats(BATCH * plan.preprocessing().inputShape().elements());
      FloatBuffer outputs = directFloats(BATCH * featureCount);
      try (FeatureExtractor extractor =
          FeatureExtractor.open(
              OnnxExporter.features(base, architecture.inputShape()),
              Runtime.getRuntime().availableProcessors())) {
        for (int start = 0; start < missing.size(); start += BATCH) {
          List<Integer> batch = missing.subList(start, Math.min(missing.size(), start + BATCH));
          inputs.clear();
          for (int index : batch) {
            preprocessor.preprocess(LearningTask.read(items.get(index)), inputs);
          }
          outputs.clear();
          extractor.extract(inputs.flip(), batch.size(), outputs);
          outputs.flip();
          for (int index : batch) {
            float[] features = new float[featureCount];
            outputs.get(features);
            cache.write(hashes.get(index), features);
            found.set(index, Optional.of(features));
            progress.imagePrepared(++done, items.size());
          }
        }
      }
    }
    return found.stream().map(Optional::orElseThrow).toList();
  }

  private static FloatBuffer directFloats(int count) {
    return ByteBuffer.allocateDirect(Math.multiplyExact(4, count))
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  /** Stands for all that decides the features of an image. */
  private static String key(TrainingPlan plan, String weightsHash) {
    String all =
        String.join(
            "\n",
            FEATURES_VERSION,
            plan.architecture().name(),
            weightsHash,
            plan.preprocessing().toString());
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(all.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(Arrays.copyOf(digest, 16));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  @Override
  public MultiLayerNetwork network() {
    return head;
  }

  @Override
  public Samples training() {
    return training;
  }

  @Override
  public Samples validation() {
    return validation;
  }

  @Override
  public Optional<String> weightsHash() {
    return Optional.of(weightsHash);
  }

  @Override
  public void export(ModelCard card, Path file) throws IOException {
    architecture.copyHead(head, joined);
    OnnxExporter.export(joined, card, file);
  }
}
