package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientSplit;
import io.cxr.model.FilmView;
import io.cxr.model.ViewGate;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.architecture.LocalMaximaCnn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From drawn chests to a file that refuses each view of them for its own reason. */
@Tag("slow")
class ViewHeadFitTest {
  private static final int SIDE = 64;

  @TempDir Path folder;

  /** Two dark lungs, a bright heart on the image's right, a bright abdomen; or one dark lung. */
  private static Radiograph chest(boolean opacity, boolean lateral, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    double shift = random.nextDouble(-3, 3);
    double light = random.nextDouble(-15, 15);
    byte[] pixels = new byte[SIDE * SIDE];
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        double value = y > 50 + shift / 2 ? 225 : 150;
        boolean lung =
            lateral
                ? in(x - shift, y, 32, 28, 24, 22)
                : in(x - shift, y, 18, 28, 11, 21) || in(x - shift, y, 46, 28, 11, 21);
        value = lung ? 60 : value;
        if (!lateral && in(x - shift, y, 39, 40, 10, 9)) {
          value = 205;
        }
        if (opacity && in(x - shift, y, 18, 20, 6, 6)) {
          value = 130;
        }
        pixels[y * SIDE + x] =
            (byte) Math.min(255, Math.max(0, value + light + random.nextInt(-9, 10)));
      }
    }
    return Radiograph.ofGray8(SIDE, SIDE, pixels);
  }

  private static boolean in(double x, double y, double left, double top, double a, double b) {
    double u = (x - left) / a;
    double v = (y - top) / b;
    return u * u + v * v < 1;
  }

  private static void draw(Path folder, boolean opacity, boolean lateral, int count, long seed)
      throws IOException {
    Files.createDirectories(folder);
    for (int i = 0; i < count; i++) {
      chest(opacity, lateral, seed + i).writePng(folder.resolve(i + ".png"));
    }
  }

  @Test
  void eachViewIsRefusedForItsReason() throws Exception {
    draw(folder.resolve("images/CLEAR"), false, false, 60, 1000);
    draw(folder.resolve("images/OPACITY"), true, false, 60, 2000);
    draw(folder.resolve("sides/LATERAL"), false, true, 20, 3000);
    ImageFolder images = ImageFolder.open(folder.resolve("images"));
    List<LabelledRadiograph> laterals = ImageFolder.open(folder.resolve("sides")).items();
    Path model = folder.resolve("model.onnx");
    TrainingPlan plan =
        TrainingPlan.builder(
                TrainingRecipe.builder(new LocalMaximaCnn())
                    .learningRate(1e-3)
                    .epochs(3)
                    .viewHead(true)
                    .build(),
                TrainingData.of(images, PatientSplit.of(images, 0.25, 1)).withLaterals(laterals),
                model)
            .build();
    ViewGate gate = new Trainer(plan, TrainingProgress.SILENT).train().card().views().orElseThrow();

    assertEquals(List.of(FilmView.values()), gate.views());
    assertEquals(20, sum(gate, FilmView.LATERAL), "each lateral is judged once");
    assertEquals(90, sum(gate, FilmView.FRONTAL));
    assertEquals(90, sum(gate, FilmView.MIRRORED));
    List<Radiograph> unseen = new ArrayList<>();
    List<Radiograph> sides = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      unseen.add(chest(i % 2 == 0, false, 9000 + i));
      sides.add(chest(false, true, 8000 + i));
    }
    try (OnnxClassifier classifier =
        OnnxClassifier.builder(model).noveltyGate(false).viewGate(false).open()) {
      for (FilmView view : FilmView.values()) {
        int right = 0;
        for (Radiograph film : view == FilmView.LATERAL ? sides : unseen) {
          Radiograph seen = view == FilmView.LATERAL ? film : GeneratedViews.of(view, film);
          right +=
              classifier
                      .classify(seen)
                      .refusal()
                      .map(reason -> view != FilmView.FRONTAL && reason == view.reason())
                      .orElse(view == FilmView.FRONTAL)
                  ? 1
                  : 0;
        }
        // A novelty gate that is open still says that it would refuse.
        assertTrue(right >= (view == FilmView.FRONTAL ? 17 : 18), view + ": " + right + " of 20");
      }
    }
  }

  private static int sum(ViewGate gate, FilmView view) {
    return gate.judged(view).values().stream().mapToInt(Integer::intValue).sum();
  }
}
