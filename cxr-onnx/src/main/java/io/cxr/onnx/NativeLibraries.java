package io.cxr.onnx;

import ai.onnxruntime.OrtEnvironment;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import org.jspecify.annotations.Nullable;

/**
 * ONNX Runtime's native libraries, unpacked from its jar: into a folder that outlives the process,
 * since unpacking takes a third of the time to a first prediction, or into one of this process that
 * is deleted when it ends. Left alone, ONNX Runtime would leave its own behind.
 */
final class NativeLibraries {
  /** Read by ONNX Runtime when it loads: the folder of its native libraries. */
  private static final String PATH_PROPERTY = "onnxruntime.native.path";

  private static final String RESOURCES = "ai/onnxruntime/native/";

  private static final String PROVIDERS = "onnxruntime_providers_";
  private static final String SHARED_BY_PROVIDERS = PROVIDERS + "shared";

  /** Where libraries were unpacked for this process alone. */
  private static @Nullable Path temporary;

  private NativeLibraries() {}

  /** Where ONNX Runtime is told to load its libraries from, by us or by the user. */
  static Optional<Path> folder() {
    return Optional.ofNullable(System.getProperty(PATH_PROPERTY)).map(Path::of);
  }

  /**
   * Has ONNX Runtime load its libraries from this folder, unless it is told to load them from
   * elsewhere already. Unpacks those that are missing or damaged.
   *
   * @param folder made where it is missing
   * @throws PrivateFolder.WritableByOthersException if others may write to what is loaded
   * @throws IOException if the libraries cannot be unpacked, or not be run from there
   */
  static void unpackInto(Path folder) throws IOException {
    if (folder().isPresent()) {
      return;
    }
    unpack(
        suffix -> {
          PrivateFolder.make(folder);
          Path unpacked = folder.resolve(suffix);
          PrivateFolder.make(unpacked);
          requireRunnable(unpacked);
          return unpacked;
        },
        name -> true,
        library -> {});
  }

  /**
   * Has ONNX Runtime load its libraries from a temporary folder that is deleted with its content
   * when the process ends (on Windows, where libraries in use cannot be deleted, it stays). Those
   * of graphics cards, hundreds of megabytes, are left for {@link #unpackProviders}.
   *
   * @throws IOException if there is no temporary folder, or programs cannot be run from it
   */
  static void unpackForThisProcess() throws IOException {
    if (folder().isPresent()) {
      return;
    }
    unpack(
        suffix -> {
          Path unpacked = Files.createTempDirectory("cxr-onnxruntime");
          // What is registered last is deleted first: the folder after what is in it.
          unpacked.toFile().deleteOnExit();
          requireRunnable(unpacked);
          temporary = unpacked;
          return unpacked;
        },
        name -> !name.contains(PROVIDERS) || name.contains(SHARED_BY_PROVIDERS),
        library -> library.toFile().deleteOnExit());
  }

  /**
   * Unpacks what {@link #unpackForThisProcess} left out: ONNX Runtime looks for it beside its own
   * library.
   *
   * @throws IOException if it cannot be unpacked
   */
  static void unpackProviders() throws IOException {
    if (temporary != null) {
      unpackProviders(temporary);
    }
  }

  private static void unpackProviders(Path folder) throws IOException {
    unpack(
        suffix -> folder,
        name -> name.contains(PROVIDERS),
        library -> library.toFile().deleteOnExit());
  }

  private static void requireRunnable(Path folder) throws IOException {
    if (MountedFileSystem.of(folder).forbidsPrograms()) {
      throw new FileSystemException(
          folder.toString(),
          null,
          "expected a folder that libraries can be run from, found one on a file system that is"
              + " mounted noexec");
    }
  }

  /** Where a set of libraries goes, by a name that tells it from others. */
  private interface Place {
    Path folder(String suffix) throws IOException;
  }

  private static void unpack(Place place, Predicate<String> wanted, Consumer<Path> unpacked)
      throws IOException {
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
      Path folder = place.folder(platform + "-" + Long.toHexString(inJar.getJarEntry().getCrc()));
      for (JarEntry library : libraries(jar, RESOURCES + platform + "/")) {
        if (wanted.test(library.getName())) {
          unpacked.accept(unpack(jar, library, folder));
        }
      }
      System.setProperty(PATH_PROPERTY, folder.toAbsolutePath().toString());
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

  private static Path unpack(JarFile jar, JarEntry library, Path folder) throws IOException {
    String name = library.getName();
    Path file = folder.resolve(name.substring(name.lastIndexOf('/') + 1));
    if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
        && Files.size(file) == library.getSize()) {
      PrivateFolder.require(file);
      if (Checksum.crc32(file) == library.getCrc()) {
        return file;
      }
    }
    Path unfinished = Files.createTempFile(folder, "unpacking", ".tmp");
    try {
      // Into the file that was made for this user alone, not another in its place.
      try (InputStream in = jar.getInputStream(library);
          OutputStream out = Files.newOutputStream(unfinished)) {
        in.transferTo(out);
      }
      Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(unfinished);
    }
    return file;
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
