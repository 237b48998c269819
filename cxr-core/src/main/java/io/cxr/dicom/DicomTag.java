package io.cxr.dicom;

import java.util.Locale;
import java.util.Optional;

/**
 * The tag of a data element (DICOM PS3.5 7.1.1), ordered by group, then element.
 *
 * @param group 0 to 0xffff; odd ones are private
 * @param element 0 to 0xffff
 */
public record DicomTag(int group, int element) implements Comparable<DicomTag> {
  /** Transfer Syntax UID, in the file meta information. */
  public static final DicomTag TRANSFER_SYNTAX_UID = of(0x00020010);

  /** Specific Character Set. */
  public static final DicomTag SPECIFIC_CHARACTER_SET = of(0x00080005);

  /** SOP Class UID. */
  public static final DicomTag SOP_CLASS_UID = of(0x00080016);

  /** SOP Instance UID. */
  public static final DicomTag SOP_INSTANCE_UID = of(0x00080018);

  /** Modality. */
  public static final DicomTag MODALITY = of(0x00080060);

  /** Presentation Intent Type: FOR PRESENTATION or FOR PROCESSING. */
  public static final DicomTag PRESENTATION_INTENT_TYPE = of(0x00080068);

  /** Code Value. */
  public static final DicomTag CODE_VALUE = of(0x00080100);

  /** Patient's Age. */
  public static final DicomTag PATIENT_AGE = of(0x00101010);

  /** View Position. */
  public static final DicomTag VIEW_POSITION = of(0x00185101);

  /** Body Part Examined. */
  public static final DicomTag BODY_PART_EXAMINED = of(0x00180015);

  /** Imager Pixel Spacing. */
  public static final DicomTag IMAGER_PIXEL_SPACING = of(0x00181164);

  /** Study Instance UID. */
  public static final DicomTag STUDY_INSTANCE_UID = of(0x0020000d);

  /** Series Instance UID. */
  public static final DicomTag SERIES_INSTANCE_UID = of(0x0020000e);

  /** Laterality of a series. */
  public static final DicomTag LATERALITY = of(0x00200060);

  /** Laterality of an image. */
  public static final DicomTag IMAGE_LATERALITY = of(0x00200062);

  /** Samples per Pixel. */
  public static final DicomTag SAMPLES_PER_PIXEL = of(0x00280002);

  /** Photometric Interpretation. */
  public static final DicomTag PHOTOMETRIC_INTERPRETATION = of(0x00280004);

  /** Planar Configuration. */
  public static final DicomTag PLANAR_CONFIGURATION = of(0x00280006);

  /** Number of Frames. */
  public static final DicomTag NUMBER_OF_FRAMES = of(0x00280008);

  /** Rows. */
  public static final DicomTag ROWS = of(0x00280010);

  /** Columns. */
  public static final DicomTag COLUMNS = of(0x00280011);

  /** Pixel Spacing. */
  public static final DicomTag PIXEL_SPACING = of(0x00280030);

  /** Bits Allocated. */
  public static final DicomTag BITS_ALLOCATED = of(0x00280100);

  /** Bits Stored. */
  public static final DicomTag BITS_STORED = of(0x00280101);

  /** High Bit. */
  public static final DicomTag HIGH_BIT = of(0x00280102);

  /** Pixel Representation: 0 unsigned, 1 two's complement. */
  public static final DicomTag PIXEL_REPRESENTATION = of(0x00280103);

  /** Pixel Padding Value. */
  public static final DicomTag PIXEL_PADDING_VALUE = of(0x00280120);

  /** Pixel Padding Range Limit. */
  public static final DicomTag PIXEL_PADDING_RANGE_LIMIT = of(0x00280121);

  /** Burned In Annotation: YES or NO. */
  public static final DicomTag BURNED_IN_ANNOTATION = of(0x00280301);

  /** Window Center. */
  public static final DicomTag WINDOW_CENTER = of(0x00281050);

  /** Window Width. */
  public static final DicomTag WINDOW_WIDTH = of(0x00281051);

  /** Rescale Intercept. */
  public static final DicomTag RESCALE_INTERCEPT = of(0x00281052);

  /** Rescale Slope. */
  public static final DicomTag RESCALE_SLOPE = of(0x00281053);

  /** VOI LUT Function. */
  public static final DicomTag VOI_LUT_FUNCTION = of(0x00281056);

  /** Red Palette Color Lookup Table Descriptor; green and blue follow. */
  public static final DicomTag RED_PALETTE_DESCRIPTOR = of(0x00281101);

  /** Red Palette Color Lookup Table Data; green and blue follow. */
  public static final DicomTag RED_PALETTE_DATA = of(0x00281201);

  /** Modality LUT Sequence. */
  public static final DicomTag MODALITY_LUT_SEQUENCE = of(0x00283000);

  /** LUT Descriptor. */
  public static final DicomTag LUT_DESCRIPTOR = of(0x00283002);

  /** LUT Data. */
  public static final DicomTag LUT_DATA = of(0x00283006);

  /** VOI LUT Sequence. */
  public static final DicomTag VOI_LUT_SEQUENCE = of(0x00283010);

  /** View Code Sequence. */
  public static final DicomTag VIEW_CODE_SEQUENCE = of(0x00540220);

  /** Presentation LUT Shape: IDENTITY or INVERSE. */
  public static final DicomTag PRESENTATION_LUT_SHAPE = of(0x20500020);

  /** Extended Offset Table. */
  public static final DicomTag EXTENDED_OFFSET_TABLE = of(0x7fe00001);

  /** Pixel Data. */
  public static final DicomTag PIXEL_DATA = of(0x7fe00010);

  /** Checks the values. */
  public DicomTag {
    if (group >>> 16 != 0 || element >>> 16 != 0) {
      throw new IllegalArgumentException(
          "Tag: expected group and element of 16 bits each, found " + group + " and " + element);
    }
  }

  /**
   * A tag from its usual notation.
   *
   * @param tag the group in the high 16 bits, the element in the low ones
   * @return the tag
   */
  public static DicomTag of(int tag) {
    return new DicomTag(tag >>> 16, tag & 0xffff);
  }

  /**
   * Whether a manufacturer defines it.
   *
   * @return true in odd groups
   */
  public boolean isPrivate() {
    return (group & 1) != 0;
  }

  /**
   * Whether it is the length of its group, which is written anew or not at all.
   *
   * @return true for element 0
   */
  public boolean isGroupLength() {
    return element == 0;
  }

  /**
   * The keyword of PS3.6, such as {@code PatientAge}.
   *
   * @return empty for private and unknown tags
   */
  public Optional<String> keyword() {
    return DicomDictionary.keyword(this);
  }

  /**
   * The value representation that PS3.6 gives; of several the first.
   *
   * @return {@link ValueRepresentation#UN} for private and unknown tags
   */
  public ValueRepresentation valueRepresentation() {
    return DicomDictionary.valueRepresentation(this);
  }

  @Override
  public int compareTo(DicomTag other) {
    return group != other.group
        ? Integer.compare(group, other.group)
        : Integer.compare(element, other.element);
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "(%04x,%04x)", group, element);
  }
}
