package io.cxr.radiograph;

import io.cxr.error.UnsupportedRadiographException;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Collectors;

/** The formats that are there, found once. */
final class InstalledFormats {
  private static final System.Logger LOG = System.getLogger("io.cxr.radiograph");

  /** Long enough for a message. */
  private static final int SHOWN = 8;

  private static final List<RadiographFormat> ALL = load();
  private static final Set<String> EXTENSIONS =
      ALL.stream()
          .flatMap(format -> format.extensions().stream())
          .collect(Collectors.toUnmodifiableSet());

  private InstalledFormats() {}

  /** In the order in which they were found; at least one. */
  private static List<RadiographFormat> load() {
    List<RadiographFormat> formats = new ArrayList<>();
    // Not the loader of the calling thread: in application servers and modules of other kinds that
    // may know nothing of this library.
    Iterator<RadiographFormat> found =
        ServiceLoader.load(RadiographFormat.class, RadiographFormat.class.getClassLoader())
            .iterator();
    while (true) {
      try {
        if (!found.hasNext()) {
          break;
        }
        formats.add(found.next());
      } catch (ServiceConfigurationError e) {
        // One that cannot be loaded does not take the others with it.
        LOG.log(Level.WARNING, "A format of radiographs cannot be loaded", e);
      }
    }
    if (formats.isEmpty()) {
      throw new IllegalStateException(
          "Formats: expected META-INF/services/"
              + RadiographFormat.class.getName()
              + ", found no format; keep the services when jars are put together");
    }
    return List.copyOf(formats);
  }

  /** The format of an array's first bytes, of which there is at least one. */
  static RadiographFormat of(byte[] encoded, int length) {
    RadiographFormat best = ALL.get(0);
    int most = 0;
    for (RadiographFormat format : ALL) {
      int known = format.recognise(encoded, length);
      if (known > most) {
        most = known;
        best = format;
      }
    }
    if (most > 0) {
      return best;
    }
    for (RadiographFormat format : ALL) {
      if (format.mayBegin(encoded, length)) {
        throw Refusal.truncated(format.name(), "only its first bytes");
      }
    }
    String beginning = HexFormat.ofDelimiter(" ").formatHex(encoded, 0, Math.min(SHOWN, length));
    throw new UnsupportedRadiographException(
        UnsupportedRadiographException.Reason.NOT_AN_IMAGE,
        "Image: expected "
            + names()
            + ", found "
            + ForeignFile.describe(encoded, length)
                .orElse("a file that begins with " + beginning + "; pass an image file"));
  }

  private static String names() {
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < ALL.size(); i++) {
      names.append(i == 0 ? "" : i == ALL.size() - 1 ? " or " : ", ").append(ALL.get(i).name());
    }
    return names.toString();
  }

  /** Whether a format's files end so, in lower case. */
  static boolean hasExtension(String extension) {
    return EXTENSIONS.contains(extension);
  }

  /** Whether these are the first bytes of a format whose files are often unnamed. */
  static boolean isUnnamed(byte[] head, int length) {
    return ALL.stream()
        .anyMatch(format -> format.isOftenUnnamed() && format.recognise(head, length) > 0);
  }
}
