package io.cxr.dataset;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class GroupedFoldsTest {
  private static final int SAMPLES = 90;

  private final int[] labels = new int[SAMPLES];
  private final List<String> groups = new ArrayList<>();

  GroupedFoldsTest() {
    for (int i = 0; i < SAMPLES; i++) {
      labels[i] = (2 + i * 2) % 3;
      groups.add("patient " + i / 3);
    }
  }

  @Test
  void groupsStayTogetherAndLabelsEven() {
    int[] folds = GroupedFolds.of(labels, 3, groups, 5, 7);
    int[][] counts = new int[5][3];
    for (int i = 0; i < SAMPLES; i++) {
      assertEquals(folds[i / 3 * 3], folds[i], "patient " + i / 3);
      counts[folds[i]][labels[i]]++;
    }
    for (int[] fold : counts) {
      for (int of : fold) {
        assertTrue(of >= 5 && of <= 7, Arrays.deepToString(counts));
      }
    }
    assertEquals(2, Arrays.stream(GroupedFolds.of(labels, 3, groups, 2, 7)).distinct().count());
    assertArrayEquals(folds, GroupedFolds.of(labels, 3, groups, 5, 7));
  }

  @Test
  void thereAreAtMostAsManyFoldsAsTheRarestLabelHasGroups() {
    assertEquals(30, GroupedFolds.most(labels, 3, groups));
    assertEquals(0, GroupedFolds.most(labels, 4, groups), "a label that no sample has");
    assertEquals(
        2, GroupedFolds.most(new int[] {0, 0, 1, 1, 1}, 2, List.of("a", "b", "b", "c", "c")));
    assertThrows(IllegalArgumentException.class, () -> GroupedFolds.of(labels, 3, groups, 1, 7));
  }
}
