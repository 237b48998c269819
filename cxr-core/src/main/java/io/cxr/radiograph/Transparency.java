package io.cxr.radiograph;

/** Images whose every pixel is stated to be wholly transparent. */
final class Transparency {
  private Transparency() {}

  /**
   * Nobody saves a radiograph that cannot be seen: the writer had a fourth byte without meaning,
   * and wrote it as alpha. Pillow's {@code convert("L")} and OpenCV show such pictures.
   */
  static void tellAllIsTransparent(String format) {
    Leniency.tell(
        format, "pixels that can be seen", "each wholly transparent", "transparency is left out");
  }
}
