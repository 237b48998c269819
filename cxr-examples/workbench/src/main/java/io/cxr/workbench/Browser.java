package io.cxr.workbench;

import io.cxr.file.AtomicFile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Opens the user's browser, where there is a desktop. */
final class Browser {
  private Browser() {}

  /**
   * Opens an address by way of a page in the state folder, which its owner alone can read: whatever
   * is on a command line, everybody on the computer can.
   */
  static void open(Path state, URI address) {
    Optional<List<String>> command = command(System.getProperty("os.name", ""), System.getenv());
    if (command.isEmpty()) {
      return;
    }
    try {
      Path page = state.resolve("open.html").toAbsolutePath();
      AtomicFile.write(
          page,
          "<!doctype html><meta charset=\"utf-8\"><title>cxr workbench</title>"
              + "<meta http-equiv=\"refresh\" content=\"0; url="
              + address
              + "\">\n");
      page.toFile().deleteOnExit();
      List<String> words = new ArrayList<>(command.get());
      words.add(page.toUri().toString());
      new ProcessBuilder(words)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start();
    } catch (IOException e) {
      // The address is on the screen as well.
    }
  }

  static Optional<List<String>> command(String system, Map<String, String> environment) {
    String name = system.toLowerCase(Locale.ROOT);
    if (name.startsWith("mac")) {
      return Optional.of(List.of("open"));
    }
    if (name.startsWith("windows")) {
      return Optional.of(List.of("rundll32", "url.dll,FileProtocolHandler"));
    }
    return environment.containsKey("DISPLAY") || environment.containsKey("WAYLAND_DISPLAY")
        ? Optional.of(List.of("xdg-open"))
        : Optional.empty();
  }
}
