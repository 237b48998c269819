package io.cxr.codec.rle;

/** Run lengths as TIFF 6.0, section 9, and DICOM PS3.5, annex G.3, have them. */
public final class PackBits {
  private PackBits() {}

  /**
   * Unpacks bytes until so many are there, or the input ends.
   *
   * @param packed holds the input
   * @param from where it begins
   * @param to where it ends
   * @param into receives the bytes
   * @param first where the first one goes
   * @param step how far apart they go
   * @param count how many are wanted
   * @param wholeRuns whether a run that the end cuts off counts for nothing, even as far as it goes
   * @return how many there were
   */
  public static int unpack(
      byte[] packed,
      int from,
      int to,
      byte[] into,
      int first,
      int step,
      int count,
      boolean wholeRuns) {
    int filled = 0;
    int at = from;
    int place = first;
    while (filled < count && at < to) {
      int head = packed[at++];
      if (head >= 0) {
        if (wholeRuns && head + 1 > to - at) {
          return filled;
        }
        int run = Math.min(Math.min(head + 1, count - filled), to - at);
        for (int i = 0; i < run; i++, place += step) {
          into[place] = packed[at + i];
        }
        at += head + 1;
        filled += run;
      } else if (head != -128 && at < to) {
        int run = Math.min(1 - head, count - filled);
        byte value = packed[at++];
        for (int i = 0; i < run; i++, place += step) {
          into[place] = value;
        }
        filled += run;
      }
    }
    return filled;
  }
}
