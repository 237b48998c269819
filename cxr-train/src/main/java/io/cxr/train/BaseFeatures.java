package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.onnx.FeatureExtractor;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.export.OnnxExporter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.graph.ComputationGraph;

/**
 * Features of a frozen base for images and their augmented views, computed on ONNX Runtime where
 * the cache on disk does not have them.
 */
final class BaseFeatures {
  /** Changes when the same base would give other features. */
  private static final String FEATURES_VERSION = "2";

  private static final int BATCH = 8;

  /** Features are kept in memory up to so many values (256 MiB); else they stay on disk. */
  private static final long KEPT = 1L << 26;

  private final List<String> hashes;
  private final FeatureCache cache;
  private final FeatureCache viewCache;
  private final int augmentedViews;
  private final boolean keeps;
  private final Map<String, float[]> kept = new HashMap<>();

  private BaseFeatures(
      List<String> hashes,
      FeatureCache cache,
      FeatureCache viewCache,
      int augmentedViews,
      boolean keeps) {
    this.augmentedViews = augmentedViews;
    this.hashes = hashes;
    this.cache = cache;
    this.viewCache = viewCache;
    this.keeps = keeps;
  }

  /** An image and the number of a view; 0 is the image as it is. */
  private record View(int index, int number) {}

  /**
   * Sees to it that all features are there.
   *
   * @param training how many of the items, from the first on, are augmented
   */
  static BaseFeatures of(
      TrainingPlan plan,
      PretrainedArchitecture architecture,
      Supplier<ComputationGraph> base,
      String weightsHash,
      List<LabelledRadiograph> items,
      int training,
      TrainingProgress progress)
      throws IOException {
    int featureCount = architecture.features().elements();
    int augmentedViews = plan.augmentation().isNone() ? 0 : plan.views();
    int views = augmentedViews + (plan.blankedCentres() ? 1 : 0);
    AugmentedViews augmented = new AugmentedViews(plan, items, training);
    List<String> hashes = new ArrayList<>();
    for (LabelledRadiograph item : items) {
      hashes.add(item.contentHash());
    }
    long values = (items.size() + (long) training * views) * featureCount;
    BaseFeatures features =
        new BaseFeatures(
            hashes,
            new FeatureCache(
                plan.featureCache(), key(plan, architecture, weightsHash, ""), featureCount),
            new FeatureCache(
                plan.featureCache(),
                key(plan, architecture, weightsHash, views(plan, items, training)),
                featureCount),
            augmentedViews,
            values <= KEPT);
    List<View> missing = new ArrayList<>();
    int total = 0;
    for (int index = 0; index < items.size(); index++) {
      for (int number = 0; number <= (index < training ? views : 0); number++) {
        total++;
        if (!features.has(index, number)) {
          missing.add(new View(index, number));
        }
      }
    }
    if (!missing.isEmpty()) {
      StandardPreprocessor preprocessor = StandardPreprocessor.of(plan.preprocessing());
      int inputCount = plan.preprocessing().inputShape().elements();
      FloatBuffer inputs = directFloats(BATCH * inputCount);
      FloatBuffer outputs = directFloats(BATCH * featureCount);
      StandardPreprocessor toTensor = GraySamples.afterGray(plan.preprocessing());
      int done = total - missing.size();
      try (FeatureExtractor extractor =
          FeatureExtractor.open(
              OnnxExporter.features(base.get(), architecture.inputShape()),
              Runtime.getRuntime().availableProcessors())) {
        for (int start = 0; start < missing.size(); start += BATCH) {
          List<View> batch = missing.subList(start, Math.min(missing.size(), start + BATCH));
          List<byte[]> grays = grays(items, preprocessor, augmented, batch);
          inputs.clear();
          for (byte[] gray : grays) {
            toTensor.preprocess(
                Radiograph.ofGray8(
                    preprocessor.inputShape().rows(), preprocessor.inputShape().columns(), gray),
                inputs);
          }
          outputs.clear();
          extractor.extract(inputs.flip(), batch.size(), outputs);
          outputs.flip();
          for (View view : batch) {
            float[] row = new float[featureCount];
            outputs.get(row);
            features.put(view.index(), view.number(), row);
            progress.imagePrepared(++done, total);
          }
        }
      }
    }
    return features;
  }

  private static List<byte[]> grays(
      List<LabelledRadiograph> items,
      StandardPreprocessor preprocessor,
      AugmentedViews augmented,
      List<View> batch)
      throws IOException {
    try {
      return IntStream.range(0, batch.size())
          .parallel()
          .mapToObj(
              i -> {
                View view = batch.get(i);
                if (view.number() > 0) {
                  return augmented.gray(view.index(), view.number());
                }
                try {
                  return preprocessor.gray(LearningTask.read(items.get(view.index())));
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              })
          .toList();
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** The features of an image; view 0 is the image as it is. */
  float[] of(int index, int view) throws IOException {
    String name = name(index, view);
    float[] known = kept.get(name);
    if (known != null) {
      return known;
    }
    float[] read =
        cache(view)
            .read(name)
            .orElseThrow(
                () ->
                    new IOException(
                        "Features of an image: they were in the cache when training began, and are"
                            + " gone or damaged now. Train again; do not clear the cache"
                            + " meanwhile."));
    if (keeps) {
      kept.put(name, read);
    }
    return read;
  }

  private boolean has(int index, int view) throws IOException {
    String name = name(index, view);
    var found = cache(view).read(name);
    if (keeps && found.isPresent()) {
      kept.put(name, found.get());
    }
    return found.isPresent();
  }

  private void put(int index, int view, float[] values) throws IOException {
    String name = name(index, view);
    cache(view).write(name, values);
    if (keeps) {
      kept.put(name, values);
    }
  }

  /** An image without its centre is the same for every augmentation. */
  private FeatureCache cache(int view) {
    return view == 0 || view > augmentedViews ? cache : viewCache;
  }

  private String name(int index, int view) {
    String hash = hashes.get(index);
    return view == 0 ? hash : view > augmentedViews ? hash + "-blank" : hash + "-" + view;
  }

  static FloatBuffer directFloats(int count) {
    return ByteBuffer.allocateDirect(Math.multiplyExact(4, count))
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  /** Stands for all that decides a view of an image; where looks are mixed, the others, too. */
  private static String views(TrainingPlan plan, List<LabelledRadiograph> items, int training)
      throws IOException {
    List<String> all = new ArrayList<>(List.of(plan.augmentation() + "\n" + plan.seed()));
    if (plan.augmentation().style().probability() > 0) {
      for (LabelledRadiograph item : items.subList(0, training)) {
        all.add(item.label() + " " + item.contentHash());
      }
    }
    return String.join("\n", all);
  }

  /** Stands for all that decides the features of an image. */
  private static String key(
      TrainingPlan plan, PretrainedArchitecture architecture, String weightsHash, String views) {
    String all =
        String.join(
            "\n",
            FEATURES_VERSION,
            architecture.lastFrozenLayer(),
            architecture.features().toString(),
            weightsHash,
            plan.preprocessing().toString(),
            views);
    return digest(new byte[0], all);
  }

  /** 32 digits that stand for a graph and what else decides its features. */
  static String digest(byte[] graph, String settings) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(graph);
      byte[] all = digest.digest(settings.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(Arrays.copyOf(all, 16));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }
}
