package io.cxr.radiograph;

/**
 * The codec for JPEG files. Intact files give the same pixels with either one. Files that
 * libjpeg-turbo refuses or warns about are decoded by {@link #OWN}, which refuses most of them;
 * damage that it ignores without a warning, and that another build of libjpeg may detect, is not
 * refused.
 */
public enum JpegCodec {
  /** This library's own decoder in Java, and the JDK's codec for rare kinds of files. */
  OWN,

  /**
   * libjpeg-turbo through its Java binding, {@code org.libjpegturbo.turbojpeg}, version 2.0 or
   * newer, on the class path; rare kinds of files are decoded as with {@link #OWN}. Faster for
   * images in gray or with real colours; gray images that were saved in colour are decoded faster
   * by {@link #OWN}, which skips neutral colour components.
   *
   * <p>On Debian: {@code apt-get install libturbojpeg-java libturbojpeg0-dev}, and {@code
   * /usr/share/java/turbojpeg.jar} on the class path. Files are then decoded by native code.
   */
  LIBJPEG_TURBO
}
