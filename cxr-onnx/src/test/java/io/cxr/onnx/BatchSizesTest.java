package io.cxr.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.cxr.Device;
import io.cxr.Explanation;
import io.cxr.LabelProbability;
import io.cxr.error.InferenceException;
import io.cxr.model.ModelCard;
import io.cxr.preprocess.ModelPreprocessor;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Batches for a graphics card have few sizes, and what fills them changes no answer. */
class BatchSizesTest {
  @TempDir Path folder;

  @Test
  void sizesOnACardGrowAtOnceAndArePowersOfTwoUpToTheLimit() {
    BatchSizes sizes = BatchSizes.on(Device.cuda(0), 48);
    assertEquals(1, sizes.of(1));
    assertEquals(2, sizes.of(2));
    assertEquals(4, sizes.of(3));
    assertEquals(32, sizes.of(17));
    assertEquals(48, sizes.of(33));
    assertEquals(48, sizes.of(49));
    assertEquals(48, sizes.of(1));
  }

  @Test
  void sizesOnACardShrinkAfterManySmallerRunsAlone() {
    BatchSizes sizes = BatchSizes.on(Device.cuda(0), 64);
    assertEquals(64, sizes.of(64));
    for (int run = 1; run < BatchSizes.PATIENCE; run++) {
      assertEquals(64, sizes.of(run % 7 == 0 ? 5 : 1), "run " + run);
    }
    assertEquals(8, sizes.of(1));
    for (int run = 1; run < BatchSizes.PATIENCE; run++) {
      assertEquals(8, sizes.of(1));
    }
    assertEquals(8, sizes.of(8), "a run of that size begins the count anew");
    assertEquals(8, sizes.of(1));
  }

  /** A pipeline's batches are of whatever is ready: it may plan its convolutions a few times. */
  @Property
  void batchesOfAnySizesSeldomChangeTheSizeOfARun(
      @ForAll List<@IntRange(min = 1, max = 64) Integer> batches) {
    BatchSizes sizes = BatchSizes.on(Device.cuda(0), 64);
    int changes = 0;
    int last = 1;
    for (int samples : batches) {
      int size = sizes.of(samples);
      assertTrue(size >= samples && size <= 64);
      changes += size == last ? 0 : 1;
      last = size;
    }
    assertTrue(changes <= 6 + 7 * batches.size() / BatchSizes.PATIENCE, changes + " changes");
  }

  @Test
  void sizesOnAProcessorAreWhatIsThere() {
    BatchSizes sizes = BatchSizes.on(Device.cpu(), 48);
    assertEquals(48, sizes.of(48));
    assertEquals(17, sizes.of(17));
  }

  /** As on a card whose memory ends: here by a table of so many entries that a batch looks into. */
  private static byte[] failingAbove(int most) throws IOException {
    ModelProto model = ModelProto.parseFrom(SmallNetwork.softmax().onnx());
    GraphProto.Builder graph = model.getGraph().toBuilder();
    TensorProto.Builder table =
        TensorProto.newBuilder()
            .setName("table")
            .setDataType(TensorProto.DataType.FLOAT.getNumber())
            .addDims(most + 1);
    for (int i = 0; i <= most; i++) {
      table.addFloatData(0);
    }
    graph.addInitializer(table);
    graph.addInitializer(
        TensorProto.newBuilder()
            .setName("first")
            .setDataType(TensorProto.DataType.INT64.getNumber())
            .addInt64Data(0));
    for (NodeProto.Builder node : graph.getNodeBuilderList()) {
      if (node.getOutput(0).equals("logits")) {
        node.setName("before:node").setOutput(0, "before");
      }
    }
    int at = 0;
    while (!graph.getNode(at).getInputList().contains("logits")) {
      at++;
    }
    graph.addNode(at, node("Add", "logits", "before", "zero"));
    graph.addNode(at, node("Gather", "zero", "table", "batch"));
    graph.addNode(at, node("Gather", "batch", "sizes", "first"));
    graph.addNode(at, node("Shape", "sizes", "input"));
    return model.toBuilder().setGraph(graph).build().toByteArray();
  }

  private static NodeProto node(String operator, String output, String... inputs) {
    return NodeProto.newBuilder()
        .setOpType(operator)
        .setName(output + ":node")
        .addAllInput(List.of(inputs))
        .addOutput(output)
        .build();
  }

  private static List<Radiograph> films(int count) {
    Random random = new Random(5);
    List<Radiograph> films = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] gray = new byte[40 * 32];
      random.nextBytes(gray);
      films.add(Radiograph.ofGray8(40, 32, gray));
    }
    return films;
  }

  @Test
  void aBatchThatIsTooMuchIsRunInParts() throws IOException {
    List<Radiograph> films = films(40);
    try (OnnxClassifier whole =
            OnnxClassifier.builder(SmallNetwork.softmax().onnx()).threads(1).open();
        OnnxClassifier failing =
            OnnxClassifier.builder(failingAbove(5)).threads(1).batchLimit(16).open()) {
      for (int round = 0; round < 2; round++) {
        List<Explanation> expected = whole.explain(films);
        List<Explanation> found = failing.explain(films);
        for (int i = 0; i < films.size(); i++) {
          for (LabelProbability one : expected.get(i).prediction().probabilities()) {
            assertEquals(
                one.probability(), found.get(i).prediction().probability(one.label()), 1e-5);
          }
          assertEquals(
              expected.get(i).heatmap().value(1, 2), found.get(i).heatmap().value(1, 2), 1e-5);
        }
      }
      InferencePipeline<Radiograph> pipeline =
          InferencePipeline.<Radiograph>of(failing, (film, buffers) -> film).build();
      int done = 0;
      try (PipelineResults<Radiograph> results = pipeline.run(films)) {
        while (results.hasNext()) {
          assertTrue(results.next().prediction().isPresent());
          done++;
        }
      }
      assertEquals(films.size(), done);
    }
  }

  @Test
  void whatOnceWasTooMuchIsNotTriedAgain() {
    BatchSizes sizes = new BatchSizes(false, 16);
    List<Integer> runs = new ArrayList<>();
    BatchSizes.Run run =
        (from, count) -> {
          runs.add(count);
          if (count > 5) {
            throw new InferenceException("Expected room for 5, found " + count);
          }
        };
    sizes.run(14, sizes.of(14), 16, run);
    assertEquals(List.of(14, 7, 4, 4, 4, 2), runs);
    runs.clear();
    sizes.run(9, sizes.of(9), 16, run);
    assertEquals(List.of(4, 4, 1), runs);
    runs.clear();
    assertThrows(
        InferenceException.class,
        () ->
            sizes.run(
                9,
                sizes.of(9),
                9,
                (from, count) -> {
                  runs.add(count);
                  throw new InferenceException("Expected a device, found none");
                }));
    assertEquals(List.of(4, 2, 1, 1, 1, 1), runs, "where nothing runs, not all is tried");
    assertEquals(4, sizes.of(9), "a failure of one sample says nothing of how many fit");
  }

  @Test
  void partsOnACardKeepTheirSizeWhereThereIsRoom() {
    BatchSizes sizes = new BatchSizes(true, 64);
    List<Integer> runs = new ArrayList<>();
    sizes.run(
        50,
        sizes.of(50),
        64,
        (from, count) -> {
          runs.add(count);
          if (count > 16) {
            throw new InferenceException("Expected room for 16, found " + count);
          }
        });
    assertEquals(List.of(64, 32, 16, 16, 16, 16), runs);
    assertEquals(16, sizes.of(50));
  }

  @Test
  void whatFillsABatchChangesNoAnswer() throws Exception {
    Path file = SmallNetwork.write(folder, SmallNetwork.softmax().onnx());
    try (NativeSession session =
        NativeSession.open(Files.readAllBytes(file), file.toString(), SessionSettings.cpu(1))) {
      ModelCard card = ModelCard.fromJson(session.metadata(ModelCard.METADATA_KEY).orElseThrow());
      ClassifierGraph graph = ClassifierGraph.check(session, card);
      ModelPreprocessor preprocessor = ModelPreprocessor.of(card.inputs());
      try (InputStaging exact = new InputStaging(session, graph, new BatchSizes(false, 16));
          InputStaging rounded = new InputStaging(session, graph, new BatchSizes(true, 16))) {
        for (int count : new int[] {16, 3, 5, 1, 11}) {
          List<Radiograph> films = films(count);
          try (InputStaging.Slot expected = exact.lease(count);
              InputStaging.Slot found = rounded.lease(count)) {
            films.forEach(film -> expected.add(preprocessor, film));
            films.forEach(film -> found.add(preprocessor, film));
            expected.run(true);
            found.run(true);
            for (int i = 0; i < count; i++) {
              float[] values = expected.output(i);
              for (int unit = 0; unit < values.length; unit++) {
                assertEquals(values[unit], found.output(i)[unit], 1e-5f);
              }
            }
          }
        }
      }
    }
  }
}
