package io.cxr.dicom.result;

import static io.cxr.dicom.ValueRepresentation.CS;
import static io.cxr.dicom.ValueRepresentation.LO;
import static io.cxr.dicom.ValueRepresentation.OW;
import static io.cxr.dicom.ValueRepresentation.SS;
import static io.cxr.dicom.ValueRepresentation.US;

import io.cxr.dicom.DataSetBuilder;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.image.VoiTransform;
import io.cxr.dicom.image.VoiWindow;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The grayscale transformations of a radiograph for a presentation state: Modality LUT (PS3.3
 * C.11.1), Softcopy VOI LUT (C.11.8) and Softcopy Presentation LUT (C.11.6). Those of the
 * presentation state are applied instead of the image's, the image's Photometric Interpretation
 * among them (PS3.4 N.2): what is not carried over is not shown.
 */
final class GrayscaleTransforms {
  private static final int LUT_EXPLANATION = 0x00283003;
  private static final int MODALITY_LUT_TYPE = 0x00283004;
  private static final int RESCALE_TYPE = 0x00281054;
  private static final int SOFTCOPY_VOI_LUT_SEQUENCE = 0x00283110;

  private final DicomDataSet source;
  private final VoiTransform voi;

  /**
   * Those of a source.
   *
   * @param voi which values of it are shown
   */
  GrayscaleTransforms(DicomDataSet source, VoiTransform voi) {
    this.source = source;
    this.voi = voi;
  }

  void writeTo(DataSetBuilder state) {
    modality(state);
    voi().ifPresent(item -> state.items(SOFTCOPY_VOI_LUT_SEQUENCE, item));
    state.text(0x20500020, CS, isInverted() ? "INVERSE" : "IDENTITY");
  }

  private void modality(DataSetBuilder state) {
    Optional<DicomDataSet> table = table(DicomTag.MODALITY_LUT_SEQUENCE, 0);
    if (table.isPresent()) {
      state.items(
          0x00283000,
          lookupTable(table.get(), isSigned())
              .text(MODALITY_LUT_TYPE, LO, unit(table.get(), MODALITY_LUT_TYPE))
              .build());
      return;
    }
    double[] slope = source.decimals(DicomTag.RESCALE_SLOPE);
    double[] intercept = source.decimals(DicomTag.RESCALE_INTERCEPT);
    // A slope of 0 is none.
    boolean isRescaled =
        slope.length + intercept.length > 0 && (slope.length == 0 || slope[0] != 0);
    if (isRescaled) {
      state
          .ds(0x00281052, intercept.length == 0 ? 0 : intercept[0])
          .ds(0x00281053, slope.length == 0 ? 1 : slope[0])
          .text(RESCALE_TYPE, LO, unit(source, RESCALE_TYPE));
    }
  }

  /** Of Type 1 here; US is unspecified (C.11.1.1.2). */
  private static String unit(DicomDataSet stated, int tag) {
    return stated.string(DicomTag.of(tag)).orElse("US");
  }

  private Optional<DicomDataSet> voi() {
    if (voi instanceof VoiTransform.FullRange) {
      return table(DicomTag.MODALITY_LUT_SEQUENCE, 0).map(GrayscaleTransforms::fullRange);
    }
    if (voi instanceof VoiTransform.Chosen chosen) {
      return Optional.of(window(chosen.window()));
    }
    if (voi instanceof VoiTransform.WindowNumber number) {
      return window(number.number());
    }
    if (voi instanceof VoiTransform.TableNumber number) {
      return voiTable(number.number());
    }
    return voiTable(0).or(() -> window(0));
  }

  private Optional<DicomDataSet> voiTable(int number) {
    return table(DicomTag.VOI_LUT_SEQUENCE, number)
        .map(
            table ->
                new DataSetBuilder()
                    .items(0x00283010, lookupTable(spread(table), isSignedBehindModality()).build())
                    .build());
  }

  private Optional<DicomDataSet> window(int number) {
    double[] centers = source.decimals(DicomTag.WINDOW_CENTER);
    double[] widths = source.decimals(DicomTag.WINDOW_WIDTH);
    if (number >= Math.min(centers.length, widths.length)) {
      return Optional.empty();
    }
    VoiWindow.Function function = function();
    return VoiWindow.isValid(centers[number], widths[number], function)
        ? Optional.of(window(new VoiWindow(centers[number], widths[number], function)))
        : Optional.empty();
  }

  /**
   * A window from the least to the greatest entry of a Modality LUT: without one the range is that
   * of its bits, which may be much wider. Of others it is known without a window.
   */
  private static DicomDataSet fullRange(DicomDataSet table) {
    ByteBuffer data = table.element(DicomTag.LUT_DATA).orElseThrow().bytes();
    boolean words = data.remaining() >= 2 * (table.integers(DicomTag.LUT_DESCRIPTOR)[0] & 0xffff);
    int least = 0xffff;
    int most = 0;
    while (data.remaining() >= (words ? 2 : 1)) {
      int entry = words ? data.getChar() : data.get() & 0xff;
      least = Math.min(least, entry);
      most = Math.max(most, entry);
    }
    return window(
        new VoiWindow((least + most + 1) / 2.0, most - least + 1.0, VoiWindow.Function.LINEAR));
  }

  private static DicomDataSet window(VoiWindow window) {
    DataSetBuilder item =
        new DataSetBuilder().ds(0x00281050, window.center()).ds(0x00281051, window.width());
    if (window.function() != VoiWindow.Function.LINEAR) {
      item.text(0x00281056, CS, window.function().name());
    }
    return item.build();
  }

  private VoiWindow.Function function() {
    return switch (code(DicomTag.VOI_LUT_FUNCTION)) {
      case "LINEAR_EXACT" -> VoiWindow.Function.LINEAR_EXACT;
      case "SIGMOID" -> VoiWindow.Function.SIGMOID;
      default -> VoiWindow.Function.LINEAR;
    };
  }

  /** A table that has a descriptor and data; one without counts as missing. */
  private Optional<DicomDataSet> table(DicomTag sequence, int number) {
    List<DicomDataSet> items = source.items(sequence);
    return items.stream()
        .skip(number)
        .findFirst()
        .filter(item -> item.integers(DicomTag.LUT_DESCRIPTOR).length == 3)
        .filter(
            item -> item.element(DicomTag.LUT_DATA).filter(data -> !data.isEmpty()).isPresent());
  }

  /**
   * A table as an item of its own.
   *
   * @param signedInput whether the first value mapped may be below zero, which is told by the
   *     representation alone, and not at all where the source had none
   */
  private static DataSetBuilder lookupTable(DicomDataSet item, boolean signedInput) {
    long[] numbers = item.integers(DicomTag.LUT_DESCRIPTOR);
    ByteBuffer bytes = item.element(DicomTag.LUT_DATA).orElseThrow().bytes();
    byte[] data = new byte[bytes.remaining()];
    bytes.get(data);
    return new DataSetBuilder()
        .put(
            DicomElement.ofIntegers(
                DicomTag.LUT_DESCRIPTOR,
                signedInput ? SS : US,
                (int) numbers[0],
                (int) numbers[1],
                (int) numbers[2]))
        .copy(item, LUT_EXPLANATION, LO)
        .put(DicomElement.ofBytes(DicomTag.LUT_DATA, OW, data));
  }

  /**
   * A VOI LUT with entries of 8 or 16 bits, which every reader takes: those between are spread over
   * 16. What they are of their maximum stays the same.
   */
  private static DicomDataSet spread(DicomDataSet item) {
    long[] numbers = item.integers(DicomTag.LUT_DESCRIPTOR);
    int entries = numbers[0] == 0 ? 1 << 16 : (int) numbers[0] & 0xffff;
    ByteBuffer data = item.element(DicomTag.LUT_DATA).orElseThrow().bytes();
    if (numbers[2] <= 8 || numbers[2] >= 16 || data.remaining() != 2 * entries) {
      return item;
    }
    int most = (1 << numbers[2]) - 1;
    ByteBuffer spread = ByteBuffer.allocate(2 * entries).order(ByteOrder.LITTLE_ENDIAN);
    while (data.hasRemaining()) {
      int entry = Math.min(most, data.getChar());
      spread.putChar((char) Math.round(entry * 65535.0 / most));
    }
    return item.with(
        DicomElement.ofIntegers(
            DicomTag.LUT_DESCRIPTOR, US, (int) numbers[0], (int) numbers[1], 16),
        DicomElement.ofBytes(DicomTag.LUT_DATA, OW, spread.array()));
  }

  private boolean isSigned() {
    return first(source.integers(DicomTag.PIXEL_REPRESENTATION), 0) == 1;
  }

  /** Whether values behind the Modality LUT may be below zero. */
  private boolean isSignedBehindModality() {
    if (table(DicomTag.MODALITY_LUT_SEQUENCE, 0).isPresent()) {
      return false;
    }
    double[] slope = source.decimals(DicomTag.RESCALE_SLOPE);
    double[] intercept = source.decimals(DicomTag.RESCALE_INTERCEPT);
    double factor = slope.length == 0 || slope[0] == 0 ? 1 : slope[0];
    double offset = intercept.length == 0 ? 0 : intercept[0];
    int bits = (int) first(source.integers(DicomTag.BITS_STORED), 16);
    double least = isSigned() ? -Math.pow(2, bits - 1) : 0;
    double most = least + Math.pow(2, bits) - 1;
    return Math.min(factor * least, factor * most) + offset < 0;
  }

  private static long first(long[] values, long otherwise) {
    return values.length == 0 ? otherwise : values[0];
  }

  /** The shape says it; without one the Photometric Interpretation does (C.8.11.3.1.2). */
  private boolean isInverted() {
    return switch (code(DicomTag.PRESENTATION_LUT_SHAPE)) {
      case "INVERSE" -> true;
      case "IDENTITY" -> false;
      default -> code(DicomTag.PHOTOMETRIC_INTERPRETATION).equals("MONOCHROME1");
    };
  }

  private String code(DicomTag tag) {
    return source.string(tag).orElse("").toUpperCase(Locale.ROOT);
  }
}
