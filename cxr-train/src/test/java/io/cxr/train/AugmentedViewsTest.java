package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientSplit;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.architecture.LocalMaximaCnn;
import io.cxr.train.augmentation.Augmentation;
import io.cxr.train.augmentation.KerasTransforms;
import io.cxr.train.augmentation.SourceRandomization;
import io.cxr.train.augmentation.StyleMixing;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AugmentedViewsTest {
  @TempDir Path folder;

  /** Images of both labels, dark ones from one source and bright ones from the other. */
  private List<LabelledRadiograph> items(boolean sources) throws Exception {
    List<LabelledRadiograph> items = new ArrayList<>();
    Random random = new Random(1);
    for (int i = 0; i < 24; i++) {
      boolean dark = i % 2 == 0;
      byte[] pixels = new byte[64 * 64];
      for (int p = 0; p < pixels.length; p++) {
        pixels[p] = (byte) ((dark ? 20 : 190) + random.nextInt(40));
      }
      Path file = folder.resolve(i + ".png");
      Radiograph.ofGray8(64, 64, pixels).writePng(file);
      items.add(
          new LabelledRadiograph(
              file,
              i / 2 % 2 == 0 ? "A" : "B",
              Optional.empty(),
              sources ? Optional.of(dark ? "here" : "there") : Optional.empty(),
              Optional.empty()));
    }
    return items;
  }

  /**
   * Of ten views of each dark image, the share that is as bright as the bright ones, or halfway.
   */
  private double brightened(List<LabelledRadiograph> items) throws Exception {
    Augmentation mixing =
        new Augmentation(
            new StyleMixing(1, 0.02, 0.05), SourceRandomization.NONE, KerasTransforms.NONE);
    TrainingPlan plan =
        TrainingPlan.builder(
                TrainingRecipe.builder(new LocalMaximaCnn()).augmentation(mixing).build(),
                TrainingData.of(
                    "drawn", List.of("A", "B"), new PatientSplit(items, items, false, List.of())),
                folder.resolve("no.onnx"))
            .build();
    AugmentedViews views = new AugmentedViews(plan, items, items.size());
    int bright = 0;
    int all = 0;
    for (int index = 0; index < items.size(); index += 2) {
      for (int view = 1; view <= 10; view++) {
        double sum = 0;
        byte[] gray = views.gray(index, view, items.get(index).read());
        for (byte pixel : gray) {
          sum += pixel & 0xff;
        }
        bright += sum / gray.length > 100 ? 1 : 0;
        all++;
      }
    }
    return (double) bright / all;
  }

  @Test
  void looksAreTakenFromOtherSources() throws Exception {
    List<LabelledRadiograph> known = items(true);
    assertEquals(1, brightened(known));
    assertEquals("other sources", AugmentedViews.donorsOf(known));
    List<LabelledRadiograph> unknown = items(false);
    double share = brightened(unknown);
    assertTrue(share > 0.2 && share < 0.8, "the other class is in both sources: " + share);
    assertEquals("other classes", AugmentedViews.donorsOf(unknown));
  }
}
