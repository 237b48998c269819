package io.cxr.codec;

/**
 * Is told what bytes have against their format's rules that is decoded all the same, since other
 * programs decode it alike and its meaning is plain.
 */
@FunctionalInterface
public interface CodecNotes {
  /**
   * Tells one irregularity.
   *
   * @param expected what the format asks for
   * @param found what is there
   * @param taken how it was understood
   */
  void tell(String expected, String found, String taken);

  /**
   * Tells that every pixel is stated to be wholly transparent. Nobody saves a radiograph that
   * cannot be seen: the writer had a fourth byte without meaning, and wrote it as alpha. Pillow's
   * {@code convert("L")} and OpenCV show such pictures.
   */
  default void tellAllIsTransparent() {
    tell("pixels that can be seen", "each wholly transparent", "transparency is left out");
  }
}
