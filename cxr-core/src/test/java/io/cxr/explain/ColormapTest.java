package io.cxr.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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

  /** CIE 1976 lightness of an sRGB colour, 0 to 100. */
  private static double lightness(double red, double green, double blue) {
    double luminance =
        0.2126 * linear(red / 255) + 0.7152 * linear(green / 255) + 0.0722 * linear(blue / 255);
    return luminance > 0.008856 ? 116 * Math.cbrt(luminance) - 16 : 903.3 * luminance;
  }

  private static double linear(double value) {
    return value <= 0.04045 ? value / 12.92 : Math.pow((value + 0.055) / 1.055, 2.4);
  }

  private static double gammaOf(double value) {
    double held = Math.max(0, Math.min(1, value));
    return 255 * (held <= 0.0031308 ? 12.92 * held : 1.055 * Math.pow(held, 1 / 2.4) - 0.055);
  }

  /**
   * How light a colour looks to dichromats: Machado, Oliveira and Fernandes, "A physiologically-
   * based model for simulation of color vision deficiency" (2009), severity 1.
   */
  private static double lightness(int rgb, double[][] deficiency) {
    double[] linear = {
      linear((rgb >> 16) / 255.0), linear((rgb >> 8 & 255) / 255.0), linear((rgb & 255) / 255.0)
    };
    double[] seen = new double[3];
    for (int i = 0; i < 3; i++) {
      for (int j = 0; j < 3; j++) {
        seen[i] += deficiency[i][j] * linear[j];
      }
      seen[i] = gammaOf(seen[i]);
    }
    return lightness(seen[0], seen[1], seen[2]);
  }

  private static final List<double[][]> EYES =
      List.of(
          new double[][] {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
          // Protanopia, deuteranopia, tritanopia.
          new double[][] {
            {0.152286, 1.052583, -0.204868},
            {0.114503, 0.786281, 0.099216},
            {-0.003882, -0.048116, 1.051998}
          },
          new double[][] {
            {0.367322, 0.860646, -0.227968},
            {0.280085, 0.672501, 0.047413},
            {-0.011820, 0.042940, 0.968881}
          },
          new double[][] {
            {1.255528, -0.076749, -0.178779},
            {-0.078411, 0.930809, 0.147602},
            {0.004733, 0.691367, 0.303900}
          });

  /** In the same steps over the whole map, so that a gray print shows what a screen does. */
  private static boolean risesEvenly(Colormap map, double[][] eye) {
    int steps = 16;
    double least = lightness(map.rgb(0), eye);
    double step = (lightness(map.rgb(1), eye) - least) / steps;
    boolean even = step > 2;
    for (int i = 0; i < steps; i++) {
      double rise =
          lightness(map.rgb((i + 1f) / steps), eye) - lightness(map.rgb((float) i / steps), eye);
      even &= rise > 0.4 * step && rise < 1.8 * step;
    }
    return even;
  }

  @Test
  void moreIsLighterOnPrintsAndToEveryEye() {
    for (double[][] eye : EYES) {
      for (Colormap map : List.of(Colormap.VIRIDIS, Colormap.INFERNO, Colormap.CIVIDIS)) {
        assertTrue(risesEvenly(map, eye), map + " to eye " + EYES.indexOf(eye));
      }
      assertFalse(risesEvenly(Colormap.JET, eye), "it does not, and is no default");
    }
  }

  @Test
  void theLeastOfTheDefaultHasNoHue() {
    int least = Colormap.INFERNO.rgb(0);
    assertTrue((least >> 16) < 4 && (least >> 8 & 255) < 4 && (least & 255) < 4);
  }
}
