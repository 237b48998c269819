package io.cxr.radiograph;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Formats register themselves, with the library's own class loader. */
class RadiographFormatTest {
  private static final byte[] MAGIC = "RAW-FILM".getBytes(StandardCharsets.US_ASCII);

  /** A format of a user's: a magic word, rows, columns, pixels. */
  public static final class RawFilm implements RadiographFormat {
    public RawFilm() {}

    @Override
    public String name() {
      return "raw film";
    }

    @Override
    public Set<String> extensions() {
      return Set.of("raw");
    }

    @Override
    public int recognise(byte[] encoded, int length) {
      return length > MAGIC.length
              && Arrays.equals(encoded, 0, MAGIC.length, MAGIC, 0, MAGIC.length)
          ? MAGIC.length
          : 0;
    }

    @Override
    public Radiograph read(
        byte[] encoded, int length, DecodeOptions options, DecodeBuffers buffers) {
      int rows = encoded[MAGIC.length];
      int columns = encoded[MAGIC.length + 1];
      return buffers.radiograph(
          rows,
          columns,
          8,
          pixels -> System.arraycopy(encoded, MAGIC.length + 2, pixels, 0, rows * columns));
    }
  }

  private static byte[] rawFilm() {
    byte[] file = Arrays.copyOf(MAGIC, MAGIC.length + 2 + 6);
    file[MAGIC.length] = 2;
    file[MAGIC.length + 1] = 3;
    for (int i = 0; i < 6; i++) {
      file[MAGIC.length + 2 + i] = (byte) (40 * i);
    }
    return file;
  }

  /** The library in a loader of its own, as in a web application; the caller's knows nothing. */
  private static URLClassLoader application(Path services) throws IOException {
    List<URL> urls = new ArrayList<>();
    urls.add(services.toUri().toURL());
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      urls.add(url(entry));
    }
    // Of tests on the module path, these are elsewhere.
    urls.add(Radiograph.class.getProtectionDomain().getCodeSource().getLocation());
    urls.add(RadiographFormatTest.class.getProtectionDomain().getCodeSource().getLocation());
    return new URLClassLoader(urls.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
  }

  private static URL url(String entry) throws MalformedURLException {
    return Path.of(entry).toUri().toURL();
  }

  private static byte[] gray(URLClassLoader application, byte[] file)
      throws ReflectiveOperationException {
    Class<?> type = application.loadClass(Radiograph.class.getName());
    Object radiograph = type.getMethod("read", byte[].class).invoke(null, file);
    return (byte[]) type.getMethod("toGray8").invoke(radiograph);
  }

  private static void register(Path folder, String... classes) throws IOException {
    Path file = folder.resolve("META-INF/services/" + RadiographFormat.class.getName());
    Files.createDirectories(file.getParent());
    Files.write(file, List.of(classes));
  }

  @Test
  void aFormatOfTheUsersIsReadWhateverTheThreadsLoader(@TempDir Path folder) throws Exception {
    register(folder, RawFilm.class.getName());
    ClassLoader usual = Thread.currentThread().getContextClassLoader();
    try (URLClassLoader application = application(folder)) {
      Thread.currentThread().setContextClassLoader(ClassLoader.getPlatformClassLoader());
      byte[] expected = Arrays.copyOfRange(rawFilm(), MAGIC.length + 2, MAGIC.length + 8);
      assertArrayEquals(expected, gray(application, rawFilm()));
      byte[] png = SyntheticPng.of(3, 20, 30, 1);
      assertArrayEquals(Radiograph.read(png).toGray8(), gray(application, png));
    } finally {
      Thread.currentThread().setContextClassLoader(usual);
    }
  }

  @Test
  void oneThatCannotBeLoadedDoesNotTakeTheOthersWithIt(@TempDir Path folder) throws Exception {
    register(folder, "there.is.NoSuchFormat", RawFilm.class.getName());
    try (URLClassLoader application = application(folder)) {
      assertEquals(6, gray(application, rawFilm()).length);
      byte[] png = SyntheticPng.of(3, 20, 30, 1);
      assertArrayEquals(Radiograph.read(png).toGray8(), gray(application, png));
    }
  }

  @Test
  void aRefusalNamesEveryFormatInOrder(@TempDir Path folder) throws Exception {
    byte[] unknown = {'x', 'y', 'z', 0, 1, 2, 3, 4, 5};
    RuntimeException refusal = assertThrows(RuntimeException.class, () -> Radiograph.read(unknown));
    assertTrue(
        refusal.getMessage().contains("expected PNG, JPEG, TIFF, BMP, GIF or DICOM, found"),
        refusal.getMessage());
    register(folder, RawFilm.class.getName());
    try (URLClassLoader application = application(folder)) {
      InvocationTargetException e =
          assertThrows(InvocationTargetException.class, () -> gray(application, unknown));
      assertTrue(e.getCause().getMessage().contains("raw film"), e.getCause().getMessage());
    }
  }

  /** A DICOM file may carry another format's beginning before its prefix (PS3.10, 7.1). */
  @Test
  void dicomBehindTheBeginningOfTiffIsDicom() {
    byte[] both = new byte[200];
    System.arraycopy(new byte[] {'I', 'I', 42, 0}, 0, both, 0, 4);
    System.arraycopy("DICM".getBytes(StandardCharsets.US_ASCII), 0, both, 128, 4);
    RuntimeException refusal = assertThrows(RuntimeException.class, () -> Radiograph.read(both));
    assertTrue(refusal.getMessage().startsWith("DICOM"), refusal.getMessage());
  }
}
