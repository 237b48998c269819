package io.cxr.workbench.cases;

import io.cxr.radiograph.RadiographFormat;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.ServiceLoader;

/** What a file is by its content, whatever its name. */
final class FileKind {
  private static final int FIRST_BYTES = 4096;

  private FileKind() {}

  /** The name of the format that recognises most of the first bytes: empty if none does. */
  static Optional<String> of(Path file) throws IOException {
    byte[] first;
    try (InputStream in = Files.newInputStream(file)) {
      first = in.readNBytes(FIRST_BYTES);
    }
    return ServiceLoader.load(RadiographFormat.class, RadiographFormat.class.getClassLoader())
        .stream()
        .map(ServiceLoader.Provider::get)
        .filter(format -> format.recognise(first, first.length) > 0)
        .max(Comparator.comparingInt(format -> format.recognise(first, first.length)))
        .map(format -> format.name().toUpperCase(Locale.ROOT));
  }
}
