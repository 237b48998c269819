package io.cxr.explain;

import io.cxr.Classifier;
import io.cxr.Explainer;
import io.cxr.Explanation;
import io.cxr.Heatmap;
import io.cxr.Prediction;
import io.cxr.radiograph.PixelRegion;
import io.cxr.radiograph.Radiograph;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * Explains any classifier by occlusion: it covers one patch of the radiograph after another with
 * the mean gray value; where the label's probability decreases, the patch contributes to it (Zeiler
 * and Fergus, ECCV 2014, section 4.2). It needs only the model's predictions, and can reveal what
 * Grad-CAM cannot: markers and borders that a model relies on.
 *
 * <p>The map has one cell per {@link Builder#stride}, in rows and in columns. The patch is centred
 * on its cell, and moved inwards at the borders, so that it always covers the same area. A cell's
 * value is the decrease of the probability; an increase counts as 0. One explanation costs one
 * classification per cell and one more: 101 by default. At most 16 occluded radiographs are in
 * memory at a time.
 *
 * <p>The radiograph itself must pass the classifier's novelty gate; occluded ones are classified
 * without it ({@link Classifier#classifyUngated}), since a patch makes any radiograph unlike the
 * training images.
 *
 * <p>Immutable and thread-safe. It does not own its classifier, and does not close it.
 */
public final class OcclusionExplainer implements Explainer {
  private static final int BATCH = 16;
  private final Classifier classifier;
  private final double patch;
  private final double stride;

  private OcclusionExplainer(Builder builder) {
    classifier = builder.classifier;
    patch = builder.patch;
    stride = builder.stride;
  }

  /**
   * An explainer with patches of a fifth of the image's sides and a stride of a tenth.
   *
   * @param classifier the classifier to explain; it must stay open
   * @return the explainer
   */
  public static OcclusionExplainer of(Classifier classifier) {
    return builder(classifier).build();
  }

  /**
   * An explainer with options.
   *
   * @param classifier the classifier to explain; it must stay open
   * @return a builder with the options of {@link #of}
   */
  public static Builder builder(Classifier classifier) {
    return new Builder(classifier);
  }

  /** The options of an explainer. Not thread-safe. */
  public static final class Builder {
    private final Classifier classifier;
    private double patch = 0.2;
    private double stride = 0.1;

    private Builder(Classifier classifier) {
      this.classifier = Objects.requireNonNull(classifier, "classifier");
    }

    /**
     * The size of the patch.
     *
     * @param fraction of the image's rows and of its columns, above 0 and below 1; by default 0.2
     * @return this builder
     */
    public Builder patch(double fraction) {
      patch = fraction;
      return this;
    }

    /**
     * The distance from one patch to the next. The cost is inversely proportional to its square.
     *
     * @param fraction of the image's rows and of its columns, at least 0.01 and at most the patch
     *     size, so that every pixel is covered; by default 0.1
     * @return this builder
     */
    public Builder stride(double fraction) {
      stride = fraction;
      return this;
    }

    /**
     * Creates the explainer.
     *
     * @return the explainer
     * @throws IllegalArgumentException if an option is out of range
     */
    public OcclusionExplainer build() {
      if (!(patch > 0 && patch < 1) || !(stride >= 0.01 && stride <= patch)) {
        throw new IllegalArgumentException(
            "Occlusion: expected a patch above 0 and below 1 and a stride from 0.01 to the patch,"
                + " found "
                + patch
                + " and "
                + stride);
      }
      return new OcclusionExplainer(this);
    }
  }

  @Override
  public Explanation explain(Radiograph radiograph, String label) {
    Objects.requireNonNull(label, "label");
    Prediction whole = classifier.classify(radiograph);
    double before = whole.value(label);
    int rows = cells(radiograph.rows());
    int columns = cells(radiograph.columns());
    short[] pixels = pixels(radiograph);
    short mean = mean(pixels);
    float[] falls = new float[rows * columns];
    for (int first = 0; first < falls.length; first += BATCH) {
      int last = Math.min(first + BATCH, falls.length);
      List<Radiograph> covered = new ArrayList<>();
      for (int cell = first; cell < last; cell++) {
        PixelRegion region =
            new PixelRegion(
                start(cell / columns, rows, radiograph.rows()),
                start(cell % columns, columns, radiograph.columns()),
                length(radiograph.rows()),
                length(radiograph.columns()));
        covered.add(cover(radiograph, pixels, region, mean));
      }
      List<Prediction> after = classifier.classifyUngated(covered);
      for (int cell = first; cell < last; cell++) {
        falls[cell] = (float) (before - after.get(cell - first).value(label));
      }
    }
    Heatmap heatmap =
        Heatmap.ofActivations(
            label,
            rows,
            columns,
            falls,
            new PixelRegion(0, 0, radiograph.rows(), radiograph.columns()),
            radiograph.rows(),
            radiograph.columns());
    return new Explanation(whole, heatmap);
  }

  /** How many cells there are along a side; never more than pixels. */
  private int cells(int pixels) {
    // Less a hair: 1 / 0.1 is meant to be 10.
    return Math.min(pixels, (int) Math.ceil(1 / stride - 1e-9));
  }

  private int length(int pixels) {
    return Math.max(1, (int) Math.round(patch * pixels));
  }

  /** Where the patch of a cell starts: centred on the cell, but inside the image. */
  private int start(int cell, int cells, int pixels) {
    int length = length(pixels);
    long start = Math.round((cell + 0.5) * pixels / cells - length / 2.0);
    return (int) Math.max(0, Math.min(pixels - length, start));
  }

  private static short[] pixels(Radiograph radiograph) {
    short[] pixels = new short[radiograph.rows() * radiograph.columns()];
    ByteBuffer stored = radiograph.pixels();
    if (radiograph.bitsStored() == 8) {
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = (short) Byte.toUnsignedInt(stored.get(i));
      }
    } else {
      stored.asShortBuffer().get(pixels);
    }
    return pixels;
  }

  private static short mean(short[] pixels) {
    long sum = 0;
    for (short pixel : pixels) {
      sum += Short.toUnsignedInt(pixel);
    }
    return (short) ((sum + pixels.length / 2) / pixels.length);
  }

  private static Radiograph cover(
      Radiograph radiograph, short[] pixels, PixelRegion region, short gray) {
    int columns = radiograph.columns();
    short[] covered = pixels.clone();
    for (int row = region.row(); row < region.row() + region.rows(); row++) {
      int from = row * columns + region.column();
      Arrays.fill(covered, from, from + region.columns(), gray);
    }
    Radiograph result;
    if (radiograph.bitsStored() == 8) {
      byte[] bytes = new byte[covered.length];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) covered[i];
      }
      result = Radiograph.ofGray8(radiograph.rows(), columns, bytes);
    } else {
      result = Radiograph.ofGray16(radiograph.rows(), columns, radiograph.bitsStored(), covered);
    }
    result = result.withPhotometricInterpretation(radiograph.photometricInterpretation());
    if (radiograph.viewPosition().isPresent()) {
      result = result.withViewPosition(radiograph.viewPosition().get());
    }
    if (radiograph.pixelSpacing().isPresent()) {
      result = result.withPixelSpacing(radiograph.pixelSpacing().get());
    }
    return result;
  }
}
