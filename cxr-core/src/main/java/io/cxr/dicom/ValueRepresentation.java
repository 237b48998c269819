package io.cxr.dicom;

/**
 * The type of a data element's value (DICOM PS3.5, table 6.2-1).
 *
 * <p>Values are kept in little-endian order and swapped by {@link #width()} in big-endian files.
 */
public enum ValueRepresentation {
  /** Application entity. */
  AE,
  /** Age string, such as 064Y. */
  AS,
  /** Attribute tag. */
  AT,
  /** Code string. */
  CS,
  /** Date. */
  DA,
  /** Decimal string. */
  DS,
  /** Date and time. */
  DT,
  /** Floating point of 64 bits. */
  FD,
  /** Floating point of 32 bits. */
  FL,
  /** Integer string. */
  IS,
  /** Long string. */
  LO,
  /** Long text. */
  LT,
  /** Other bytes. */
  OB,
  /** Other doubles. */
  OD,
  /** Other floats. */
  OF,
  /** Other words of 32 bits. */
  OL,
  /** Other words of 64 bits. */
  OV,
  /** Other words of 16 bits. */
  OW,
  /** Person name. */
  PN,
  /** Short string. */
  SH,
  /** Signed integer of 32 bits. */
  SL,
  /** Sequence of items. */
  SQ,
  /** Signed integer of 16 bits. */
  SS,
  /** Short text. */
  ST,
  /** Signed integer of 64 bits. */
  SV,
  /** Time. */
  TM,
  /** Unlimited characters. */
  UC,
  /** Unique identifier. */
  UI,
  /** Unsigned integer of 32 bits. */
  UL,
  /** Unknown. */
  UN,
  /** Resource identifier. */
  UR,
  /** Unsigned integer of 16 bits. */
  US,
  /** Unlimited text. */
  UT,
  /** Unsigned integer of 64 bits. */
  UV;

  /**
   * Whether an explicit header has two reserved bytes and a length of 32 bits (PS3.5 7.1.2).
   *
   * @return false where the length has 16 bits
   */
  public boolean hasLongLength() {
    return switch (this) {
      case OB, OD, OF, OL, OV, OW, SQ, SV, UC, UN, UR, UT, UV -> true;
      default -> false;
    };
  }

  /**
   * How many bytes are swapped together in a big-endian file.
   *
   * @return 1, 2, 4 or 8
   */
  public int width() {
    return switch (this) {
      case AT, OW, SS, US -> 2;
      case FL, OF, OL, SL, UL -> 4;
      case FD, OD, OV, SV, UV -> 8;
      default -> 1;
    };
  }

  /**
   * Whether the value is characters.
   *
   * @return false for numbers, bytes and sequences
   */
  public boolean isText() {
    return switch (this) {
      case AE, AS, CS, DA, DS, DT, IS, LO, LT, PN, SH, ST, TM, UC, UI, UR, UT -> true;
      default -> false;
    };
  }

  /**
   * Whether the characters are those of the data set's Specific Character Set (PS3.5 6.1.2.3).
   *
   * @return false where they are ASCII, or none
   */
  public boolean isOfCharacterSet() {
    return switch (this) {
      case LO, LT, PN, SH, ST, UC, UT -> true;
      default -> false;
    };
  }

  /**
   * Whether a backslash separates values of the text.
   *
   * @return false for texts of one value, in which it stands for itself
   */
  public boolean isMultiValued() {
    return switch (this) {
      case LT, ST, UR, UT -> false;
      default -> isText();
    };
  }
}
