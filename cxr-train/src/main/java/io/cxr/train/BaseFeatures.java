package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.file.Sha256;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.architecture.FeatureShape;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Features of a frozen base for images and their augmented views, computed on ONNX Runtime where
 * the cache on disk does not have them.
 */
final class BaseFeatures implements FeatureSamples.Features {
  /** Changes when the same base would give other features. */
  private static final String FEATURES_VERSION = "3";

  /** The image without its centre, in the file of images as they are. */
  private static final int BLANK = -1;

  private final int width;
  private final int augmentedViews;
  private final FeatureFile plain;
  private final FeatureFile augmented;

  /** The record of each image and view. */
  private final List<int[]> records = new ArrayList<>();

  private BaseFeatures(int width, int augmentedViews, FeatureFile plain, FeatureFile augmented) {
    this.width = width;
    this.augmentedViews = augmentedViews;
    this.plain = plain;
    this.augmented = augmented;
  }

  /** An image of a batch and the number of a view; 0 is the image as it is. */
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
    int views = plan.recipe().views() + (plan.recipe().blankedCentres() ? 1 : 0);
    FeatureCache cache = plan.recipe().openFeatureCache();
    BaseFeatures features;
    try (FeatureFile plain = cache.open(key(plan.recipe(), identity, ""), shape.elements());
        FeatureFile augmented =
            plan.recipe().views() == 0
                ? plain
                : cache.open(
                    key(plan.recipe(), identity, views(plan, items, training)), shape.elements())) {
      features = new BaseFeatures(shape.elements(), plan.recipe().views(), plain, augmented);
      try (Computation computation =
          new Computation(plan, graph, features, items, training, views, progress)) {
        computation.run();
      }
    }
    cache.prune();
    return features;
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public void copy(int index, int view, float[] into, int offset) throws IOException {
    file(view).copy(records.get(index)[view], into, offset);
  }

  /** Features of images from one on. */
  FeatureSamples.Features from(int first) {
    return only(IntStream.range(first, records.size()).toArray());
  }

  /** Features of some of the images, in this order. */
  FeatureSamples.Features only(int[] images) {
    return new FeatureSamples.Features() {
      @Override
      public int width() {
        return width;
      }

      @Override
      public void copy(int index, int view, float[] into, int offset) throws IOException {
        BaseFeatures.this.copy(images[index], view, into, offset);
      }
    };
  }

  /** An image without its centre is the same for every augmentation. */
  private FeatureFile file(int view) {
    return view == 0 || view > augmentedViews ? plain : augmented;
  }

  private int find(String hash, int view) throws IOException {
    return file(view).find(hash, view > augmentedViews ? BLANK : view);
  }

  /** Looks for the features of images in the cache, and computes those that are not there. */
  private static final class Computation implements AutoCloseable {
    private final BaseFeatures features;
    private final List<LabelledRadiograph> items;
    private final int training;
    private final int views;
    private final ImageFiles files;
    private final AugmentedViews augmented;
    private final StandardPreprocessor preprocessor;
    private final Supplier<GrayFeatures> base;
    private final TrainingProgress progress;
    private @Nullable GrayFeatures running;
    private int done;

    Computation(
        TrainingPlan plan,
        Supplier<byte[]> graph,
        BaseFeatures features,
        List<LabelledRadiograph> items,
        int training,
        int views,
        TrainingProgress progress) {
      this.features = features;
      this.items = items;
      this.training = training;
      this.views = views;
      this.files = plan.data().files();
      this.augmented = new AugmentedViews(plan, items, training);
      this.preprocessor = StandardPreprocessor.of(plan.recipe().preprocessing());
      this.base =
          () ->
              new GrayFeatures(graph.get(), plan.recipe().preprocessing(), plan.recipe().session());
      this.progress = progress;
    }

    void run() throws IOException {
      for (int start = 0; start < items.size(); start += GrayFeatures.BATCH) {
        int end = Math.min(items.size(), start + GrayFeatures.BATCH);
        List<ImageFiles.Opened> opened = ParallelImages.of(items.subList(start, end), files::open);
        List<View> missing = new ArrayList<>();
        for (int index = start; index < end; index++) {
          for (int view = 0; view <= views(index); view++) {
            if (features.find(opened.get(index - start).hash(), view) < 0) {
              missing.add(new View(index, view));
            } else {
              done++;
            }
          }
        }
        compute(opened, start, missing);
        for (int index = start; index < end; index++) {
          int[] records = new int[views(index) + 1];
          for (int view = 0; view < records.length; view++) {
            records[view] = features.find(opened.get(index - start).hash(), view);
          }
          features.records.add(records);
        }
      }
    }

    private int views(int index) {
      return index < training ? views : 0;
    }

    /** Decodes each image once, whatever views of it are missing. */
    private void compute(List<ImageFiles.Opened> opened, int start, List<View> missing)
        throws IOException {
      List<Integer> indices = missing.stream().map(View::index).distinct().toList();
      List<List<byte[]>> byImage =
          ParallelImages.of(
              indices,
              index -> {
                Radiograph radiograph = opened.get(index - start).radiograph();
                List<byte[]> grays = new ArrayList<>();
                for (View view : missing) {
                  if (view.index() == index) {
                    grays.add(
                        view.number() > 0
                            ? augmented.gray(index, view.number(), radiograph)
                            : preprocessor.gray(radiograph));
                  }
                }
                return grays;
              });
      List<byte[]> grays = byImage.stream().flatMap(List::stream).toList();
      for (int from = 0; from < missing.size(); from += GrayFeatures.BATCH) {
        int to = Math.min(missing.size(), from + GrayFeatures.BATCH);
        List<float[]> rows = running().of(grays.subList(from, to));
        List<FeatureFile.Entry> plain = new ArrayList<>();
        List<FeatureFile.Entry> changed = new ArrayList<>();
        for (int i = from; i < to; i++) {
          View view = missing.get(i);
          boolean blank = view.number() > features.augmentedViews;
          FeatureFile.Entry entry =
              new FeatureFile.Entry(
                  opened.get(view.index() - start).hash(),
                  blank ? BLANK : view.number(),
                  rows.get(i - from));
          (features.file(view.number()) == features.plain ? plain : changed).add(entry);
        }
        features.plain.append(plain);
        features.augmented.append(changed);
        for (int i = from; i < to; i++) {
          progress.imagePrepared(++done, items.size() + training * views);
        }
      }
    }

    private GrayFeatures running() {
      GrayFeatures opened = running;
      if (opened == null) {
        opened = base.get();
        running = opened;
      }
      return opened;
    }

    @Override
    public void close() {
      if (running != null) {
        running.close();
      }
    }
  }

  /** Stands for all that decides a view of an image; where looks are mixed, the others, too. */
  private static String views(TrainingPlan plan, List<LabelledRadiograph> items, int training)
      throws IOException {
    List<String> all =
        new ArrayList<>(List.of(plan.recipe().augmentation() + "\n" + plan.recipe().seed()));
    if (plan.recipe().augmentation().style().probability() > 0) {
      for (LabelledRadiograph item : items.subList(0, training)) {
        all.add(
            item.annotation()
                + " "
                + plan.data().files().hash(item)
                + item.source().map(source -> " " + source).orElse(""));
      }
    }
    return String.join("\n", all);
  }

  /** Stands for all that decides the features of an image. */
  static String key(TrainingRecipe recipe, String identity, String views) {
    String all =
        String.join("\n", FEATURES_VERSION, identity, recipe.preprocessing().toString(), views);
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
