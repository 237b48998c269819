package io.cxr.codec.png;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class PngRowsTest {
  @Test
  void aPaethPredictionIsTheNearestNeighbour() {
    for (int a = 0; a < 256; a++) {
      for (int b = 0; b < 256; b++) {
        for (int c = 0; c < 256; c++) {
          int pa = Math.abs(b - c);
          int pb = Math.abs(a - c);
          int pc = Math.abs(a + b - 2 * c);
          int expected = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
          if (PngRows.predict(a, b, c) != expected) {
            assertEquals(expected, PngRows.predict(a, b, c), a + " " + b + " " + c);
          }
        }
      }
    }
  }
}
