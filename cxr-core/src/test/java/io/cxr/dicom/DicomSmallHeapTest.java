package io.cxr.dicom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** In a heap of 256 MiB no file ends the JVM, whatever it asks for. */
class DicomSmallHeapTest {
  @TempDir Path folder;

  @Test
  void bombsAndDamagedFiles() throws Exception {
    survives(4000);
  }

  @Tag("slow")
  @Test
  void manyDamagedFiles() throws Exception {
    survives(100_000);
  }

  private void survives(int damaged) throws Exception {
    Path log = folder.resolve("log.txt");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-Djava.awt.headless=true",
                "-cp",
                System.getProperty("java.class.path"),
                SmallHeap.class.getName(),
                String.valueOf(damaged))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    boolean ended = process.waitFor(10, TimeUnit.MINUTES);
    process.destroyForcibly();
    String text = Files.readString(log);
    System.out.println(text.substring(text.lastIndexOf('\n', text.length() - 2) + 1).strip());
    assertTrue(ended, text);
    assertEquals(0, process.exitValue(), text);
  }
}
