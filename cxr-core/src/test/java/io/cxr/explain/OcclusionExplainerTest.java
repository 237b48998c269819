package io.cxr.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Classifier;
import io.cxr.Device;
import io.cxr.Explanation;
import io.cxr.Heatmap;
import io.cxr.LabelProbability;
import io.cxr.ModelIdentity;
import io.cxr.Prediction;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.model.ModelCard;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.radiograph.PhotometricInterpretation;
import io.cxr.radiograph.PixelRegion;
import io.cxr.radiograph.PixelSpacing;
import io.cxr.radiograph.Radiograph;
import io.cxr.radiograph.ViewPosition;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

class OcclusionExplainerTest {

  /**
   * A real if small model: the probability of "bright" is the mean of one quadrant, as it is seen,
   * divided by 255.
   */
  private static final class QuadrantClassifier implements Classifier {
    private final int down;
    private final int across;
    private final List<Radiograph> seen = new ArrayList<>();
    private int largestBatch;
    private Predicate<Radiograph> familiar = radiograph -> true;

    QuadrantClassifier(int down, int across) {
      this.down = down;
      this.across = across;
    }

    @Override
    public ModelCard card() {
      return ModelCard.builder("quadrant", "1")
          .architecture("linear")
          .labels(List.of("bright", "dark"))
          .output(OutputActivation.SOFTMAX)
          .preprocessing(
              PreprocessingSpec.of(2, 2, Resampling.BILINEAR, 1, Normalization.Kind.UNIT_RANGE))
          .build();
    }

    @Override
    public ModelIdentity model() {
      return new ModelIdentity("quadrant", "1", "0".repeat(64));
    }

    @Override
    public Device device() {
      return Device.cpu();
    }

    @Override
    public Prediction classify(Radiograph radiograph) {
      return classify(List.of(radiograph)).get(0);
    }

    @Override
    public List<Prediction> classify(List<Radiograph> radiographs) {
      if (!radiographs.stream().allMatch(familiar)) {
        throw new UnsupportedRadiographException(
            UnsupportedRadiographException.Reason.NOT_A_CHEST_RADIOGRAPH, "novel");
      }
      return classifyUngated(radiographs);
    }

    @Override
    public List<Prediction> classifyUngated(List<Radiograph> radiographs) {
      largestBatch = Math.max(largestBatch, radiographs.size());
      seen.addAll(radiographs);
      return radiographs.stream().map(this::answer).toList();
    }

    private Prediction answer(Radiograph radiograph) {
      byte[] gray = radiograph.toGray8();
      int rows = radiograph.rows() / 2;
      int columns = radiograph.columns() / 2;
      double sum = 0;
      for (int row = down * rows; row < (down + 1) * rows; row++) {
        for (int column = across * columns; column < (across + 1) * columns; column++) {
          sum += Byte.toUnsignedInt(gray[row * radiograph.columns() + column]);
        }
      }
      double bright = sum / rows / columns / 255;
      return new Prediction(
          List.of(new LabelProbability("bright", bright), new LabelProbability("dark", 1 - bright)),
          model());
    }

    @Override
    public void close() {}
  }

  /** Bright in the four quadrants' middles, dark around them. */
  private static Radiograph spots(int rows, int columns) {
    byte[] pixels = new byte[rows * columns];
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        int y = row % (rows / 2) * 8 / rows;
        int x = column % (columns / 2) * 8 / columns;
        pixels[row * columns + column] =
            (byte) ((y == 1 || y == 2) && (x == 1 || x == 2) ? 240 : 8);
      }
    }
    return Radiograph.ofGray8(rows, columns, pixels);
  }

  private static double energy(Heatmap heatmap, int down, int across) {
    double sum = 0;
    for (int row = 0; row < heatmap.rows(); row++) {
      for (int column = 0; column < heatmap.columns(); column++) {
        if (row * 2 / heatmap.rows() == down && column * 2 / heatmap.columns() == across) {
          sum += heatmap.value(row, column);
        }
      }
    }
    return sum;
  }

  private static double energy(Heatmap heatmap) {
    return energy(heatmap, 0, 0)
        + energy(heatmap, 0, 1)
        + energy(heatmap, 1, 0)
        + energy(heatmap, 1, 1);
  }

  @Test
  void pointsToTheQuadrantThatTheModelUses() {
    for (int down = 0; down < 2; down++) {
      for (int across = 0; across < 2; across++) {
        try (QuadrantClassifier classifier = new QuadrantClassifier(down, across)) {
          Heatmap heatmap =
              OcclusionExplainer.of(classifier).explain(spots(80, 160), "bright").heatmap();
          assertEquals("bright", heatmap.label());
          assertEquals(10, heatmap.rows());
          assertEquals(10, heatmap.columns());
          assertEquals(new PixelRegion(0, 0, 80, 160), heatmap.region());
          assertTrue(energy(heatmap, down, across) > 0.95 * energy(heatmap));
          // The spot's own middle is the strongest cell.
          assertEquals(1, heatmap.value(2 + 5 * down, 2 + 5 * across), 0.05);
        }
      }
    }
  }

  @Test
  void explainsTheOtherLabelByWhatSpeaksForIt() {
    try (QuadrantClassifier classifier = new QuadrantClassifier(0, 0)) {
      Heatmap heatmap = OcclusionExplainer.of(classifier).explain(spots(80, 80), "dark").heatmap();
      // Covering the bright spot makes it darker; covering the dark corner makes it brighter.
      assertEquals(0, heatmap.value(2, 2));
      assertTrue(heatmap.value(0, 0) > 0);
      for (int cell = 0; cell < 100; cell++) {
        // Patches of cells 5 still reach into the quadrant; those beyond do not.
        if (cell / 10 > 5 || cell % 10 > 5) {
          assertEquals(0, heatmap.value(cell / 10, cell % 10));
        }
      }
    }
  }

  @Test
  void itsPatchesDoNotTripTheGate() {
    try (QuadrantClassifier classifier = new QuadrantClassifier(0, 0)) {
      Radiograph film = spots(80, 80);
      Heatmap ungated = OcclusionExplainer.of(classifier).explain(film, "bright").heatmap();
      classifier.familiar = film::equals;
      Explanation gated = OcclusionExplainer.of(classifier).explain(film, "bright");
      assertEquals(ungated, gated.heatmap());
      assertEquals(classifier.classify(film), gated.prediction());
      // The film itself is asked with the gate closed.
      assertThrows(
          UnsupportedRadiographException.class,
          () -> OcclusionExplainer.of(classifier).explain(spots(40, 40), "bright"));
    }
  }

  @Test
  void isZeroWhereNothingMatters() {
    try (QuadrantClassifier classifier = new QuadrantClassifier(0, 0)) {
      Radiograph even = Radiograph.ofGray8(30, 30, new byte[900]);
      assertEquals(0, energy(OcclusionExplainer.of(classifier).explain(even, "bright").heatmap()));
    }
  }

  @Test
  void coversWithTheMeanInBatchesOf16() {
    try (QuadrantClassifier classifier = new QuadrantClassifier(0, 0)) {
      OcclusionExplainer.builder(classifier)
          .patch(0.5)
          .stride(0.2)
          .build()
          .explain(spots(40, 40), "bright");
      assertEquals(26, classifier.seen.size());
      assertEquals(16, classifier.largestBatch);
      int[] covered = new int[40 * 40];
      long sum = 0;
      for (int i = 0; i < covered.length; i++) {
        sum += classifier.seen.get(0).pixel(i / 40, i % 40);
      }
      int mean = Math.round(sum / 1600f);
      for (Radiograph radiograph : classifier.seen.subList(1, 26)) {
        int means = 0;
        for (int i = 0; i < covered.length; i++) {
          boolean isMean = radiograph.pixel(i / 40, i % 40) == mean;
          means += isMean ? 1 : 0;
          covered[i] += isMean ? 1 : 0;
        }
        assertEquals(20 * 20, means);
      }
      for (int count : covered) {
        assertTrue(count > 0);
      }
    }
  }

  @Test
  void keepsDepthMeaningAndGeometry() {
    short[] pixels = new short[32 * 32];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (short) (i * 3 % 4096);
    }
    Radiograph radiograph =
        Radiograph.ofGray16(32, 32, 12, pixels)
            .withPhotometricInterpretation(PhotometricInterpretation.MONOCHROME1)
            .withViewPosition(ViewPosition.AP)
            .withPixelSpacing(new PixelSpacing(0.2, 0.3));
    try (QuadrantClassifier classifier = new QuadrantClassifier(1, 0)) {
      Heatmap heatmap = OcclusionExplainer.of(classifier).explain(radiograph, "bright").heatmap();
      assertTrue(energy(heatmap, 1, 0) >= 0.5 * energy(heatmap));
      for (Radiograph seen : classifier.seen) {
        assertEquals(12, seen.bitsStored());
        assertEquals(PhotometricInterpretation.MONOCHROME1, seen.photometricInterpretation());
        assertEquals(radiograph.viewPosition(), seen.viewPosition());
        assertEquals(radiograph.pixelSpacing(), seen.pixelSpacing());
      }
    }
  }

  @Test
  void worksOnTheSmallestRadiograph() {
    try (QuadrantClassifier classifier = new QuadrantClassifier(0, 0)) {
      Heatmap heatmap =
          OcclusionExplainer.of(classifier)
              .explain(Radiograph.ofGray8(2, 3, new byte[] {1, 2, 3, 4, 5, 6}), "bright")
              .heatmap();
      assertEquals(2, heatmap.rows());
      assertEquals(3, heatmap.columns());
    }
  }

  @Test
  void refusesAnUnknownLabelAndSenselessOptions() {
    try (QuadrantClassifier classifier = new QuadrantClassifier(0, 0)) {
      OcclusionExplainer explainer = OcclusionExplainer.of(classifier);
      Radiograph radiograph = spots(16, 16);
      assertThrows(
          IllegalArgumentException.class, () -> explainer.explain(radiograph, "PNEUMONIA"));
      assertThrows(
          IllegalArgumentException.class,
          () -> OcclusionExplainer.builder(classifier).patch(0.1).stride(0.2).build());
      assertThrows(
          IllegalArgumentException.class,
          () -> OcclusionExplainer.builder(classifier).patch(1).build());
      assertThrows(
          IllegalArgumentException.class,
          () -> OcclusionExplainer.builder(classifier).stride(0).build());
    }
  }
}
