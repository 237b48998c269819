package io.cxr.train;

import io.cxr.model.FilmView;
import io.cxr.radiograph.Radiograph;

/** Views of an upright frontal radiograph that can be made of it: all but the lateral one. */
final class GeneratedViews {
  private GeneratedViews() {}

  /**
   * A view of a radiograph.
   *
   * @param view any but {@link FilmView#LATERAL}
   * @param film an upright frontal radiograph
   * @return the radiograph itself for {@link FilmView#FRONTAL}
   */
  static Radiograph of(FilmView view, Radiograph film) {
    return switch (view) {
      case FRONTAL -> film;
      case ROTATED_CLOCKWISE -> film.rotate(1);
      case UPSIDE_DOWN -> film.rotate(2);
      case ROTATED_ANTICLOCKWISE -> film.rotate(3);
      case MIRRORED -> film.mirror();
      case INVERTED -> inverted(film);
      case LATERAL ->
          throw new IllegalArgumentException("No lateral view can be made of a frontal one");
    };
  }

  private static Radiograph inverted(Radiograph film) {
    byte[] gray = film.toGray8();
    for (int i = 0; i < gray.length; i++) {
      gray[i] = (byte) ~gray[i];
    }
    return Radiograph.ofGray8(film.rows(), film.columns(), gray);
  }
}
