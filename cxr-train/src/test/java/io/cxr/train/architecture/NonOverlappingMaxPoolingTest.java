package io.cxr.train.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Pooling reads arrays by their address, which is freed as soon as nothing refers to the array.
 * Here the garbage collector runs all the time, in a process of its own, which once died of it.
 */
@Tag("slow")
class NonOverlappingMaxPoolingTest {
  private static final int ROUNDS = 800;

  /** The process: prints how often the answer was another. */
  static final class Pooled {
    private static volatile byte[] garbage = {};

    private Pooled() {}

    public static void main(String[] arguments) {
      // Not in the order that pooling reads, so that it takes a copy, which is its own.
      INDArray maps = Nd4j.rand(DataType.FLOAT, 2, 64, 62, 62).dup('f');
      INDArray expected = pooled(maps);
      Thread collecting =
          new Thread(
              () -> {
                while (true) {
                  garbage = new byte[20_000 + garbage.length % 2];
                }
              });
      collecting.setDaemon(true);
      collecting.start();
      int wrong = 0;
      for (int round = 0; round < ROUNDS; round++) {
        try (INDArray found = pooled(maps)) {
          wrong += found.equals(expected) ? 0 : 1;
        }
      }
      System.out.println("wrong " + wrong);
    }

    private static INDArray pooled(INDArray maps) {
      return NonOverlappingMaxPooling.pool(
          maps, new int[] {2, 2}, LayerWorkspaceMgr.noWorkspaces());
    }
  }

  @Test
  void arraysLiveAsLongAsTheyAreRead() throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-Xmn2m",
                "-XX:+UseSerialGC",
                "-XX:-CreateCoredumpOnCrash",
                Pooled.class.getName())
            .redirectErrorStream(true);
    builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), output);
    assertEquals(
        "wrong 0", output.lines().filter(line -> line.startsWith("wrong")).findFirst().orElse(""));
  }
}
