package io.cxr.train.export;

import io.cxr.model.FilmView;

/**
 * Why a gate refuses an image, as the output {@code refusal} of a self-contained file says it in a
 * number. The numbers stay what they are from one version to the next.
 */
public enum RefusalCode {
  /** No gate refuses it. */
  NONE(0),
  /** It is unlike the training images; {@code NOT_A_CHEST_RADIOGRAPH} in Java. */
  NOVEL(1),
  /** It seems rotated by 90 degrees clockwise. */
  ROTATED_CLOCKWISE(2),
  /** It seems rotated by 90 degrees anticlockwise. */
  ROTATED_ANTICLOCKWISE(3),
  /** It seems upside down. */
  UPSIDE_DOWN(4),
  /** It seems mirrored, left for right. */
  MIRRORED(5),
  /** Its gray values seem inverted. */
  INVERTED(6),
  /** It seems a lateral view; {@code UNSUPPORTED_VIEW} in Java. */
  LATERAL(7);

  private final int code;

  RefusalCode(int code) {
    this.code = code;
  }

  /**
   * The number in the output.
   *
   * @return 0 for {@link #NONE}, else above 0
   */
  public long code() {
    return code;
  }

  /**
   * Why a radiograph of a view is refused.
   *
   * @param view what a view head took it for
   * @return its code; {@link #NONE} for the frontal view
   */
  public static RefusalCode of(FilmView view) {
    return switch (view) {
      case FRONTAL -> NONE;
      case ROTATED_CLOCKWISE -> ROTATED_CLOCKWISE;
      case ROTATED_ANTICLOCKWISE -> ROTATED_ANTICLOCKWISE;
      case UPSIDE_DOWN -> UPSIDE_DOWN;
      case MIRRORED -> MIRRORED;
      case INVERTED -> INVERTED;
      case LATERAL -> LATERAL;
    };
  }
}
