package io.cxr.dicom;

import java.util.TreeMap;

/** Values with VR UN, whose writer did not know their VR (PS3.5 6.2.2, note 4). */
public final class UnknownRepresentations {
  private UnknownRepresentations() {}

  /**
   * With the representations of PS3.6 where archives have left UN: values that cannot be read
   * cannot be judged. What is none of a sequence's items is left out.
   *
   * @param source a data set
   * @return the same values with the representations of the data dictionary
   */
  public static DicomDataSet resolve(DicomDataSet source) {
    TreeMap<DicomTag, DicomElement> elements = new TreeMap<>();
    for (DicomElement element : source.elements()) {
      DicomTag tag = element.tag();
      ValueRepresentation known = tag.valueRepresentation();
      if (element.vr() == ValueRepresentation.SQ) {
        elements.put(tag, statedItems(element));
      } else if (known == ValueRepresentation.SQ) {
        // Items in bytes of another representation would stay unseen.
        DicomParser.unknownSequence(element, source.characterSet())
            .ifPresent(sequence -> elements.put(tag, statedItems(sequence)));
      } else {
        elements.put(tag, stated(element, known));
      }
    }
    return DicomDataSet.owning(elements, source.characterSet());
  }

  private static DicomElement statedItems(DicomElement sequence) {
    return DicomElement.ofItems(
        sequence.tag(), sequence.items().stream().map(UnknownRepresentations::resolve).toList());
  }

  private static DicomElement stated(DicomElement element, ValueRepresentation known) {
    byte[] value = new byte[element.bytes().remaining()];
    boolean fits =
        value.length % known.width() == 0 && (known.hasLongLength() || value.length <= 0xffff);
    if (element.vr() != ValueRepresentation.UN || !fits || element.isEncapsulated()) {
      return element;
    }
    element.bytes().get(value);
    return DicomElement.sharing(element.tag(), known, value, 0, value.length);
  }
}
