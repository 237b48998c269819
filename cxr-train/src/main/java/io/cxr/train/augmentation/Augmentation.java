package io.cxr.train.augmentation;

import io.cxr.model.InputShape;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.Radiograph;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.zip.CRC32;

/**
 * Random changes of training radiographs. Those of the source come before preprocessing, whose crop
 * and equalisation would undo some of them; the others at the network's size, as in Keras.
 *
 * <p>A change depends on its seed alone, so it is the same on any number of threads. Immutable and
 * thread-safe.
 *
 * @param style the look of another radiograph, before all else
 * @param source changes of the radiograph
 * @param transforms changes of the preprocessed gray image
 */
public record Augmentation(
    StyleMixing style, SourceRandomization source, KerasTransforms transforms) {
  /** Other random numbers than the other changes'. */
  private static final long STYLE = 0x5851f42d4c957f2dL;

  private static final Map<String, Augmentation> PRESETS = presets();

  /** Checks the values. */
  public Augmentation {
    Objects.requireNonNull(style, "style");
    Objects.requireNonNull(source, "source");
    Objects.requireNonNull(transforms, "transforms");
  }

  private static Map<String, Augmentation> presets() {
    Range still = Range.around0(0);
    KerasTransforms zoomShearFlip =
        new KerasTransforms(still, Range.around0(0.2), Range.around1(0.2), true, 0);
    Map<String, Augmentation> presets = new LinkedHashMap<>();
    presets.put("none", of(KerasTransforms.NONE));
    presets.put("report-vgg16", of(zoomShearFlip));
    presets.put("report-resnet50", of(zoomShearFlip));
    presets.put("report-cnn", of(zoomShearFlip));
    presets.put(
        "report-local-maxima-cnn",
        of(new KerasTransforms(still, Range.around0(0.3), Range.around1(0.2), true, 0)));
    presets.put(
        "report-general",
        of(
            new KerasTransforms(
                new Range(-10, 20), Range.around0(0.2), Range.around1(0.2), false, 1)));
    presets.put(
        "source-randomizing",
        new Augmentation(
            new StyleMixing(0.75, 0.005, 0.05),
            new SourceRandomization(0.5, 0.1, 1.8, 0.35, 0.15, 2, 8, 0.3, 30, 0.1),
            // No flip: the heart is on the left, and so a flip shows an anatomy that is rare.
            new KerasTransforms(Range.around0(7), still, Range.around1(0.08), false, 0)));
    return presets;
  }

  private static Augmentation of(KerasTransforms transforms) {
    return new Augmentation(StyleMixing.NONE, SourceRandomization.NONE, transforms);
  }

  /**
   * No change at all.
   *
   * @return the preset {@code none}
   */
  public static Augmentation none() {
    return named("none");
  }

  /**
   * A preset: {@code none}; {@code report-vgg16}, {@code report-resnet50}, {@code report-cnn},
   * {@code report-local-maxima-cnn} with the 2022 report's settings; {@code report-general} with
   * those that it discusses; {@code source-randomizing} against learning the hospital.
   *
   * @param name one of {@link #names()}
   * @return the preset
   * @throws IllegalArgumentException if there is none of that name
   */
  public static Augmentation named(String name) {
    Augmentation preset = PRESETS.get(name);
    if (preset == null) {
      throw new IllegalArgumentException(
          "Augmentation: expected one of " + names() + ", found '" + name + "'");
    }
    return preset;
  }

  /**
   * The names of the presets.
   *
   * @return what {@link #named} takes
   */
  public static List<String> names() {
    return List.copyOf(PRESETS.keySet());
  }

  /**
   * Whether nothing is changed.
   *
   * @return true if every image stays as it is
   */
  public boolean isNone() {
    return !changesSource() && transforms.equals(KerasTransforms.NONE);
  }

  /**
   * Whether {@link #beforePreprocessing} does anything.
   *
   * @return true if it does
   */
  public boolean changesSource() {
    return !(style.isNone() && source.isNone());
  }

  /**
   * Changes where a radiograph seems to come from. Takes some 10 to 100 ms for 512 x 512 pixels.
   *
   * @param radiograph the radiograph
   * @param donor finds radiographs of other sources or classes; asked only where {@link #style}
   *     mixes
   * @param seed of this view of this image
   * @return 8-bit gray, with a long side of at most 640 pixels; or the same radiograph if nothing
   *     is to be changed
   */
  public Radiograph beforePreprocessing(Radiograph radiograph, Donor donor, long seed) {
    Radiograph mixed =
        style.isNone()
            ? radiograph
            : style.apply(radiograph, donor, new SplittableRandom(seed + STYLE));
    return source.isNone() ? mixed : source.apply(mixed, new SplittableRandom(seed));
  }

  /**
   * Changes a preprocessed image.
   *
   * @param gray {@code rows * columns} unsigned bytes, row by row
   * @param rows rows
   * @param columns columns
   * @param seed of this view of this image
   * @return as many bytes; the caller's own
   */
  public byte[] afterPreprocessing(byte[] gray, int rows, int columns, long seed) {
    if ((long) rows * columns != gray.length) {
      throw new IllegalArgumentException(
          "Image: expected " + rows + " x " + columns + " pixels, found " + gray.length);
    }
    // Other numbers than the source's.
    return transforms.apply(gray, rows, columns, new SplittableRandom(~seed));
  }

  /**
   * One view of a radiograph: changed, preprocessed on gray, and changed again.
   *
   * @param radiograph the radiograph
   * @param donor as {@link #beforePreprocessing} takes it
   * @param preprocessor the way to the network's size
   * @param seed of this view of this image
   * @return gray values at the network's size, row by row; the caller's own
   */
  public byte[] view(
      Radiograph radiograph, Donor donor, StandardPreprocessor preprocessor, long seed) {
    byte[] gray = preprocessor.gray(beforePreprocessing(radiograph, donor, seed));
    InputShape shape = preprocessor.inputShape();
    return afterPreprocessing(gray, shape.rows(), shape.columns(), seed);
  }

  /**
   * The seed of one view of one image, whatever the order in which images are read.
   *
   * @param seed the training's seed
   * @param imageHash the image's content hash
   * @param view the view's number
   * @return the seed
   */
  public static long seed(long seed, String imageHash, int view) {
    CRC32 crc = new CRC32();
    crc.update(imageHash.getBytes(StandardCharsets.UTF_8));
    long mixed = new SplittableRandom(seed).nextLong() ^ (crc.getValue() << 20) ^ view;
    return new SplittableRandom(mixed).nextLong();
  }
}
