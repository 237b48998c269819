package io.cxr.evaluation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SubgroupGapTest {
  /** A group in which so many of the images with A, and so many with B, are found. */
  private static Evaluation group(int ofA, int foundA, int ofB, int foundB) {
    EvaluationBuilder builder = Evaluation.builder(List.of("A", "B"));
    for (int i = 0; i < ofA; i++) {
      double p = i < foundA ? 0.9 - i * 1e-4 : 0.2;
      builder.answered("a" + i, Optional.empty(), "A", p, 1 - p);
    }
    for (int i = 0; i < ofB; i++) {
      double p = i < foundB ? 0.1 + i * 1e-4 : 0.8;
      builder.answered("b" + i, Optional.empty(), "B", p, 1 - p);
    }
    return builder.build();
  }

  @Test
  void namesTheLargestGapAmongGroupsOfEnoughImages() {
    Map<String, Evaluation> groups = new LinkedHashMap<>();
    groups.put("north", group(80, 48, 70, 70));
    groups.put("south", group(70, 56, 70, 65));
    groups.put("few", group(19, 0, 19, 19));
    List<SubgroupGap> gaps = SubgroupGap.largest(groups);
    SubgroupGap gap = gaps.get(0);
    assertEquals("sensitivity", gap.metric());
    assertEquals("A", gap.label());
    assertEquals("south", gap.better());
    assertEquals("north", gap.worse());
    assertEquals(2, gap.pairs());
    // Newcombe, Statistics in Medicine 17, 1998: 56 of 70 less 48 of 80, by method 10.
    assertEquals(0.2, gap.difference().value(), 1e-12);
    assertEquals(0.0524, gap.difference().low(), 5e-5);
    assertEquals(0.3339, gap.difference().high(), 5e-5);
    assertEquals("auroc", gaps.get(1).metric());
    assertTrue(gaps.get(1).difference().value() >= 0);
  }

  @Test
  void oneGroupHasNoGap() {
    assertEquals(List.of(), SubgroupGap.largest(Map.of("all", group(30, 20, 30, 25))));
    assertEquals(List.of(), SubgroupGap.largest(Map.of()));
  }
}
