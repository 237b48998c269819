package io.cxr.workbench;

import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Where a program keeps a user's data. */
final class StateLocation {
  private StateLocation() {}

  static Path ofUser() {
    return of(
        System.getProperty("os.name", ""),
        Path.of(System.getProperty("user.home", ".")),
        System.getenv("XDG_DATA_HOME"),
        System.getenv("LOCALAPPDATA"));
  }

  /** By the XDG Base Directory specification on Linux, and as others have it. */
  static Path of(
      String system, Path home, @Nullable String xdgData, @Nullable String localAppData) {
    String name = system.toLowerCase(Locale.ROOT);
    Path data = home.resolve(".local").resolve("share");
    if (name.startsWith("mac")) {
      data = home.resolve("Library").resolve("Application Support");
    } else if (name.startsWith("windows") && localAppData != null) {
      data = Path.of(localAppData);
    } else if (xdgData != null && Path.of(xdgData).isAbsolute()) {
      data = Path.of(xdgData);
    }
    return data.resolve("cxr").resolve("workbench");
  }
}
