package io.cxr.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class SourceCountsTest {
  private static final List<String> LABELS = List.of("COVID19", "NORMAL", "PNEUMONIA");

  private static SourceCounts counts(Map<String, List<Integer>> bySource) {
    List<LabelledRadiograph> items = new ArrayList<>();
    bySource.forEach(
        (source, counts) -> {
          for (int label = 0; label < counts.size(); label++) {
            for (int i = 0; i < counts.get(label); i++) {
              items.add(
                  new LabelledRadiograph(
                      Path.of(source + label + "-" + i),
                      LABELS.get(label),
                      Optional.empty(),
                      Optional.of(source),
                      Optional.empty()));
            }
          }
        });
    return SourceCounts.of(LABELS, items);
  }

  private static final Map<String, List<Integer>> HOSPITALS =
      Map.of(
          "spain", List.of(90, 0, 0),
          "mixed", List.of(70, 0, 0),
          "cohen", List.of(40, 2, 9),
          "rsna", List.of(0, 160, 0),
          "children", List.of(0, 70, 90),
          "nih", List.of(0, 40, 40));

  private static List<String> names(List<SourceFold> folds) {
    return folds.stream().map(SourceFold::name).toList();
  }

  @Test
  void pairsTheLargestWithTheLargest() {
    assertEquals(
        List.of("spain+rsna", "mixed+children", "cohen+nih"), names(counts(HOSPITALS).paired()));
  }

  @Test
  void findsEveryPair() {
    List<String> all = names(counts(HOSPITALS).allPairs());
    assertEquals(9, all.size());
    assertEquals(9, Set.copyOf(all).size());
    assertTrue(all.containsAll(names(counts(HOSPITALS).paired())), all.toString());
  }

  @Test
  void aSourceWithBothIsAFoldOfItsOwn() {
    SourceCounts counts =
        counts(
            Map.of(
                "both",
                List.of(30, 25, 5),
                "covid",
                List.of(30, 0, 0),
                "other",
                List.of(9, 30, 30)));
    assertEquals(List.of("both", "covid+other"), names(counts.paired()));
    // Without the pair there is no pneumonia to train on but that of the first.
    SourceCounts alone = counts(Map.of("covid", List.of(30, 3, 3), "all", List.of(30, 30, 30)));
    assertEquals(List.of("all", "covid"), names(alone.paired()));
  }

  @Test
  void takesFoldsByName() {
    SourceCounts counts = counts(HOSPITALS);
    assertEquals(
        List.of(new SourceFold(List.of("nih")), new SourceFold(List.of("spain", "nih"))),
        counts.named(List.of("nih", "spain+nih")));
    String unknown =
        assertThrows(IllegalArgumentException.class, () -> counts.named(List.of("madrid")))
            .getMessage();
    assertTrue(unknown.contains("madrid") && unknown.contains("spain"), unknown);
    String nothingLeft =
        assertThrows(
                IllegalArgumentException.class, () -> counts.named(List.of("nih+children+cohen")))
            .getMessage();
    assertTrue(nothingLeft.contains("PNEUMONIA"), nothingLeft);
    assertThrows(IllegalArgumentException.class, () -> counts.named(List.of("nih+nih")));
    assertThrows(
        IllegalArgumentException.class, () -> counts(Map.of("one", List.of(9, 9, 9))).alone());
  }

  /** R: assocstats(matrix(c(30, 10, 20, 40), 2)) has Cramer's V 0.408. */
  @Test
  void measuresHowFarTheSourceTellsTheLabel() {
    SourceCounts some = counts(Map.of("a", List.of(30, 10, 0), "b", List.of(20, 40, 0)));
    assertEquals(0.4082, some.cramersV(), 1e-4);
    // Entropy of the label ln 2; information 0.4 and 0.6 of the entropies of 0.75 and 1 / 3.
    double left = 0.4 * entropy(0.75) + 0.6 * entropy(1 / 3.0);
    assertEquals(1 - left / Math.log(2), some.explained(), 1e-12);
    SourceCounts told = counts(Map.of("a", List.of(30, 0, 0), "b", List.of(0, 7, 0)));
    assertEquals(1, told.cramersV(), 1e-12);
    assertEquals(1, told.explained(), 1e-12);
  }

  private static double entropy(double share) {
    return -share * Math.log(share) - (1 - share) * Math.log(1 - share);
  }

  @Property(tries = 50)
  void sourcesAlikeTellNothing(
      @ForAll @IntRange(min = 1, max = 6) int first,
      @ForAll @IntRange(min = 1, max = 6) int times) {
    SourceCounts counts =
        counts(Map.of("a", List.of(first, 2, 1), "b", List.of(first * times, 2 * times, times)));
    assertEquals(0, counts.cramersV(), 1e-9);
    assertEquals(0, counts.explained(), 1e-9);
  }

  @Property(tries = 200)
  void everySourceIsLeftOutAndEveryLabelStays(
      @ForAll @Size(min = 6, max = 15) List<@IntRange(max = 60) Integer> films) {
    Map<String, List<Integer>> bySource = new LinkedHashMap<>();
    for (int i = 0; i + 2 < films.size(); i += 3) {
      bySource.put("source " + i, films.subList(i, i + 3));
    }
    bySource.put("large", List.of(50, 50, 50));
    bySource.put("larger", List.of(60, 60, 60));
    bySource.values().removeIf(each -> each.stream().allMatch(count -> count == 0));
    SourceCounts counts = counts(bySource);
    for (List<SourceFold> folds : List.of(counts.paired(), counts.allPairs(), counts.alone())) {
      Set<String> met = new LinkedHashSet<>();
      for (SourceFold fold : folds) {
        met.addAll(fold.sources());
        for (String label : LABELS) {
          int left =
              counts.sources().stream()
                  .filter(source -> !fold.sources().contains(source))
                  .mapToInt(source -> counts.count(source, label))
                  .sum();
          assertTrue(left >= 2, fold + " leaves " + left + " of " + label);
        }
      }
      assertEquals(Set.copyOf(counts.sources()), met);
    }
  }
}
