package io.cxr.dicom.image;

import io.cxr.codec.Luma;
import io.cxr.codec.Words;
import io.cxr.dicom.DicomRefusal;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.ImagePixel;
import io.cxr.dicom.Leniency;
import io.cxr.dicom.LenientValues;
import io.cxr.radiograph.DecodeBuffers;
import io.cxr.radiograph.Radiograph;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.IntUnaryOperator;

/**
 * From stored bits to gray, in the order of DICOM PS3.3: stored bits (C.7.6.3.1.1), Modality LUT or
 * rescale (C.11.1), VOI LUT or window (C.11.2), Presentation LUT Shape (C.8.11.3.1.2, C.11.6) or
 * the inversion of MONOCHROME1 (C.7.6.3.1.2).
 */
final class GrayRendering {
  /** Without a window: this share of the pixels becomes black, and as many white. */
  private static final double TAIL = 0.005;

  private final LenientValues dataSet;
  private final ImagePixel image;
  private final DicomRadiographOptions options;
  private final ModalityTransform transform;

  GrayRendering(LenientValues dataSet, ImagePixel image, DicomRadiographOptions options) {
    this.dataSet = dataSet;
    this.image = image;
    this.options = options;
    this.transform = new ModalityTransform(dataSet, image);
  }

  Radiograph render(Cells cells, DecodeBuffers buffers) {
    if (image.isMonochrome()) {
      return monochrome(cells, buffers);
    }
    IntUnaryOperator palette = image.samples() == 1 ? palette() : value -> value;
    return buffers.radiograph(
        image.rows(),
        image.columns(),
        8,
        pixels -> {
          Cells.Row row = cells.newRow();
          for (int y = 0; y < image.rows(); y++) {
            cells.row(y, row);
            int at = y * image.columns();
            if (cells.samples() == 3) {
              colour(row.samples, cells.isRgb(), pixels, at);
            } else {
              for (int x = 0; x < image.columns(); x++) {
                pixels[at + x] = (byte) palette.applyAsInt(row.samples[x]);
              }
            }
          }
        });
  }

  // Monochrome ----------------------------------------------------------------------------------

  private Radiograph monochrome(Cells cells, DecodeBuffers buffers) {
    int bits = image.bitsStored() <= 8 ? 8 : 16;
    char[] stored = table(cells, (1 << bits) - 1);
    char[] table = new char[cells.range()];
    for (int i = 0; i < table.length; i++) {
      table[i] = stored[transform.pattern(i)];
    }
    return buffers.radiograph(
        image.rows(),
        image.columns(),
        bits,
        pixels -> {
          Cells.Row row = cells.newRow();
          for (int y = 0; y < image.rows(); y++) {
            cells.row(y, row);
            write(row.samples, table, bits, pixels, y * image.columns());
          }
        });
  }

  private static void write(char[] samples, char[] table, int bits, byte[] pixels, int at) {
    if (bits == 8) {
      for (int x = 0; x < samples.length; x++) {
        pixels[at + x] = (byte) table[samples[x]];
      }
    } else {
      for (int x = 0; x < samples.length; x++) {
        Words.setLittleChar(pixels, 2 * (at + x), table[samples[x]]);
      }
    }
  }

  /** The gray of every value that the stored bits can have. */
  private char[] table(Cells cells, int white) {
    double[] values = transform.values();
    double[] shown = voi(values, cells);
    // In DX the shape says the same (C.8.11.3.1.2); where they differ, viewers follow the shape.
    boolean inverted =
        switch (dataSet.code(DicomTag.PRESENTATION_LUT_SHAPE).orElse("")) {
          case "INVERSE" -> true;
          case "IDENTITY" -> false;
          default -> image.photometric().equals("MONOCHROME1");
        };
    char[] table = new char[shown.length];
    for (int i = 0; i < table.length; i++) {
      int gray = (int) Math.round(shown[i] * white);
      table[i] = (char) (inverted ? white - gray : gray);
    }
    return table;
  }

  // VOI -----------------------------------------------------------------------------------------

  private double[] voi(double[] modality, Cells cells) {
    VoiTransform chosen = options.voi();
    if (chosen instanceof VoiTransform.Chosen own) {
      return windowed(modality, own.window());
    }
    if (chosen instanceof VoiTransform.FullRange) {
      return linear(modality, minimum(modality), maximum(modality));
    }
    if (chosen instanceof VoiTransform.TableNumber number) {
      int tables = dataSet.dataSet().items(DicomTag.VOI_LUT_SEQUENCE).size();
      return voiTable(modality, number.number())
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "VOI LUT: expected the number of a table with data, below "
                          + tables
                          + ", found "
                          + number.number()));
    }
    if (chosen instanceof VoiTransform.WindowNumber window) {
      return windowed(modality, window(window.number()));
    }
    // Windows are then in unknown units.
    if (transform.isUnreadable()) {
      dataSet.note(
          Leniency.Kind.NUMBER,
          "a rescale that is no number: windows and VOI LUTs, which follow it, count as missing");
      return percentiles(modality, cells);
    }
    Optional<double[]> looked = voiTable(modality, 0);
    if (looked.isPresent()) {
      return looked.get();
    }
    if (hasWindow()) {
      return windowed(modality, window(0));
    }
    if (image.bitsStored() <= 8 && !image.signed() && isIdentity(modality)) {
      return linear(modality, minimum(modality), maximum(modality));
    }
    return percentiles(modality, cells);
  }

  /** Whether there is a window that means something: files without one often state a width of 0. */
  private boolean hasWindow() {
    double[] centers = dataSet.decimals(DicomTag.WINDOW_CENTER);
    double[] widths = dataSet.decimals(DicomTag.WINDOW_WIDTH);
    if (centers.length == 0 || widths.length == 0) {
      return false;
    }
    boolean valid = VoiWindow.isValid(centers[0], widths[0], function());
    if (!valid) {
      dataSet.note(
          Leniency.Kind.NUMBER,
          LenientValues.named(DicomTag.WINDOW_WIDTH)
              + " is too small: the window counts as missing");
    }
    return valid;
  }

  private VoiWindow window(int number) {
    double[] centers = dataSet.decimals(DicomTag.WINDOW_CENTER);
    double[] widths = dataSet.decimals(DicomTag.WINDOW_WIDTH);
    int count = Math.min(centers.length, widths.length);
    if (number >= count) {
      throw new IllegalArgumentException(
          "Window: expected a number below " + count + ", found " + number);
    }
    if (!VoiWindow.isValid(centers[number], widths[number], function())) {
      throw DicomRefusal.damaged("a window width above 0", "another");
    }
    return new VoiWindow(centers[number], widths[number], function());
  }

  private VoiWindow.Function function() {
    String name = dataSet.code(DicomTag.VOI_LUT_FUNCTION).orElse("LINEAR");
    return switch (name) {
      case "LINEAR" -> VoiWindow.Function.LINEAR;
      case "LINEAR_EXACT" -> VoiWindow.Function.LINEAR_EXACT;
      case "SIGMOID" -> VoiWindow.Function.SIGMOID;
      default -> {
        dataSet.note(
            Leniency.Kind.CODE_STRING,
            LenientValues.named(DicomTag.VOI_LUT_FUNCTION)
                + " is none of PS3.3 C.11.2.1.3: taken for LINEAR");
        yield VoiWindow.Function.LINEAR;
      }
    };
  }

  private static double[] windowed(double[] modality, VoiWindow window) {
    return Arrays.stream(modality).map(window::apply).toArray();
  }

  private Optional<double[]> voiTable(double[] modality, int number) {
    return LookupTable.ofItem(
            dataSet, DicomTag.VOI_LUT_SEQUENCE, number, minimum(modality) < 0, "VOI LUT")
        .map(table -> looked(modality, table));
  }

  private double[] looked(double[] modality, LookupTable table) {
    noteBits("VOI LUT", table.statedBits(), table.bits());
    double most = table.maximum();
    return Arrays.stream(modality)
        .map(value -> table.apply((int) Math.round(value)) / most)
        .toArray();
  }

  private void noteBits(String name, int stated, int needed) {
    if (stated != needed) {
      dataSet.note(
          Leniency.Kind.LOOKUP_TABLE,
          name
              + ": its descriptor says "
              + stated
              + " bits, its data need "
              + needed
              + ": these count");
    }
  }

  private boolean isIdentity(double[] modality) {
    for (int i = 0; i < modality.length; i++) {
      if (modality[i] != transform.stored(i)) {
        return false;
      }
    }
    return true;
  }

  private static double minimum(double[] values) {
    return Arrays.stream(values).min().orElseThrow();
  }

  private static double maximum(double[] values) {
    return Arrays.stream(values).max().orElseThrow();
  }

  private static double[] linear(double[] values, double low, double high) {
    double range = high - low;
    return Arrays.stream(values)
        .map(value -> range <= 0 ? 0.5 : Math.max(0, Math.min(1, (value - low) / range)))
        .toArray();
  }

  /** From the 0.5th to the 99.5th percentile of the pixels that are no padding. */
  private double[] percentiles(double[] modality, Cells cells) {
    long[] counts = new long[modality.length];
    int[] counted = cells.counts();
    for (int i = 0; i < counted.length; i++) {
      counts[transform.pattern(i)] += counted[i];
    }
    long[] padding = dataSet.integers(DicomTag.PIXEL_PADDING_VALUE);
    if (padding.length > 0) {
      long[] other = dataSet.integers(DicomTag.PIXEL_PADDING_RANGE_LIMIT);
      long low = padded(padding[0]);
      long high = other.length > 0 ? padded(other[0]) : low;
      for (int i = 0; i < counts.length; i++) {
        if (transform.stored(i) >= Math.min(low, high)
            && transform.stored(i) <= Math.max(low, high)) {
          counts[i] = 0;
        }
      }
    }
    Integer[] order = new Integer[modality.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (one, two) -> Double.compare(modality[one], modality[two]));
    long total = Arrays.stream(counts).sum();
    double low = modality[order[0]];
    double high = modality[order[order.length - 1]];
    long tail = (long) (TAIL * total);
    long seen = 0;
    for (Integer i : order) {
      if (seen <= tail && seen + counts[i] > tail) {
        low = modality[i];
      }
      if (seen < total - tail && seen + counts[i] >= total - tail) {
        high = modality[i];
      }
      seen += counts[i];
    }
    return linear(modality, low, high);
  }

  /** Of implicit VR the padding value has no sign of its own. */
  private long padded(long value) {
    return image.signed() ? (short) value : value & 0xffff;
  }

  // Colour --------------------------------------------------------------------------------------

  /** The gray of a cell that stands for a colour. */
  private IntUnaryOperator palette() {
    LookupTable[] tables = new LookupTable[3];
    int bits = 1;
    for (int i = 0; i < 3; i++) {
      DicomTag descriptor = DicomTag.RED_PALETTE_DESCRIPTOR;
      DicomTag data = DicomTag.RED_PALETTE_DATA;
      tables[i] =
          LookupTable.of(
                  dataSet,
                  new DicomTag(descriptor.group(), descriptor.element() + i),
                  new DicomTag(data.group(), data.element() + i),
                  image.signed())
              .orElseThrow(
                  () ->
                      DicomRefusal.encoding(
                          "palette data that are not segmented", "others or none"));
      bits = Math.max(bits, tables[i].bits());
    }
    // A colour that is nowhere bright needs fewer bits, so those of the three count together.
    int down = bits > 8 ? 8 : 0;
    if ((tables[0].statedBits() > 8) != (bits > 8)) {
      noteBits("Palette", tables[0].statedBits(), bits);
    }
    byte[] grays = new byte[1 << image.bitsAllocated()];
    for (int i = 0; i < grays.length; i++) {
      int value = transform.stored(transform.pattern(i));
      grays[i] =
          (byte)
              Luma.ofRgb(
                  tables[0].apply(value) >>> down,
                  tables[1].apply(value) >>> down,
                  tables[2].apply(value) >>> down);
    }
    return cell -> grays[cell];
  }

  private void colour(char[] samples, boolean rgb, byte[] pixels, int first) {
    boolean ybr = image.photometric().startsWith("YBR") && !rgb;
    int down = Math.max(0, image.bitsStored() - 8);
    int shift = image.highBit() - image.bitsStored() + 1 + down;
    for (int x = 0, at = 0; x < image.columns(); x++, at += 3) {
      int one = samples[at] >>> shift & 255;
      int two = samples[at + 1] >>> shift & 255;
      int three = samples[at + 2] >>> shift & 255;
      pixels[first + x] =
          (byte) (ybr ? lumaOfYbr(one, two - 128, three - 128) : Luma.ofRgb(one, two, three));
    }
  }

  /** YBR_FULL to RGB (C.7.6.3.1.2) in fixed point of 16 bits, then to gray. */
  private static int lumaOfYbr(int y, int cb, int cr) {
    return Luma.ofRgb(
        clamp(y + ((91881 * cr + 32768) >> 16)),
        clamp(y + ((-22554 * cb - 46802 * cr + 32768) >> 16)),
        clamp(y + ((116130 * cb + 32768) >> 16)));
  }

  private static int clamp(int value) {
    return Math.max(0, Math.min(255, value));
  }
}
