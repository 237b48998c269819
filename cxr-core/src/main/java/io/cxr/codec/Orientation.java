package io.cxr.codec;

/**
 * The orientation tag of EXIF and TIFF (EXIF 2.32, 4.6.5; TIFF 6.0, section 8): how the stored
 * pixels are to be turned to be upright.
 *
 * <p>Other programs disagree. Browsers, OpenCV and most viewers turn the picture; Pillow, Keras and
 * ImageMagick leave it as stored unless asked, and some programs turn the pixels and leave the tag
 * as it was. A radiograph turned or mirrored without a word puts the heart on the other side, so
 * whatever is not upright as stored is refused.
 */
public final class Orientation {
  private static final int UPRIGHT = 1;

  private Orientation() {}

  /** Refuses an orientation that asks for another picture than is stored. */
  public static void check(long orientation) {
    if (orientation == UPRIGHT || orientation < 1 || orientation > 8) {
      // Beyond 1 to 8 it means nothing, and every program shows what is stored.
      return;
    }
    throw CodecException.encoding(
        "pixels that are upright as stored",
        "an orientation tag of "
            + orientation
            + " ("
            + words((int) orientation)
            + "), which programs do or do not heed",
        "turn the pixels for good and look at the result, for example with ImageMagick: magick IN"
            + " -auto-orient OUT.png");
  }

  private static String words(int orientation) {
    return switch (orientation) {
      case 2 -> "mirrored left to right";
      case 3 -> "upside down";
      case 4 -> "mirrored top to bottom";
      case 5 -> "mirrored along the diagonal";
      case 6 -> "to be turned by 90 degrees clockwise";
      case 7 -> "mirrored along the other diagonal";
      default -> "to be turned by 90 degrees anticlockwise";
    };
  }

  /**
   * The orientation in a block of EXIF data.
   *
   * @param encoded holds the block
   * @param from where its TIFF header begins
   * @param to where it ends
   * @return 1 if there is none, or none that can be read: damaged metadata change nothing
   */
  public static long ofExif(byte[] encoded, int from, int to) {
    if (to - from < 8 || encoded[from] != encoded[from + 1]) {
      return UPRIGHT;
    }
    boolean little = encoded[from] == 'I';
    if ((!little && encoded[from] != 'M') || number(encoded, from + 2, 2, little) != 42) {
      return UPRIGHT;
    }
    long directory = number(encoded, from + 4, 4, little);
    if (directory > to - from - 2) {
      return UPRIGHT;
    }
    int at = from + (int) directory;
    long entries = number(encoded, at, 2, little);
    for (int i = 0; i < entries; i++) {
      int entry = at + 2 + 12 * i;
      if (entry > to - 12) {
        return UPRIGHT;
      }
      if (number(encoded, entry, 2, little) == 274) {
        boolean whole = number(encoded, entry + 2, 2, little) == 4;
        return number(encoded, entry + 8, whole ? 4 : 2, little);
      }
    }
    return UPRIGHT;
  }

  private static long number(byte[] encoded, int at, int bytes, boolean little) {
    long value = 0;
    for (int i = 0; i < bytes; i++) {
      int place = little ? bytes - 1 - i : i;
      value = value << 8 | (encoded[at + place] & 255);
    }
    return value;
  }
}
