package io.cxr.train.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dataset.LabelledRadiograph;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Features that know the source, the class, or neither. */
class SourceProbeTest {
  private static final int FILMS = 300;

  private final List<Optional<String>> sources = new ArrayList<>();
  private final int[] classes = new int[FILMS];
  private final int[] patients = new int[FILMS];
  private final int[] fold = new int[FILMS];

  /** Three sources; the first has mostly the first class if they are confounded. */
  private void draw(boolean confounded, long seed) {
    Random random = new Random(seed);
    sources.clear();
    for (int i = 0; i < FILMS; i++) {
      int source = i % 3;
      patients[i] = i / 6 * 3 + source; // Two films each.
      fold[i] = patients[i] % 5;
      double first = confounded ? (source == 0 ? 0.9 : 0.1) : 0.5;
      classes[i] = random.nextDouble() < first ? 0 : 1;
      sources.add(Optional.of("source-" + source));
    }
  }

  /** Noise, with the class in the first feature and, where asked for, the source in others. */
  private float[][] features(boolean knowSource, long seed) {
    Random random = new Random(seed);
    float[][] features = new float[FILMS][6];
    for (int i = 0; i < FILMS; i++) {
      for (int f = 0; f < 6; f++) {
        features[i][f] = (float) random.nextGaussian();
      }
      features[i][0] += 4 * classes[i];
      if (knowSource) {
        features[i][1 + i % 3] += 2;
      }
    }
    return features;
  }

  private SourceFigures figures(boolean knowSource) {
    SourceProbe probe = new SourceProbe(sources, classes, patients, fold);
    assertTrue(probe.applies());
    return probe.figures(features(knowSource, 3), 1);
  }

  @Test
  void aPlantedSourceIsFound() {
    draw(false, 1);
    SourceFigures figures = figures(true);
    assertTrue(figures.tellsSource(), figures.toString());
    assertTrue(figures.balancedAccuracy().value() > 0.6, figures.toString());
    assertEquals(FILMS, figures.images());
    assertEquals(List.of("source-0", "source-1", "source-2"), figures.sources());
  }

  @Test
  void noSourceIsFoundWhereNoneIs() {
    draw(false, 2);
    SourceFigures figures = figures(false);
    assertFalse(figures.tellsSource(), figures.toString());
    assertEquals(1 / 3.0, figures.chance());
    assertTrue(figures.balancedAccuracy().low() < 1 / 3.0, figures.toString());
  }

  @Test
  void whatTheClassSaysOfTheSourceIsNotHeldAgainstAModel() {
    draw(true, 4);
    SourceFigures figures = figures(false);
    assertTrue(figures.byLabel() > 0.5, figures.toString());
    assertTrue(figures.balancedAccuracy().value() > 0.45, "better than chance by the class");
    assertFalse(figures.tellsSource(), figures.toString());
  }

  @Test
  void unknownAndSmallSourcesAreLeftOut() {
    draw(false, 5);
    for (int i = 0; i < FILMS; i++) {
      if (i % 3 == 2) {
        sources.set(i, i < 30 ? Optional.of("small") : Optional.empty());
      }
    }
    SourceProbe probe = new SourceProbe(sources, classes, patients, fold);
    assertEquals(2 * FILMS / 3, probe.rows().length);
    float[][] features = features(true, 6);
    for (int i = 2; i < FILMS; i += 3) {
      features[i] = new float[0];
    }
    assertEquals(List.of("source-0", "source-1"), probe.figures(features, 1).sources());
  }

  private static LabelledRadiograph film(String source, String label) {
    return new LabelledRadiograph(
        Path.of("film.png"), label, Optional.empty(), Optional.of(source), Optional.empty());
  }

  @Test
  void confoundingIsTheShareOfEntropy() {
    List<String> labels = List.of("A", "B");
    SourceConfounding whole =
        SourceConfounding.of(labels, List.of(film("one", "A"), film("two", "B")));
    assertEquals(1, whole.shareExplained(), 1e-12);
    assertEquals(List.of("one", "two"), whole.incompleteSources());
    assertEquals(Map.of("A", 1, "B", 0), whole.images().get("one"));
    SourceConfounding none =
        SourceConfounding.of(
            labels,
            List.of(film("one", "A"), film("one", "B"), film("two", "A"), film("two", "B")));
    assertEquals(0, none.shareExplained(), 1e-12);
    assertEquals(List.of(), none.incompleteSources());
    // Half of all films are of a source of one class, the others of a mixed one: by hand.
    SourceConfounding half =
        SourceConfounding.of(
            labels,
            List.of(film("one", "A"), film("one", "A"), film("two", "A"), film("two", "B")));
    double entropy = -0.75 * Math.log(0.75) - 0.25 * Math.log(0.25);
    assertEquals(1 - 0.5 * Math.log(2) / entropy, half.shareExplained(), 1e-12);
  }
}
