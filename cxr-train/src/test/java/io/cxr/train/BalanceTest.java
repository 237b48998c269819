package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BalanceTest {
  @Test
  void labelsCountAlikeAndAnImageCountsOneInTheMean() {
    Map<String, Integer> counts = new LinkedHashMap<>();
    counts.put("NORMAL", 60);
    counts.put("COVID19", 10);
    counts.put("PNEUMONIA", 20);
    Map<String, Double> weights = Balance.ofLabels(counts);
    assertEquals(List.copyOf(counts.keySet()), List.copyOf(weights.keySet()));
    double sum = 0;
    for (Map.Entry<String, Integer> label : counts.entrySet()) {
      assertEquals(30, label.getValue() * weights.get(label.getKey()), 1e-12);
      sum += label.getValue() * weights.get(label.getKey());
    }
    assertEquals(90, sum, 1e-9);
  }

  @Test
  void aLabelWithoutImagesIsRefusedByName() {
    IllegalArgumentException e =
        assertThrows(
            IllegalArgumentException.class,
            () -> Balance.ofLabels(Map.of("NORMAL", 3, "COVID19", 0)));
    assertTrue(e.getMessage().startsWith("COVID19: expected"), e.getMessage());
  }
}
