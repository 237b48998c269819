package io.cxr.codec;

/** The size that a header states, checked before memory is taken for it. */
public final class PictureSize {
  /**
   * The most pixels that any limit can allow: a colour image of 16 bits then fills an array to a
   * half.
   */
  public static final long MOST_PIXELS = 1L << 27;

  private PictureSize() {}

  /**
   * Refuses a picture without pixels or with too many.
   *
   * @param rows stated rows
   * @param columns stated columns
   * @param mostPixels the limit of the caller
   * @throws CodecException if the size is outside the limits
   */
  public static void check(long rows, long columns, long mostPixels) {
    if (rows < 1 || columns < 1) {
      throw CodecException.damaged(
          "at least one row and one column", rows + " rows x " + columns + " columns");
    }
    long most = Math.min(mostPixels, MOST_PIXELS);
    if (rows > most / columns) {
      throw CodecException.tooLarge(
          "at most " + most + " pixels", rows + " rows x " + columns + " columns");
    }
  }
}
