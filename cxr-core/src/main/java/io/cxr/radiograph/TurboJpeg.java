package io.cxr.radiograph;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Objects;

/**
 * A decompressor of libjpeg-turbo through its Java binding ({@code
 * org.libjpegturbo.turbojpeg.TJDecompressor}), found by name, so that nothing requires it.
 *
 * <p>Not thread-safe. Whoever opens it closes it.
 */
final class TurboJpeg implements AutoCloseable {
  /** Constants of the binding's class {@code TJ}, which no version has changed. */
  static final int RGB = 0;

  static final int GRAY = 6;
  static final int SPACE_RGB = 0;
  static final int SPACE_YCC = 1;
  static final int SPACE_GRAY = 2;

  /** Accurate DCT, stop on warnings. */
  private static final int FLAGS = 4096 | 8192;

  private static final String DECOMPRESSOR = "org.libjpegturbo.turbojpeg.TJDecompressor";

  private final Binding bound;
  private final Object decompressor;

  /** The binding's methods. */
  private record Binding(
      MethodHandle open,
      MethodHandle source,
      MethodHandle width,
      MethodHandle height,
      MethodHandle space,
      MethodHandle decompress,
      MethodHandle close) {}

  private TurboJpeg(Binding bound, Object decompressor) {
    this.bound = bound;
    this.decompressor = decompressor;
  }

  /**
   * Opens a decompressor.
   *
   * @throws IllegalStateException if the binding or its library is missing
   */
  static TurboJpeg open() {
    try {
      Binding bound = bind();
      return new TurboJpeg(bound, Objects.requireNonNull((Object) bound.open.invoke()));
    } catch (Throwable e) {
      throw new IllegalStateException(
          "JPEG codec: expected libjpeg-turbo's Java binding ("
              + DECOMPRESSOR
              + "), found none that works ("
              + e
              + "); on Debian install libturbojpeg-java and libturbojpeg0-dev and add"
              + " /usr/share/java/turbojpeg.jar to the class path, or use JpegCodec.OWN",
          e);
    }
  }

  private static Binding bind() throws ReflectiveOperationException {
    Class<?> type = find();
    MethodHandles.Lookup lookup = MethodHandles.publicLookup();
    MethodType number = MethodType.methodType(int.class);
    return new Binding(
        lookup
            .findConstructor(type, MethodType.methodType(void.class))
            .asType(MethodType.methodType(Object.class)),
        method(
            lookup,
            type,
            "setSourceImage",
            MethodType.methodType(void.class, byte[].class, int.class)),
        method(lookup, type, "getWidth", number),
        method(lookup, type, "getHeight", number),
        method(lookup, type, "getColorspace", number),
        method(
            lookup,
            type,
            "decompress",
            MethodType.methodType(
                void.class,
                byte[].class,
                int.class,
                int.class,
                int.class,
                int.class,
                int.class,
                int.class,
                int.class)),
        method(lookup, type, "close", MethodType.methodType(void.class)));
  }

  private static Class<?> find() throws ClassNotFoundException {
    try {
      return Class.forName(DECOMPRESSOR);
    } catch (ClassNotFoundException e) {
      return Class.forName(DECOMPRESSOR, true, Thread.currentThread().getContextClassLoader());
    }
  }

  /** A method of an object whose class is not known here. */
  private static MethodHandle method(
      MethodHandles.Lookup lookup, Class<?> type, String name, MethodType signature)
      throws ReflectiveOperationException {
    MethodHandle method = lookup.findVirtual(type, name, signature);
    return method.asType(method.type().changeParameterType(0, Object.class));
  }

  /**
   * Decodes a file.
   *
   * @param encoded begins with the file
   * @param length its length
   * @param rows rows that it must have
   * @param columns columns that it must have
   * @param space the colours that it must have, {@link #SPACE_GRAY} and the like
   * @param format how the pixels are to be, {@link #GRAY} or {@link #RGB}
   * @param pixels receives them, row by row
   * @return false if the codec refuses the file, warns of it or sees it in another way
   */
  boolean decode(
      byte[] encoded, int length, int rows, int columns, int space, int format, byte[] pixels) {
    try {
      bound.source.invokeExact(decompressor, encoded, length);
      if ((int) bound.width.invokeExact(decompressor) != columns
          || (int) bound.height.invokeExact(decompressor) != rows
          || (int) bound.space.invokeExact(decompressor) != space) {
        return false;
      }
      bound.decompress.invokeExact(decompressor, pixels, 0, 0, columns, 0, rows, format, FLAGS);
      return true;
    } catch (Error e) {
      throw e;
    } catch (Throwable e) {
      // An error or a warning of libjpeg-turbo.
      return false;
    }
  }

  @Override
  public void close() {
    try {
      bound.close.invokeExact(decompressor);
    } catch (Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("libjpeg-turbo: the decompressor could not be closed", e);
    }
  }
}
