package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cxr.model.FilmView;
import io.cxr.radiograph.Radiograph;
import org.junit.jupiter.api.Test;

class GeneratedViewsTest {
  private static final Radiograph FILM = Radiograph.ofGray8(2, 3, new byte[] {1, 2, 3, 4, 5, 6});

  private static void assertView(FilmView view, int rows, int columns, int... pixels) {
    Radiograph found = GeneratedViews.of(view, FILM);
    byte[] expected = new byte[pixels.length];
    for (int i = 0; i < expected.length; i++) {
      expected[i] = (byte) pixels[i];
    }
    assertEquals(Radiograph.ofGray8(rows, columns, expected), found, view.toString());
  }

  @Test
  void viewsAreWhatTheirNamesSay() {
    assertView(FilmView.FRONTAL, 2, 3, 1, 2, 3, 4, 5, 6);
    assertView(FilmView.ROTATED_CLOCKWISE, 3, 2, 4, 1, 5, 2, 6, 3);
    assertView(FilmView.ROTATED_ANTICLOCKWISE, 3, 2, 3, 6, 2, 5, 1, 4);
    assertView(FilmView.UPSIDE_DOWN, 2, 3, 6, 5, 4, 3, 2, 1);
    assertView(FilmView.MIRRORED, 2, 3, 3, 2, 1, 6, 5, 4);
    assertView(FilmView.INVERTED, 2, 3, 254, 253, 252, 251, 250, 249);
    assertThrows(IllegalArgumentException.class, () -> GeneratedViews.of(FilmView.LATERAL, FILM));
  }
}
