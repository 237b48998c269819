package io.cxr.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.cxr.Device;
import io.cxr.model.ModelCard;
import io.cxr.preprocess.ModelPreprocessor;
import io.cxr.radiograph.Radiograph;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Batches for a graphics card have few sizes, and what fills them changes no answer. */
class BatchSizesTest {
  @TempDir Path folder;

  @Test
  void sizesOnACardArePowersOfTwoUpToTheLimit() {
    BatchSizes sizes = BatchSizes.on(Device.cuda(0), 48);
    assertEquals(1, sizes.of(1));
    assertEquals(2, sizes.of(2));
    assertEquals(4, sizes.of(3));
    assertEquals(32, sizes.of(17));
    assertEquals(48, sizes.of(33));
    assertEquals(48, sizes.of(48));
    assertEquals(7, IntStream.rangeClosed(1, 48).map(sizes::of).distinct().count());
  }

  @Test
  void sizesOnAProcessorAreWhatIsThere() {
    BatchSizes sizes = BatchSizes.on(Device.cpu(), 48);
    assertEquals(17, sizes.of(17));
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
        Random random = new Random(5);
        for (int count : new int[] {16, 3, 5, 1, 11}) {
          List<Radiograph> films = new ArrayList<>();
          for (int i = 0; i < count; i++) {
            byte[] gray = new byte[40 * 32];
            random.nextBytes(gray);
            films.add(Radiograph.ofGray8(40, 32, gray));
          }
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
