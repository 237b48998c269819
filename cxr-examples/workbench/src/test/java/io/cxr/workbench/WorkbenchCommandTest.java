package io.cxr.workbench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command as a process of its own. */
@Timeout(240)
class WorkbenchCommandTest {
  @TempDir Path folder;

  /** The command alone. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new WorkbenchCommand()).execute(arguments));
  }

  private Process start(String... arguments) throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx512m",
                "-Djava.awt.headless=true",
                "-cp",
                System.getProperty("java.class.path"),
                WorkbenchCommandTest.class.getName()));
    words.addAll(List.of(arguments));
    return new ProcessBuilder(words).redirectErrorStream(true).start();
  }

  @Test
  void startsAndStopsWhenToldTo() throws Exception {
    Path state = folder.resolve("state");
    Process process = start("--port", "0", "--no-open", "--state", state.toString());
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      String open = out.readLine();
      while (open != null && !open.startsWith("Open ")) {
        open = out.readLine();
      }
      URI url = URI.create(String.valueOf(open).substring("Open ".length()));
      assertTrue(url.getFragment().startsWith("token="), open);
      HttpURLConnection page = (HttpURLConnection) url.toURL().openConnection();
      assertEquals(200, page.getResponseCode());
      process.destroy();
      assertTrue(process.waitFor(120, TimeUnit.SECONDS));
      assertFalse(Files.exists(state.resolve("workbench.sqlite-wal")), "the database is closed");
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void usersAreAddedFromTheInput() throws Exception {
    Path users = folder.resolve("users");
    Process process = start("--users", users.toString(), "--add-user", "anna");
    try (OutputStream in = process.getOutputStream()) {
      in.write("a long secret\n".getBytes(StandardCharsets.UTF_8));
    }
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    assertTrue(Files.readString(users).startsWith("anna:pbkdf2-sha256:600000:"), output);
    assertFalse(output.contains("secret"), output);
  }

  @Test
  void stateIsWhereTheSystemHasIt() {
    Path home = Path.of("/home/anna");
    assertEquals(
        home.resolve(".local/share/cxr/workbench"), StateLocation.of("Linux", home, null, null));
    assertEquals(Path.of("/data/cxr/workbench"), StateLocation.of("Linux", home, "/data", null));
    assertEquals(
        home.resolve(".local/share/cxr/workbench"),
        StateLocation.of("Linux", home, "not/absolute", null));
    assertEquals(
        home.resolve("Library/Application Support/cxr/workbench"),
        StateLocation.of("Mac OS X", home, null, null));
    assertEquals(
        Path.of("/local/cxr/workbench"), StateLocation.of("Windows 11", home, null, "/local"));
    assertEquals(Optional.empty(), Browser.command("Linux", Map.of()));
    assertEquals(
        Optional.of(List.of("xdg-open")), Browser.command("Linux", Map.of("DISPLAY", ":0")));
  }
}
