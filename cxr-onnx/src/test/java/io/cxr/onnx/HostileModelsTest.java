package io.cxr.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TrainingInfoProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import io.cxr.error.CxrException;
import io.cxr.error.ModelFormatException;
import io.cxr.model.ModelCard;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Model files that are made to do harm: each is refused, soon, and with little memory. */
class HostileModelsTest {
  private static final SmallNetwork NETWORK = SmallNetwork.softmax();
  private static final String CARD = NETWORK.card().toJson();
  private static final byte[] WHOLE =
      NETWORK.graph("batch", true).metadata(ModelCard.METADATA_KEY, CARD).build();
  private static final Duration SOON = Duration.ofSeconds(20);

  /** The scan copies names and cards, never weights. */
  private static final long MOST_HEAP = 64 << 20;

  /** Changes a sound model. */
  private interface Harm {
    void to(ModelProto.Builder model, GraphProto.Builder graph);
  }

  private static byte[] with(Harm harm) {
    try {
      ModelProto.Builder model = ModelProto.parseFrom(WHOLE).toBuilder();
      harm.to(model, model.getGraphBuilder());
      return model.build().toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static NodeProto.Builder node(String operator, String output, String... inputs) {
    return NodeProto.newBuilder()
        .setOpType(operator)
        .setName(output)
        .addAllInput(Arrays.asList(inputs))
        .addOutput(output);
  }

  private static AttributeProto.Builder inside(String name, GraphProto graph) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.GRAPH)
        .setG(graph);
  }

  private static TensorProto.Builder integers(String name, long... values) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(TensorProto.DataType.INT64.getNumber())
            .addDims(values.length);
    for (long value : values) {
      tensor.addInt64Data(value);
    }
    return tensor;
  }

  private static TensorProto.Builder floats(String name, long... dimensions) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(TensorProto.DataType.FLOAT.getNumber())
            .setRawData(ByteString.copyFrom(new byte[16]));
    for (long size : dimensions) {
      tensor.addDims(size);
    }
    return tensor;
  }

  private static byte[] withCard(String card) {
    return with(
        (model, graph) ->
            model
                .clearMetadataProps()
                .addMetadataProps(
                    StringStringEntryProto.newBuilder()
                        .setKey(ModelCard.METADATA_KEY)
                        .setValue(card)));
  }

  private static byte[] withLabel(String label) {
    return withCard(CARD.replace("COVID19", label));
  }

  /** Graphs in graphs, as an attribute that some operator may have. */
  private static GraphProto nested(int depth) {
    GraphProto graph = GraphProto.newBuilder().setName("deepest").build();
    for (int i = 0; i < depth; i++) {
      graph =
          GraphProto.newBuilder()
              .setName("level")
              .addNode(node("If", "deep" + i, "yes").addAttribute(inside("then_branch", graph)))
              .build();
    }
    return graph;
  }

  private static byte[] zip(byte[] content) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry("archive/data.pkl"));
      zip.write(content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** Fields of the wire format, as no library writes them. */
  private interface Writing {
    void to(CodedOutputStream out) throws IOException;
  }

  private static byte[] raw(Writing writing) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      writing.to(out);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static byte[] joined(byte[] first, byte[] second) {
    byte[] all = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return all;
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  /** By what each is, the file and what its refusal has to say. */
  private static Map<String, Map.Entry<byte[], String>> files() {
    Map<String, Map.Entry<byte[], String>> files = new LinkedHashMap<>();
    // Data in other files.
    for (String place : new String[] {"weights.bin", "../../../etc/shadow", "/etc/passwd"}) {
      files.put(
          "external data at " + place,
          Map.entry(
              with(
                  (model, graph) ->
                      graph
                          .addInitializerBuilder()
                          .setName("outside")
                          .setDataType(1)
                          .addDims(4)
                          .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                          .addExternalData(entry("location", place))
                          .addExternalData(entry("length", "16"))),
              "'" + place + "'"));
    }
    files.put(
        "external data of a constant",
        Map.entry(
            with(
                (model, graph) ->
                    graph.addNode(
                        node("Constant", "outside")
                            .addAttribute(
                                AttributeProto.newBuilder()
                                    .setName("value")
                                    .setType(AttributeProto.AttributeType.TENSOR)
                                    .setT(
                                        floats("", 4)
                                            .setDataLocation(TensorProto.DataLocation.EXTERNAL))))),
            "all weights in one file"));
    files.put(
        "a context of another engine",
        Map.entry(
            with(
                (model, graph) ->
                    graph.addNode(
                        node("EPContext", "context", "input").setDomain("com.microsoft"))),
            "EPContext"));
    // Memory.
    files.put(
        "2 GB of weights in 16 bytes",
        Map.entry(
            with((model, graph) -> graph.addInitializer(floats("huge", 1 << 15, 1 << 14))),
            "'huge' of 536870912 values in 16 bytes"));
    files.put(
        "sizes whose product overflows",
        Map.entry(
            with(
                (model, graph) ->
                    graph.addInitializer(floats("wraps", 1L << 32, 1L << 32, 1L << 32))),
            "as large as their bytes"));
    files.put(
        "a negative size",
        Map.entry(
            with((model, graph) -> graph.addInitializer(floats("negative", -1, -4))),
            "as large as their bytes"));
    files.put(
        "weights without bytes",
        Map.entry(
            with((model, graph) -> graph.addInitializer(floats("empty", 1000).clearRawData())),
            "in 0 bytes"));
    files.put(
        "an unknown type",
        Map.entry(
            with((model, graph) -> graph.addInitializer(floats("odd", 4).setDataType(77))),
            "type 77"));
    files.put(
        "a constant of a trillion zeros",
        Map.entry(
            with(
                (model, graph) ->
                    graph
                        .addInitializer(integers("shape", 1000000, 1000000))
                        .addNode(0, node("ConstantOfShape", "zeros", "shape"))),
            "ConstantOfShape"));
    files.put(
        "an image blown up",
        Map.entry(
            with(
                (model, graph) ->
                    graph
                        .addNode(
                            0,
                            node("Constant", "shape")
                                .addAttribute(
                                    AttributeProto.newBuilder()
                                        .setName("value")
                                        .setType(AttributeProto.AttributeType.TENSOR)
                                        .setT(integers("", 100000, 3, 8000, 8000))))
                        .addNode(1, node("Expand", "wide", "input", "shape"))),
            "made by Expand"));
    files.put(
        "an image repeated for ever",
        Map.entry(
            with(
                (model, graph) ->
                    graph
                        .addInitializer(integers("repeats", 1, 1, 1 << 20, 1 << 20))
                        .addNode(0, node("Tile", "wide", "input", "repeats"))),
            "Tile"));
    files.put(
        "a resize to a trillion pixels",
        Map.entry(
            with(
                (model, graph) ->
                    graph
                        .addInitializer(integers("sizes", 1, 3, 1000000, 1000000))
                        .addNode(0, node("Resize", "wide", "input", "", "", "sizes"))),
            "Resize"));
    files.put(
        "pads of a thousand million",
        Map.entry(
            with(
                (model, graph) ->
                    graph
                        .addInitializer(integers("pads", 0, 0, 1000000000, 0, 0, 0, 0, 0))
                        .addNode(0, node("Pad", "wide", "input", "pads"))),
            "pads of 1000000000"));
    files.put(
        "a window of a thousand million",
        Map.entry(
            with(
                (model, graph) ->
                    graph.addNode(
                        0,
                        node("MaxPool", "wide", "input")
                            .addAttribute(
                                AttributeProto.newBuilder()
                                    .setName("kernel_shape")
                                    .setType(AttributeProto.AttributeType.INTS)
                                    .addInts(1000000000)
                                    .addInts(1000000000)))),
            "kernel_shape of 1000000000"));
    files.put(
        "an input of a terabyte",
        Map.entry(
            with(
                (model, graph) -> {
                  TypeProto.Tensor.Builder type =
                      graph.getInputBuilder(0).getTypeBuilder().getTensorTypeBuilder();
                  type.getShapeBuilder().getDimBuilder(2).setDimValue(1 << 20);
                  type.getShapeBuilder().getDimBuilder(3).setDimValue(1 << 20);
                }),
            "inputs of less than 2 GiB"));
    // Time.
    files.put(
        "an endless loop",
        Map.entry(
            with(
                (model, graph) ->
                    graph.addNode(
                        node("Loop", "endless", "", "yes")
                            .addAttribute(inside("body", nested(1))))),
            "a graph within a Loop"));
    files.put(
        "a scan",
        Map.entry(
            with(
                (model, graph) ->
                    graph.addNode(
                        node("Scan", "scanned", "input").addAttribute(inside("body", nested(1))))),
            "a graph within a Scan"));
    files.put(
        "graphs in graphs",
        Map.entry(
            with(
                (model, graph) ->
                    graph.addNode(
                        node("If", "deep", "yes").addAttribute(inside("then_branch", nested(40))))),
            "conditions nested"));
    files.put(
        "a function of its own",
        Map.entry(
            with(
                (model, graph) ->
                    model.addFunctions(
                        FunctionProto.newBuilder().setName("f").addNode(node("f", "y", "x")))),
            "a function"));
    files.put(
        "training in a model",
        Map.entry(
            with(
                (model, graph) ->
                    model.addTrainingInfo(TrainingInfoProto.newBuilder().setAlgorithm(nested(1)))),
            "training information"));
    files.put(
        "a million nodes",
        Map.entry(
            with(
                (model, graph) -> {
                  NodeProto small = NodeProto.newBuilder().setOpType("Relu").build();
                  for (int i = 0; i < 1_000_000; i++) {
                    graph.addNode(small);
                  }
                }),
            "at most 100000 nodes"));
    files.put(
        "types in types",
        Map.entry(
            with(
                (model, graph) -> {
                  TypeProto type = TypeProto.getDefaultInstance();
                  for (int i = 0; i < 60; i++) {
                    type =
                        TypeProto.newBuilder()
                            .setSequenceType(TypeProto.Sequence.newBuilder().setElemType(type))
                            .build();
                  }
                  graph.addValueInfoBuilder().setName("deep").setType(type);
                }),
            "types nested"));
    // Operators and forms of others.
    files.put(
        "an operator of its own",
        Map.entry(
            with((model, graph) -> graph.addNode(node("Shell", "x", "input").setDomain("evil"))),
            "'evil.Shell'"));
    files.put(
        "sparse weights",
        Map.entry(
            with(
                (model, graph) ->
                    graph.addSparseInitializer(
                        SparseTensorProto.newBuilder()
                            .setValues(floats("few", 4))
                            .addDims(1 << 30))),
            "sparse ones"));
    files.put("a zip of nested graphs", Map.entry(zip(WHOLE), "a ZIP archive"));
    files.put(
        "another format that the runtime takes",
        Map.entry("    ORTM and more".getBytes(StandardCharsets.US_ASCII), "own format"));
    files.put(
        "two graphs that the runtime would merge", Map.entry(joined(WHOLE, WHOLE), "found 2"));
    files.put(
        "a length beyond the end",
        Map.entry(
            raw(
                out -> {
                  out.writeTag(7, 2);
                  out.writeUInt32NoTag(Integer.MAX_VALUE);
                }),
            "a part of 2147483647 bytes"));
    files.put(
        "groups in groups",
        Map.entry(
            raw(
                out -> {
                  for (int i = 0; i < 100_000; i++) {
                    out.writeTag(9, 3);
                  }
                }),
            "which no model has"));
    // Cards.
    files.put(
        "a card with script",
        Map.entry(withLabel("<script>alert(1)</script>"), "text without markup"));
    files.put(
        "a card with hidden script",
        Map.entry(withLabel("\\u003cimg src=x onerror=alert(1)>"), "text without markup"));
    files.put(
        "a card that steers the terminal",
        Map.entry(withLabel("\\u001b[2J\\u001b]0;owned\\u0007"), "U+001B"));
    files.put(
        "a card that turns the writing", Map.entry(withLabel("NORMAL\u202e91DIVOC"), "U+202E"));
    files.put(
        "a card of a name without end",
        Map.entry(withLabel("x".repeat(1 << 20)), "strings of at most"));
    files.put("lists in lists", Map.entry(withCard("[".repeat(2_000_000)), "deep at most"));
    files.put(
        "a card of 5 MB",
        Map.entry(withCard("{" + " ".repeat(5 << 20) + "}"), "at most 4194304 characters"));
    files.put(
        "a number without end",
        Map.entry(
            withCard(CARD.replaceFirst("\"rows\"\\s*:\\s*\\d+", "\"rows\" : " + "9".repeat(1000))),
            "Model card"));
    return files;
  }

  private static ModelFormatException refused(byte[] file) {
    return assertTimeoutPreemptively(
        SOON,
        () -> {
          try (OnnxClassifier opened = OnnxClassifier.builder(file).open()) {
            return fail("Opened " + opened);
          } catch (ModelFormatException e) {
            return e;
          }
        });
  }

  @Test
  void eachIsRefusedWithWhatWasFound() {
    Map<String, Map.Entry<byte[], String>> files = files();
    assertTrue(files.size() >= 30, "files: " + files.size());
    files.forEach(
        (what, file) -> {
          String message = String.valueOf(refused(file.getKey()).getMessage());
          assertTrue(message.contains(file.getValue()), what + ": " + message);
          assertTrue(message.length() < 1_000, what + ": " + message.length());
          assertTrue(message.chars().noneMatch(Character::isISOControl), what + ": " + message);
        });
  }

  @Test
  void scanningTakesLittleMemory() {
    com.sun.management.ThreadMXBean threads =
        (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    files()
        .forEach(
            (what, file) -> {
              long before = threads.getCurrentThreadAllocatedBytes();
              try {
                ModelScan.check(file.getKey(), "Model");
              } catch (ModelFormatException e) {
                // As it should be, but for cards that only the parser refuses.
              }
              long used = threads.getCurrentThreadAllocatedBytes() - before;
              assertTrue(used < MOST_HEAP, what + ": " + used);
            });
  }

  /** Weights are skipped: a hundred megabytes take no longer than their names. */
  @Test
  void scanningALargeFileTakesMilliseconds() {
    byte[] weights = new byte[100_000_000];
    byte[] large =
        with(
            (model, graph) ->
                graph.addInitializer(
                    floats("large", weights.length / Float.BYTES)
                        .setRawData(ByteString.copyFrom(weights))));
    long best = Long.MAX_VALUE;
    for (int i = 0; i < 50; i++) {
      long start = System.nanoTime();
      ModelScan.check(large, "Model");
      best = Math.min(best, System.nanoTime() - start);
    }
    System.out.println("Scan of 100 MB: " + best / 1000 + " us");
    assertTrue(best < 20_000_000, best + " ns");
  }

  @Test
  void soundModelsPass() {
    ModelScan.check(WHOLE, "Model");
    try (OnnxClassifier opened = OnnxClassifier.builder(WHOLE).open()) {
      assertEquals(NETWORK.card(), opened.card());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whatever bytes change: a model or a refusal in words, no other failure, and no waiting. */
  @Property(tries = 300)
  void changedModelsAreOpenedOrRefused(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 12) int changes) {
    Random random = new Random(seed);
    byte[] changed = WHOLE.clone();
    for (int i = 0; i < changes; i++) {
      int at = random.nextInt(changed.length);
      switch (random.nextInt(3)) {
        case 0 -> changed[at] ^= (byte) (1 << random.nextInt(8));
        case 1 -> changed[at] = (byte) random.nextInt();
        default -> {
          int length = Math.min(random.nextInt(16), changed.length - at);
          int from = random.nextInt(changed.length - length + 1);
          System.arraycopy(changed.clone(), from, changed, at, length);
        }
      }
    }
    assertTimeoutPreemptively(
        SOON,
        () -> {
          try (OnnxClassifier opened = OnnxClassifier.builder(changed).threads(1).open()) {
            assertTrue(opened.card().labels().size() > 1);
          } catch (CxrException refusal) {
            assertTrue(
                String.valueOf(refusal.getMessage()).contains("expected"), refusal::toString);
          }
        });
  }

  /** The same, by the scan alone, which must not fail in other ways. */
  @Property(tries = 3000)
  void theScanSurvivesAnyChange(@ForAll long seed) {
    Random random = new Random(seed);
    byte[] changed = Arrays.copyOf(WHOLE, 1 + random.nextInt(WHOLE.length));
    for (int i = 0; i < 1 + random.nextInt(40); i++) {
      changed[random.nextInt(changed.length)] = (byte) random.nextInt();
    }
    try {
      ModelScan.check(changed, "Model");
    } catch (ModelFormatException refusal) {
      assertTrue(String.valueOf(refusal.getMessage()).startsWith("Model: "), refusal::toString);
    }
  }
}
