package io.cxr.radiograph;

/** Takes the place of libjpeg-turbo's binding, which a browser has not. */
final class TurboJpeg implements AutoCloseable {
  static final int RGB = 0;
  static final int GRAY = 6;
  static final int SPACE_RGB = 0;
  static final int SPACE_YCC = 1;
  static final int SPACE_GRAY = 2;

  private TurboJpeg() {}

  static TurboJpeg open() {
    throw new IllegalStateException("JPEG codec: expected JpegCodec.OWN, found another");
  }

  boolean decode(
      byte[] encoded,
      int length,
      int rows,
      int columns,
      int colourSpace,
      int format,
      byte[] pixels) {
    return false;
  }

  @Override
  public void close() {}
}
