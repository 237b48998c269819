package io.cxr.onnx;

import io.cxr.Device;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * What a Linux machine has of what CUDA needs, from files alone: ONNX Runtime names the first
 * library at most that its provider missed, and not those that it loads later. On other systems
 * nothing is known, and nothing is said to be missing.
 *
 * @param searched folders that the dynamic linker looks into
 * @param linkerCache the linker's list of libraries, with the name of each
 * @param cards the driver's folder, with a folder for each card
 * @param known whether this machine keeps its libraries and cards there
 */
record CudaInstallation(List<Path> searched, Path linkerCache, Path cards, boolean known) {
  /** Of CUDA 12: ONNX Runtime's provider is linked to them, so it does not load without. */
  static final List<String> LINKED =
      List.of("libcudart.so.12", "libcublas.so.12", "libcublasLt.so.12", "libcurand.so.10");

  /**
   * What the provider loads at the first convolution. It also loads libcufft.so.11, but for Fourier
   * transforms alone, which no network here has: convolutions ran without it.
   */
  static final List<String> LOADED_LATER = List.of("libcudnn.so.9");

  private static final String DRIVER = "libcuda.so.1";

  static CudaInstallation ofThisMachine() {
    String path = System.getenv("LD_LIBRARY_PATH");
    Stream<String> named =
        path == null ? Stream.empty() : Stream.of(path.split(File.pathSeparator));
    List<Path> folders =
        Stream.concat(
                named.filter(folder -> !folder.isBlank()),
                Stream.of(
                    "/lib64",
                    "/usr/lib64",
                    "/lib/x86_64-linux-gnu",
                    "/usr/lib/x86_64-linux-gnu",
                    "/lib",
                    "/usr/lib"))
            .map(Path::of)
            .toList();
    return new CudaInstallation(
        folders,
        Path.of("/etc/ld.so.cache"),
        Path.of("/proc/driver/nvidia/gpus"),
        System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux"));
  }

  /** Libraries of CUDA and cuDNN that the linker will not find. */
  List<String> missing() {
    return known
        ? absent(Stream.concat(LINKED.stream(), LOADED_LATER.stream()).toList())
        : List.of();
  }

  /** Those of them that a loaded provider may still miss. */
  List<String> missingOnceLoaded() {
    return known ? absent(LOADED_LATER) : List.of();
  }

  /** Whether the library of NVIDIA's driver is missing, or the driver shows that it has no card. */
  boolean lacksDriver() {
    return known && (!absent(List.of(DRIVER)).isEmpty() || count().orElse(1) == 0);
  }

  /** Whether the driver shows fewer cards than the ordinal asks for. */
  boolean lacksCard(Device device) {
    return known && count().orElse(Integer.MAX_VALUE) <= device.ordinal();
  }

  /** How many cards the driver shows, if it shows them: under WSL it does not. */
  OptionalInt count() {
    if (!Files.isDirectory(cards)) {
      return OptionalInt.empty();
    }
    try (DirectoryStream<Path> each = Files.newDirectoryStream(cards)) {
      int found = 0;
      for (Path ignored : each) {
        found++;
      }
      return OptionalInt.of(found);
    } catch (IOException e) {
      return OptionalInt.empty();
    }
  }

  private List<String> absent(List<String> names) {
    String listed = listed();
    List<String> absent = new ArrayList<>();
    for (String name : names) {
      if (!listed.contains("\0" + name + "\0")
          && searched.stream().noneMatch(folder -> Files.exists(folder.resolve(name)))) {
        absent.add(name);
      }
    }
    return absent;
  }

  /** The linker's list holds names that end with a zero byte, among other bytes. */
  private String listed() {
    try {
      return Files.readString(linkerCache, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }
}
