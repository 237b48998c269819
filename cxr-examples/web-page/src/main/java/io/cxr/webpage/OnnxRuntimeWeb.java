package io.cxr.webpage;

import io.cxr.file.Sha256;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * The files of ONNX Runtime for browsers, npm's {@code onnxruntime-web}, that a page needs. Each is
 * compared with its SHA-256: what runs in the page is what the tests ran. Immutable and
 * thread-safe.
 */
public final class OnnxRuntimeWeb {
  /** The version whose files are known. */
  public static final String VERSION = "1.30.0";

  /** The package and its version, as npm has them. */
  private static final String PACKAGE = "onnxruntime-web@" + VERSION;

  private static final int NPM_MINUTES = 10;

  /** What the files are called, and their SHA-256. */
  private static final Map<String, String> PINNED = new LinkedHashMap<>();

  static {
    PINNED.put(
        "ort.wasm.min.mjs", "219e6a1fc8a9938268d18efca3c91d310bd2f4a59bbd13744df5b2b7fc6cee3b");
    PINNED.put(
        "ort-wasm-simd-threaded.mjs",
        "e13f7f94fc51b4ca72b12faeb1ee95f4ace6dfbc8939bc718aabdc0a27c4299b");
    PINNED.put(
        "ort-wasm-simd-threaded.wasm",
        "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2");
  }

  private final Map<String, byte[]> files;

  private OnnxRuntimeWeb(Map<String, byte[]> files) {
    this.files = files;
  }

  /**
   * Takes the files from a folder or an archive.
   *
   * @param place the unpacked package, its folder {@code dist}, or the archive that {@code npm
   *     pack} makes
   * @return the files
   * @throws NoSuchFileException if there is no such folder or archive
   * @throws IOException if it cannot be read
   * @throws IllegalArgumentException if a file is missing or has another content
   */
  public static OnnxRuntimeWeb of(Path place) throws IOException {
    if (Files.notExists(place)) {
      throw new NoSuchFileException(place.toString());
    }
    return new OnnxRuntimeWeb(
        checked(Files.isDirectory(place) ? inFolder(place) : inArchive(place), place.toString()));
  }

  /**
   * Has npm fetch the package into a temporary folder, from the registry that npm is set up for.
   *
   * @return the files
   * @throws IOException if npm is missing or fails
   * @throws IllegalArgumentException if a file has another content than the known one
   */
  public static OnnxRuntimeWeb fetchedByNpm() throws IOException {
    Path folder = Files.createTempDirectory("onnxruntime-web");
    try {
      npmPack(folder);
      try (Stream<Path> all = Files.list(folder)) {
        Path archive =
            all.filter(file -> file.toString().endsWith(".tgz"))
                .findFirst()
                .orElseThrow(() -> withoutNpm("npm left no archive"));
        return of(archive);
      }
    } finally {
      delete(folder);
    }
  }

  private static void npmPack(Path folder) throws IOException {
    boolean windows = System.getProperty("os.name", "").startsWith("Windows");
    Path log = folder.resolve("npm.log");
    Process npm;
    try {
      npm =
          new ProcessBuilder(
                  windows ? "npm.cmd" : "npm", "pack", "--silent", "--ignore-scripts", PACKAGE)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
    } catch (IOException e) {
      throw withoutNpm("no npm on the path");
    }
    try {
      if (!npm.waitFor(NPM_MINUTES, TimeUnit.MINUTES)) {
        throw withoutNpm("npm not done after " + NPM_MINUTES + " minutes");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted while npm fetched " + PACKAGE, e);
    } finally {
      npm.destroyForcibly();
    }
    if (npm.exitValue() != 0) {
      String said = Files.readString(log).strip();
      throw withoutNpm("npm failed: " + said.substring(Math.max(0, said.length() - 400)));
    }
  }

  private static IOException withoutNpm(String found) {
    return new IOException(
        "ONNX Runtime for browsers: expected npm to fetch "
            + PACKAGE
            + ", found "
            + found
            + ". Run 'npm pack "
            + PACKAGE
            + "' where there is npm and a network, and pass the file: --runtime onnxruntime-web-"
            + VERSION
            + ".tgz");
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      for (Path file : all.toList()) {
        Files.deleteIfExists(file);
      }
    }
    Files.deleteIfExists(folder);
  }

  private static Map<String, byte[]> inFolder(Path folder) throws IOException {
    Map<String, byte[]> found = new LinkedHashMap<>();
    for (String name : PINNED.keySet()) {
      for (String below : new String[] {"", "dist", "package/dist"}) {
        Path file = folder.resolve(below).resolve(name);
        if (Files.isRegularFile(file)) {
          found.putIfAbsent(name, Files.readAllBytes(file));
        }
      }
    }
    return found;
  }

  private static Map<String, byte[]> inArchive(Path archive) throws IOException {
    Map<String, byte[]> found = new LinkedHashMap<>();
    try (InputStream file = new BufferedInputStream(Files.newInputStream(archive));
        TarArchiveInputStream tar = new TarArchiveInputStream(new GZIPInputStream(file))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        String name = entry.getName();
        String last = name.substring(name.lastIndexOf('/') + 1);
        if (entry.isFile() && name.equals("package/dist/" + last) && PINNED.containsKey(last)) {
          found.put(last, tar.readAllBytes());
        }
      }
    }
    return found;
  }

  private static Map<String, byte[]> checked(Map<String, byte[]> found, String place) {
    Map<String, byte[]> all = new LinkedHashMap<>();
    PINNED.forEach(
        (name, sha256) -> {
          byte[] file = found.get(name);
          String is = file == null ? "none" : Sha256.hex(file);
          if (file == null || !is.equals(sha256)) {
            throw new IllegalArgumentException(
                "ONNX Runtime for browsers: expected dist/"
                    + name
                    + " of "
                    + PACKAGE
                    + " (SHA-256 "
                    + sha256
                    + "), found "
                    + is
                    + " in "
                    + place
                    + ". Take the archive that 'npm pack "
                    + PACKAGE
                    + "' makes.");
          }
          all.put(name, file);
        });
    return all;
  }

  /** The content of each file by its name; not to be changed. */
  Map<String, byte[]> files() {
    return files;
  }
}
