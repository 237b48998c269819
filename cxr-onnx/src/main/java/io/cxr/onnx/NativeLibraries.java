package io.cxr.onnx;

import ai.onnxruntime.OrtEnvironment;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Locale;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/**
 * ONNX Runtime's native libraries in a folder that outlives the process. From its jar they are
 * unpacked at every start, which takes a third of the time to a first prediction.
 */
final class NativeLibraries {
  /** Read by ONNX Runtime when it loads: the folder of its native libraries. */
  private static final String PATH_PROPERTY = "onnxruntime.native.path";

  private static final String RESOURCES = "ai/onnxruntime/native/";

  private NativeLibraries() {}

  /**
   * Has ONNX Runtime load its libraries from this folder, unless it has loaded them already or the
   * user has set a path of their own. Unpacks those that are missing or damaged.
   *
   * @throws IOException if the libraries cannot be unpacked
   */
  static void unpackInto(Path folder) throws IOException {
    if (System.getProperty(PATH_PROPERTY) != null) {
      return;
    }
    String platform = platform();
    URL core =
        OrtEnvironment.class.getResource(
            "/" + RESOURCES + platform + "/" + System.mapLibraryName("onnxruntime"));
    if (core == null) {
      // No library for this platform in the jar: ONNX Runtime will say so, or find its own.
      return;
    }
    URLConnection connection = core.openConnection();
    if (!(connection instanceof JarURLConnection inJar)) {
      return;
    }
    // A jar file of our own, so that closing it closes nobody else's.
    inJar.setUseCaches(false);
    try (JarFile jar = inJar.getJarFile()) {
      Path unpacked =
          folder.resolve(platform + "-" + Long.toHexString(inJar.getJarEntry().getCrc()));
      Files.createDirectories(unpacked);
      for (JarEntry library : libraries(jar, RESOURCES + platform + "/")) {
        unpack(jar, library, unpacked);
      }
      System.setProperty(PATH_PROPERTY, unpacked.toAbsolutePath().toString());
    }
  }

  private static List<JarEntry> libraries(JarFile jar, String folder) {
    List<JarEntry> libraries = new ArrayList<>();
    Enumeration<JarEntry> entries = jar.entries();
    while (entries.hasMoreElements()) {
      JarEntry entry = entries.nextElement();
      String name = entry.getName();
      if (name.startsWith(folder)
          && name.length() > folder.length()
          // Debug symbols lie in folders of their own.
          && name.indexOf('/', folder.length()) < 0) {
        libraries.add(entry);
      }
    }
    return libraries;
  }

  private static void unpack(JarFile jar, JarEntry library, Path folder) throws IOException {
    String name = library.getName();
    Path file = folder.resolve(name.substring(name.lastIndexOf('/') + 1));
    if (Files.isRegularFile(file)
        && Files.size(file) == library.getSize()
        && Checksum.crc32(file) == library.getCrc()) {
      return;
    }
    Path unfinished = Files.createTempFile(folder, "unpacking", ".tmp");
    try {
      try (InputStream in = jar.getInputStream(library)) {
        Files.copy(in, unfinished, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      }
      Files.move(unfinished, file, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(unfinished);
    }
  }

  /** As ONNX Runtime names the folders in its jar. */
  private static String platform() {
    String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
    String architecture = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    boolean x64 = architecture.equals("amd64") || architecture.equals("x86_64");
    boolean arm64 = architecture.equals("aarch64") || architecture.equals("arm64");
    return (system.contains("mac") ? "osx" : system.contains("win") ? "win" : "linux")
        + "-"
        + (x64 ? "x64" : arm64 ? "aarch64" : architecture);
  }
}
