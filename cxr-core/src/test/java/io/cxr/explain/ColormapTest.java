package io.cxr.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class ColormapTest {

  /** Against matplotlib, from {@code src/test/python/colormaps.py}. */
  @Test
  void isWithinOneLevelOfMatplotlib() throws IOException {
    List<String> lines;
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                ColormapTest.class.getResourceAsStream("colormaps.csv"),
                StandardCharsets.US_ASCII))) {
      lines = reader.lines().toList();
    }
    assertEquals(257, lines.size());
    String[] names = lines.get(0).split(",", -1);
    assertEquals(Colormap.values().length, names.length - 1);
    for (String line : lines.subList(1, 257)) {
      String[] fields = line.split(",", -1);
      float value = Integer.parseInt(fields[0]) / 255f;
      for (int i = 1; i < names.length; i++) {
        Colormap map = Colormap.valueOf(names[i].toUpperCase(Locale.ROOT));
        int expected = Integer.parseInt(fields[i], 16);
        int found = map.rgb(value);
        for (int shift = 0; shift <= 16; shift += 8) {
          int difference = (expected >> shift & 0xff) - (found >> shift & 0xff);
          assertTrue(
              Math.abs(difference) <= 1,
              () -> map + " at " + fields[0] + ": " + Integer.toHexString(found));
        }
      }
    }
  }

  @Test
  void holdsTheEndsForValuesBeyondThem() {
    for (Colormap map : Colormap.values()) {
      assertEquals(map.rgb(0), map.rgb(-3));
      assertEquals(map.rgb(1), map.rgb(Float.POSITIVE_INFINITY));
      assertThrows(IllegalArgumentException.class, () -> map.rgb(Float.NaN));
    }
    assertEquals(0x808080, Colormap.GRAY.rgb(0.5f));
  }
}
