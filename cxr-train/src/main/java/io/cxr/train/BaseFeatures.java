package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.file.Sha256;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.train.architecture.FeatureShape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Features of a frozen base for images and their augmented views, computed on ONNX Runtime where
 * the cache on disk does not have them.
 */
final class BaseFeatures {
  /** Changes when the same base would give other features. */
  private static final String FEATURES_VERSION = "2";

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
   * @param graph gives the base as an ONNX file from images to features; asked only where features
   *     are missing
   * @param shape the shape of an image's features
   * @param identity stands for all that decides features but the preprocessing: network, last
   *     frozen layer, weights, pooling
   * @param training how many of the items, from the first on, are augmented
   */
  static BaseFeatures of(
      TrainingPlan plan,
      Supplier<byte[]> graph,
      FeatureShape shape,
      String identity,
      List<LabelledRadiograph> items,
      int training,
      TrainingProgress progress)
      throws IOException {
    int featureCount = shape.elements();
    int augmentedViews = plan.recipe().views();
    int views = augmentedViews + (plan.recipe().blankedCentres() ? 1 : 0);
    AugmentedViews augmented = new AugmentedViews(plan, items, training);
    List<String> hashes = new ArrayList<>();
    for (LabelledRadiograph item : items) {
      hashes.add(item.contentHash());
    }
    long values = (items.size() + (long) training * views) * featureCount;
    BaseFeatures features =
        new BaseFeatures(
            hashes,
            new FeatureCache(plan.recipe().featureCache(), key(plan, identity, ""), featureCount),
            new FeatureCache(
                plan.recipe().featureCache(),
                key(plan, identity, views(plan, items, training)),
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
      StandardPreprocessor preprocessor = StandardPreprocessor.of(plan.recipe().preprocessing());
      int done = total - missing.size();
      try (GrayFeatures computed = new GrayFeatures(graph.get(), plan.recipe().preprocessing())) {
        for (int start = 0; start < missing.size(); start += GrayFeatures.BATCH) {
          int end = Math.min(missing.size(), start + GrayFeatures.BATCH);
          List<byte[]> grays =
              ParallelImages.of(
                  IntStream.range(start, end),
                  i -> {
                    View view = missing.get(i);
                    return view.number() > 0
                        ? augmented.gray(view.index(), view.number())
                        : preprocessor.gray(items.get(view.index()).readNamed());
                  });
          List<float[]> rows = computed.of(grays);
          for (int i = start; i < end; i++) {
            View view = missing.get(i);
            features.put(view.index(), view.number(), rows.get(i - start));
            progress.imagePrepared(++done, total);
          }
        }
      }
    }
    return features;
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

  /** Stands for all that decides a view of an image; where looks are mixed, the others, too. */
  private static String views(TrainingPlan plan, List<LabelledRadiograph> items, int training)
      throws IOException {
    List<String> all =
        new ArrayList<>(List.of(plan.recipe().augmentation() + "\n" + plan.recipe().seed()));
    if (plan.recipe().augmentation().style().probability() > 0) {
      for (LabelledRadiograph item : items.subList(0, training)) {
        all.add(item.label() + " " + item.contentHash());
      }
    }
    return String.join("\n", all);
  }

  /** Stands for all that decides the features of an image. */
  private static String key(TrainingPlan plan, String identity, String views) {
    String all =
        String.join(
            "\n", FEATURES_VERSION, identity, plan.recipe().preprocessing().toString(), views);
    return digest(new byte[0], all);
  }

  /** 32 digits that stand for a graph and what else decides its features. */
  static String digest(byte[] graph, String settings) {
    MessageDigest digest = Sha256.newDigest();
    digest.update(graph);
    byte[] all = digest.digest(settings.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(Arrays.copyOf(all, 16));
  }
}
