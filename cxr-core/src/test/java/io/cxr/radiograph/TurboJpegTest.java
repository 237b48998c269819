package io.cxr.radiograph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.codec.CodecMemory;
import io.cxr.codec.jpeg.JpegDecoder;
import io.cxr.error.UnsupportedRadiographException;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * libjpeg-turbo gives the same pixels as our own decoding. The binding is no dependency: it is
 * looked for where Debian puts it, or at the system property {@code cxr.turbojpeg}.
 */
class TurboJpegTest {
  private static final Path JAR =
      Path.of(System.getProperty("cxr.turbojpeg", "/usr/share/java/turbojpeg.jar"));
  private static final Path SHARED = Path.of(System.getProperty("cxr.shared", "../shared"));
  private static final RadiographReader OWN = RadiographReader.standard();
  private static final ClassLoader USUAL = Thread.currentThread().getContextClassLoader();

  /** One for all tests: a native library belongs to one class loader. */
  private static ClassLoader withBinding = USUAL;

  @BeforeAll
  static void findBinding() throws IOException {
    withBinding = new URLClassLoader(new URL[] {JAR.toUri().toURL()}, USUAL);
  }

  @AfterEach
  void restoreClassLoader() {
    Thread.currentThread().setContextClassLoader(USUAL);
  }

  private static RadiographReader turbo() {
    Thread.currentThread().setContextClassLoader(withBinding);
    try {
      return OWN.withJpegCodec(JpegCodec.LIBJPEG_TURBO);
    } catch (IllegalStateException e) {
      assumeTrue(false, "SKIPPED: " + e.getMessage());
      throw e;
    }
  }

  @Test
  void whatIsMissingIsNamed() {
    assumeTrue(isMissing(), "SKIPPED: the binding is on the class path");
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> OWN.withJpegCodec(JpegCodec.LIBJPEG_TURBO));
    for (String word : new String[] {"expected", "found", "libturbojpeg-java", "JpegCodec.OWN"}) {
      assertTrue(e.getMessage().contains(word), e.getMessage());
    }
  }

  private static boolean isMissing() {
    try {
      Class.forName("org.libjpegturbo.turbojpeg.TJDecompressor");
      return false;
    } catch (ClassNotFoundException e) {
      return true;
    }
  }

  @Test
  void everyKindOfFile() throws IOException {
    RadiographReader turbo = turbo();
    try (DecodeBuffers buffers = new DecodeBuffers()) {
      for (String name : RadiographFile.readable()) {
        assertEquals(
            RadiographFile.expected(name), turbo.read(RadiographFile.bytes(name), buffers), name);
      }
    }
  }

  @Test
  void itIsReallyUsed() throws IOException {
    turbo();
    for (String name : new String[] {"jpeg-gray.jpg", "jpeg-ycc420-progressive.jpg"}) {
      byte[] file = RadiographFile.bytes(name);
      try (DecodeBuffers buffers = new DecodeBuffers()) {
        assertEquals(
            RadiographFile.expected(name),
            JpegFormat.byTurbo(
                    JpegDecoder.ofCheckedSegments(
                        file, file.length, DecodeLimits.DEFAULT.pixels(), CodecMemory.of(buffers)),
                    file,
                    file.length,
                    buffers)
                .map(buffers::radiograph)
                .orElseThrow());
      }
    }
  }

  @Test
  void originals() throws IOException {
    RadiographReader turbo = turbo();
    Path originals = SHARED.resolve("data/originals");
    assumeTrue(
        Files.isDirectory(originals), "SKIPPED: no " + originals + "; pass -Dcxr.shared=FOLDER");
    try (Stream<Path> files = Files.walk(originals);
        DecodeBuffers buffers = new DecodeBuffers()) {
      for (Path file : files.filter(each -> each.toString().endsWith(".jpg")).toList()) {
        assertEquals(OWN.read(file), turbo.read(file, buffers), file.toString());
      }
    }
  }

  /** Damage that is warned of is refused in the same words; none ends in another way. */
  @Test
  void damagedFiles() throws IOException {
    RadiographReader turbo = turbo();
    Random random = new Random(4);
    try (DecodeBuffers buffers = new DecodeBuffers()) {
      for (int i = 0; i < 2000; i++) {
        byte[] file = RadiographFile.bytes("jpeg-ycc420.jpg");
        file[3 + random.nextInt(file.length - 3)] ^= (byte) (1 << random.nextInt(8));
        try {
          turbo.read(file, buffers);
        } catch (UnsupportedRadiographException e) {
          UnsupportedRadiographException own =
              assertThrows(UnsupportedRadiographException.class, () -> OWN.read(file));
          assertEquals(own.getMessage(), e.getMessage());
        }
      }
    }
  }

  @Test
  void truncatedFiles() throws IOException {
    RadiographReader turbo = turbo();
    byte[] whole = RadiographFile.bytes("jpeg-gray.jpg");
    for (int length = 3; length < whole.length; length += 7) {
      byte[] file = Arrays.copyOf(whole, length);
      assertThrows(UnsupportedRadiographException.class, () -> turbo.read(file));
    }
  }
}
