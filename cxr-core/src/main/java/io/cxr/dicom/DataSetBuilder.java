package io.cxr.dicom;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Collects the elements of a data set; text is in UTF-8. Not thread-safe. */
public final class DataSetBuilder {
  private static final Pattern DATE =
      Pattern.compile("[0-9]{4}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])");

  private static final Pattern TIME =
      Pattern.compile("([01][0-9]|2[0-3])([0-5][0-9](([0-5][0-9]|60)(\\.[0-9]{1,6})?)?)?");

  private static final int LONGEST_DECIMAL = 16;

  private final Map<DicomTag, DicomElement> elements = new LinkedHashMap<>();

  /** Begins an empty data set. */
  public DataSetBuilder() {}

  public DataSetBuilder put(DicomElement element) {
    elements.put(element.tag(), element);
    return this;
  }

  /** Values of text; none make an empty element. */
  public DataSetBuilder text(int tag, ValueRepresentation vr, String... values) {
    return put(DicomElement.ofText(DicomTag.of(tag), vr, SpecificCharacterSet.UTF_8, values));
  }

  public DataSetBuilder us(int tag, int... values) {
    return put(DicomElement.ofIntegers(DicomTag.of(tag), ValueRepresentation.US, values));
  }

  public DataSetBuilder sl(int tag, int... values) {
    return put(DicomElement.ofIntegers(DicomTag.of(tag), ValueRepresentation.SL, values));
  }

  public DataSetBuilder fl(int tag, float... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return put(DicomElement.ofBytes(DicomTag.of(tag), ValueRepresentation.FL, bytes.array()));
  }

  /** Decimal strings, which have at most 16 characters (PS3.5 6.2). */
  public DataSetBuilder ds(int tag, double... values) {
    return text(
        tag,
        ValueRepresentation.DS,
        Arrays.stream(values).mapToObj(DataSetBuilder::decimal).toArray(String[]::new));
  }

  private static String decimal(double value) {
    String plain = BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
    return plain.length() <= LONGEST_DECIMAL ? plain : String.format(Locale.ROOT, "%.8e", value);
  }

  public DataSetBuilder items(int tag, DicomDataSet... items) {
    return put(DicomElement.ofItems(DicomTag.of(tag), List.of(items)));
  }

  public DataSetBuilder items(int tag, List<DicomDataSet> items) {
    return put(DicomElement.ofItems(DicomTag.of(tag), items));
  }

  /**
   * A date or time of the source as PS3.5 6.2 has it now, or empty where it has none: old files
   * have points and colons, others have something else.
   */
  public DataSetBuilder copyWhen(DicomDataSet source, int tag, ValueRepresentation vr) {
    Optional<String> value =
        source
            .string(DicomTag.of(tag))
            .map(
                text ->
                    vr == ValueRepresentation.DA ? text.replace(".", "") : text.replace(":", ""))
            .filter(text -> (vr == ValueRepresentation.DA ? DATE : TIME).matcher(text).matches());
    return value.isPresent() ? text(tag, vr, value.get()) : text(tag, vr);
  }

  /** An attribute of the source, re-encoded in UTF-8, or empty where the source has none. */
  public DataSetBuilder copyOrEmpty(DicomDataSet source, int tag, ValueRepresentation vr) {
    List<String> values = source.strings(DicomTag.of(tag));
    return text(tag, vr, values.toArray(String[]::new));
  }

  /** An attribute of the source, re-encoded in UTF-8, if it has one. */
  public DataSetBuilder copy(DicomDataSet source, int tag, ValueRepresentation vr) {
    return source.element(DicomTag.of(tag)).filter(element -> !element.isEmpty()).isPresent()
        ? copyOrEmpty(source, tag, vr)
        : this;
  }

  public DataSetBuilder code(int tag, Code code) {
    return items(tag, code.toItem());
  }

  public DicomDataSet build() {
    return DicomDataSet.of(elements.values());
  }
}
