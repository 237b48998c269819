package io.cxr.workbench.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The types of the pages' modules, which JSDoc states, checked by TypeScript. It needs {@code npm
 * install} in {@code src/test/js} once.
 */
@Tag("slow")
class PageTypesTest {
  private static final Path SCRIPTS = Path.of("src/test/js").toAbsolutePath();
  private static final Path COMPILER = SCRIPTS.resolve("node_modules/.bin/tsc");

  @TempDir Path folder;

  private record Check(int exit, String output) {}

  @Test
  void everyModuleHasTheTypesThatItSays() throws Exception {
    Check check = tsc("--project", SCRIPTS.resolve("tsconfig.json").toString());
    assertEquals(0, check.exit, check.output);
  }

  /** A checker that finds nothing anywhere would pass the test above. */
  @Test
  void aWrongTypeIsFound() throws Exception {
    Path wrong =
        Files.writeString(
            folder.resolve("wrong.js"),
            "/** @param {number} x */ export function half(x) { return x.length / 2; }\n");
    Check check = tsc("--checkJs", "--noEmit", "--strict", wrong.toString());
    assertTrue(check.exit != 0 && check.output.contains("TS2339"), check.output);
  }

  private static Check tsc(String... arguments) throws IOException, InterruptedException {
    assumeTrue(
        Files.isExecutable(COMPILER),
        "SKIPPED: no TypeScript in " + SCRIPTS + "; run npm install there");
    String[] command = new String[arguments.length + 1];
    command[0] = COMPILER.toString();
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(process.waitFor(2, TimeUnit.MINUTES), "tsc hangs");
      return new Check(process.exitValue(), output);
    } finally {
      process.destroyForcibly();
    }
  }
}
