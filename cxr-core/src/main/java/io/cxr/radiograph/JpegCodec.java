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
   * libjpeg-turbo by its Java binding, {@code org.libjpegturbo.turbojpeg}, version 2.0 or newer, on
   * the class path; for rare kinds of files the same as {@link #OWN}. Faster where the picture is
   * gray or really coloured; gray pictures that were saved in colour are decoded faster by {@link
   * #OWN}, which leaves out neutral colours.
   *
   * <p>On Debian: {@code apt-get install libturbojpeg-java libturbojpeg0-dev}, and {@code
   * /usr/share/java/turbojpeg.jar} on the class path. The files are then read by native code.
   */
  LIBJPEG_TURBO
}
