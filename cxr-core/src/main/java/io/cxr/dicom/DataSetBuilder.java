package io.cxr.dicom;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Collects the elements of a data set; text is in UTF-8. Not thread-safe. */
final class DataSetBuilder {
  private final Map<DicomTag, DicomElement> elements = new LinkedHashMap<>();

  DataSetBuilder put(DicomElement element) {
    elements.put(element.tag(), element);
    return this;
  }

  /** Values of text; none make an empty element. */
  DataSetBuilder text(int tag, ValueRepresentation vr, String... values) {
    return put(DicomElement.ofText(DicomTag.of(tag), vr, SpecificCharacterSet.UTF_8, values));
  }

  DataSetBuilder us(int tag, int... values) {
    return put(DicomElement.ofIntegers(DicomTag.of(tag), ValueRepresentation.US, values));
  }

  DataSetBuilder sl(int tag, int... values) {
    return put(DicomElement.ofIntegers(DicomTag.of(tag), ValueRepresentation.SL, values));
  }

  DataSetBuilder fl(int tag, float... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return put(DicomElement.ofBytes(DicomTag.of(tag), ValueRepresentation.FL, bytes.array()));
  }

  DataSetBuilder items(int tag, DicomDataSet... items) {
    return put(DicomElement.ofItems(DicomTag.of(tag), List.of(items)));
  }

  DataSetBuilder items(int tag, List<DicomDataSet> items) {
    return put(DicomElement.ofItems(DicomTag.of(tag), items));
  }

  /** An attribute of the source, re-encoded in UTF-8, or empty where the source has none. */
  DataSetBuilder copyOrEmpty(DicomDataSet source, int tag, ValueRepresentation vr) {
    List<String> values = source.strings(DicomTag.of(tag));
    return text(tag, vr, values.toArray(String[]::new));
  }

  /** An attribute of the source, re-encoded in UTF-8, if it has one. */
  DataSetBuilder copy(DicomDataSet source, int tag, ValueRepresentation vr) {
    return source.element(DicomTag.of(tag)).filter(element -> !element.isEmpty()).isPresent()
        ? copyOrEmpty(source, tag, vr)
        : this;
  }

  DataSetBuilder code(int tag, Code code) {
    return items(tag, code.toItem());
  }

  DicomDataSet build() {
    return DicomDataSet.of(elements.values());
  }
}
