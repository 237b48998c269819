package io.cxr.train.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Keras' layers by TensorFlow.js, in a process of Node.js ({@code src/test/js}). It needs {@code
 * npm install} there once, or in a folder that the system property {@code cxr.node.modules} or the
 * environment's {@code CXR_NODE_MODULES} names.
 */
final class TensorFlowJs {
  private static final Path SCRIPTS = Path.of("src/test/js").toAbsolutePath();

  private final Path modules;
  private final Path folder;

  private TensorFlowJs(Path modules, Path folder) {
    this.modules = modules;
    this.folder = folder;
  }

  /**
   * What it computed: how many numbers all weights have, the shape of the features of one image,
   * and the values {@code [image, channel, row, column]}.
   */
  static final class Features {
    private final long parameters;
    private final Shape shape;
    private final float[] values;

    private Features(long parameters, Shape shape, float[] values) {
      this.parameters = parameters;
      this.shape = shape;
      this.values = values;
    }

    long parameters() {
      return parameters;
    }

    Shape shape() {
      return shape;
    }

    float[] values() {
      return values;
    }
  }

  /**
   * Finds Node.js and its packages; the test is skipped without them.
   *
   * @param folder where files may be written
   * @return TensorFlow.js
   */
  static TensorFlowJs orSkip(Path folder) {
    assumeTrue(
        Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
            .anyMatch(place -> Files.isExecutable(Path.of(place, "node"))),
        "SKIPPED: no node (Node.js) on the PATH; install Debian's nodejs and npm");
    String named = System.getProperty("cxr.node.modules", System.getenv().get("CXR_NODE_MODULES"));
    Path modules = named == null ? SCRIPTS.resolve("node_modules") : Path.of(named);
    for (String name : List.of("@tensorflow/tfjs", "@tensorflow/tfjs-backend-wasm", "h5wasm")) {
      assumeTrue(
          Files.isDirectory(modules.resolve(name)),
          () -> "SKIPPED: no " + name + " in " + modules + "; run npm install in src/test/js");
    }
    return new TensorFlowJs(modules.toAbsolutePath(), folder);
  }

  /**
   * The features of one image after the other.
   *
   * @param graph the network, which TensorFlow.js builds from its topology
   * @param weights Keras' file
   * @param images {@code [image, channel, row, column]}
   * @param written networks of {@code networks.cjs}, which know nothing of our description: {@code
   *     NAME} or {@code NAME:LAST_LAYER}
   * @return as described, then as each is written
   */
  List<Features> features(NetworkGraph graph, Path weights, float[] images, List<String> written)
      throws IOException, InterruptedException {
    Path topology = Files.writeString(folder.resolve("topology.json"), KerasTopology.json(graph));
    Path in = folder.resolve("input.f32");
    Path out = folder.resolve("features.f32");
    Path log = folder.resolve("node.log");
    Shape input = graph.input();
    Files.write(in, bytes(transposed(images, input.channels(), input.positions())));
    List<String> command = new ArrayList<>();
    command.addAll(List.of("node", SCRIPTS.resolve("features.cjs").toString()));
    String size = input.rows() + "," + input.columns() + "," + input.channels();
    command.addAll(List.of(weights.toString(), in.toString(), size, out.toString()));
    command.add(topology.toString());
    command.addAll(written);
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(log.toFile());
    builder.environment().put("NODE_PATH", modules.toString());
    Process process = builder.start();
    String answer;
    try {
      answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(process.waitFor(10, TimeUnit.MINUTES), "node hangs");
    } finally {
      process.destroyForcibly();
    }
    assertEquals(0, process.exitValue(), () -> command + "\n" + read(log));
    List<Features> features = new ArrayList<>();
    ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(out)).order(ByteOrder.LITTLE_ENDIAN);
    for (String line : answer.lines().filter(one -> one.startsWith("{")).toList()) {
      features.add(features(JsonMapper.shared().readTree(line), all.asFloatBuffer()));
      all.position(all.position() + 4 * features.get(features.size() - 1).values().length);
    }
    assertEquals(1 + written.size(), features.size(), answer);
    assertEquals(0, all.remaining());
    return features;
  }

  private static Features features(JsonNode answer, FloatBuffer all) {
    JsonNode shape = answer.get("shape");
    Shape one =
        Shape.map(shape.get(3).intValue(), shape.get(1).intValue(), shape.get(2).intValue());
    float[] values = new float[shape.get(0).intValue() * one.elements()];
    all.get(values);
    return new Features(answer.get("parameters").longValue(), one, channelsFirst(values, one));
  }

  private static String read(Path log) {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static byte[] bytes(float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes.array();
  }

  /**
   * Images or maps, as TensorFlow has them, in our order.
   *
   * @param images {@code [image, row, column, channel]}
   * @param one the shape of one
   * @return {@code [image, channel, row, column]}
   */
  static float[] channelsFirst(float[] images, Shape one) {
    return transposed(images, one.positions(), one.channels());
  }

  private static float[] transposed(float[] all, int rows, int columns) {
    float[] result = new float[all.length];
    int size = rows * columns;
    for (int start = 0; start < all.length; start += size) {
      for (int row = 0; row < rows; row++) {
        for (int column = 0; column < columns; column++) {
          result[start + column * rows + row] = all[start + row * columns + column];
        }
      }
    }
    return result;
  }
}
