package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.augmentation.Augmentation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Augmented views of training images, at the network's size. Which view it is depends on the plan's
 * seed, the image's content and the view's number alone, not on order or threads. Thread-safe.
 */
final class AugmentedViews {
  private final Augmentation augmentation;
  private final long seed;
  private final int views;
  private final boolean blanks;
  private final StandardPreprocessor preprocessor;
  private final List<LabelledRadiograph> items;
  private final ImageFiles files;

  /** Images by what their look is of: the source where every image has one, else what they show. */
  private final SortedMap<String, List<LabelledRadiograph>> byLook = new TreeMap<>();

  private final boolean bySource;

  /**
   * Views of images.
   *
   * @param training how many of the images, from the first on, others may take their look from
   */
  AugmentedViews(TrainingPlan plan, List<LabelledRadiograph> items, int training) {
    this.bySource = haveSources(items.subList(0, training));
    for (int index = 0; index < training; index++) {
      byLook
          .computeIfAbsent(lookOf(items.get(index)), look -> new ArrayList<>())
          .add(items.get(index));
    }
    this.augmentation = plan.recipe().augmentation();
    this.seed = plan.recipe().seed();
    this.blanks = plan.recipe().blankedCentres();
    this.views = plan.recipe().views();
    this.preprocessor = StandardPreprocessor.of(plan.recipe().preprocessing());
    this.items = List.copyOf(items);
    this.files = plan.data().files();
  }

  /**
   * One view of each of these images, in parallel.
   *
   * @param plain every image as it is, at the network's size
   * @param indices which of them
   * @param view the number of the view, from 1
   */
  List<byte[]> grays(GraySamples.Grays plain, int[] indices, int view) throws IOException {
    if (augmentation.isNone()) {
      List<byte[]> grays = new ArrayList<>(indices.length);
      for (int index : indices) {
        grays.add(plain.of(index));
      }
      return grays;
    }
    return ParallelImages.of(
        IntStream.of(indices).boxed().toList(),
        index ->
            augmentation.changesSource()
                ? gray(index, view, files.open(items.get(index)).radiograph())
                : augmentation.afterPreprocessing(
                    plain.of(index),
                    preprocessor.inputShape().rows(),
                    preprocessor.inputShape().columns(),
                    seedOf(index, view)));
  }

  /**
   * A view of an image. The one after the last augmented one is the image without its centre.
   *
   * @param radiograph the image with that index
   */
  byte[] gray(int index, int view, Radiograph radiograph) throws IOException {
    return blanks && view > views
        ? blanked(preprocessor.gray(radiograph))
        : augmentation.view(
            radiograph, donorSeed -> donor(index, donorSeed), preprocessor, seedOf(index, view));
  }

  /** Whether looks are taken from other sources: all images have one, and not all the same. */
  private static boolean haveSources(List<LabelledRadiograph> training) {
    return training.stream().allMatch(item -> item.source().isPresent())
        && training.stream().map(LabelledRadiograph::source).distinct().count() > 1;
  }

  /** Whose looks the images of a training are given. */
  static String donorsOf(List<LabelledRadiograph> training) {
    return haveSources(training) ? "other sources" : "other classes";
  }

  private String lookOf(LabelledRadiograph item) {
    return bySource ? item.source().orElseThrow() : item.annotation().toString();
  }

  /** A training image of another source, or else of another class, each as likely. */
  private Radiograph donor(int index, long donorSeed) {
    SplittableRandom random = new SplittableRandom(donorSeed);
    List<List<LabelledRadiograph>> others = new ArrayList<>();
    byLook.forEach(
        (look, images) -> {
          if (!look.equals(lookOf(items.get(index)))) {
            others.add(images);
          }
        });
    List<LabelledRadiograph> images = others.get(random.nextInt(others.size()));
    try {
      return images.get(random.nextInt(images.size())).readNamed();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Middle gray over the central 60 % of rows and columns, where the lungs and the heart are. */
  private byte[] blanked(byte[] gray) {
    int rows = preprocessor.inputShape().rows();
    int columns = preprocessor.inputShape().columns();
    for (int row = rows / 5; row < rows - rows / 5; row++) {
      Arrays.fill(gray, row * columns + columns / 5, (row + 1) * columns - columns / 5, (byte) 128);
    }
    return gray;
  }

  private long seedOf(int index, int view) throws IOException {
    return Augmentation.seed(seed, files.hash(items.get(index)), view);
  }
}
