package io.cxr.phantom;

import java.util.SplittableRandom;

/** The body of one phantom: lungs, ribs, spine, heart and diaphragm. Immutable. */
final class ChestAnatomy {
  private final double centre;
  private final double lungWidth;
  private final double lungOffset;
  private final double exposure;
  private final double ribPhase;
  private final double ribPitch;
  private final double heartSize;
  private final double bottom;
  private final double lungMiddle;
  private final double lungHeight;

  /** Draws a body; what is drawn from the numbers afterwards is up to the caller. */
  ChestAnatomy(SplittableRandom random) {
    centre = 0.5 + between(random, -0.03, 0.03);
    double top = between(random, 0.10, 0.17);
    bottom = between(random, 0.74, 0.84);
    lungWidth = between(random, 0.13, 0.16);
    lungOffset = between(random, 0.18, 0.21);
    exposure = between(random, 0.85, 1.12);
    ribPhase = between(random, 0, 1);
    ribPitch = between(random, 0.065, 0.08);
    heartSize = between(random, 0.10, 0.14);
    lungMiddle = (top + bottom) / 2;
    lungHeight = (bottom - top) / 2;
  }

  /** The middle of the spine, a fraction of the width. */
  double centre() {
    return centre;
  }

  /** How far the middle of a lung is from the spine. */
  double lungOffset() {
    return lungOffset;
  }

  double lungWidth() {
    return lungWidth;
  }

  /** The middle of the lungs, a fraction of the height. */
  double lungMiddle() {
    return lungMiddle;
  }

  /** Half the height of the lungs. */
  double lungHeight() {
    return lungHeight;
  }

  /** Where the lungs end below. */
  double bottom() {
    return bottom;
  }

  /** How bright the film is. */
  double exposure() {
    return exposure;
  }

  /** How much of a place is lung, from 0 to 1. */
  double lung(double x, double y) {
    return inside(
        (x - centre - side(x) * lungOffset) / lungWidth, (y - lungMiddle) / lungHeight, 12);
  }

  /** -1 to the image's left of the spine, 1 to its right. */
  double side(double x) {
    return x < centre ? -1 : 1;
  }

  /**
   * How dense a place is.
   *
   * @param lung {@link #lung} there
   * @param heart how much larger the heart is than usual, 1 for not at all
   */
  double density(double x, double y, double lung, double heart) {
    double side = side(x);
    double body = inside((x - centre) / 0.46, (y - 0.62) / 0.62, 20);
    double density = 12 + 150 * body - 105 * lung;
    // Spine, heart (to the image's right) and ribs that fall towards the sides.
    density += 45 * body * Math.exp(-square((x - centre) / 0.035));
    density +=
        70
            * inside((x - centre - 0.06) / (heartSize * heart), (y - bottom + 0.13) / 0.15, 10)
            * lung;
    double rib =
        Math.sin(
            2 * Math.PI * ((y - 0.45 * square(x - centre - side * 0.05)) / ribPitch + ribPhase));
    density += 16 * lung * Math.max(0, rib);
    return density;
  }

  /** 1 inside the unit ellipse, 0 outside, with a soft edge. */
  static double inside(double x, double y, double sharpness) {
    return 1 / (1 + Math.exp(sharpness * (Math.sqrt(x * x + y * y) - 1)));
  }

  static double square(double value) {
    return value * value;
  }

  static double between(SplittableRandom random, double low, double high) {
    return low + (high - low) * random.nextDouble();
  }

  /** The sum of four uniform values, near enough to a normal one with deviation 1. */
  static double gaussian(SplittableRandom random) {
    double sum = random.nextDouble() + random.nextDouble() + random.nextDouble();
    return (sum + random.nextDouble() - 2) * Math.sqrt(3);
  }

  /** What a detector makes of a density. */
  static byte pixel(double density) {
    return (byte) Math.max(0, Math.min(255, Math.round(density)));
  }
}
