package io.cxr.train.lungs;

import java.util.SplittableRandom;

/**
 * One random change of a film and its mask together: mirrored, rotated, scaled, moved, as films are
 * positioned; and of the film alone: gamma, contrast, brightness, inversion, blur and noise, as
 * films of other hospitals look and as small, often compressed ones do.
 */
final class LungAugmentation {
  private static final double ROTATION = Math.toRadians(10);
  private static final double LEAST_ZOOM = 0.75;
  private static final double MOST_ZOOM = 1.25;
  private static final double STRETCH = 0.12;
  private static final double SHIFT = 0.15;
  private static final double GAMMA = 0.6;
  private static final double LEAST_CONTRAST = 0.4;
  private static final double MOST_CONTRAST = 1.4;
  private static final double BRIGHTNESS = 0.2;
  private static final double NOISE = 0.06;
  private static final double BLURRED = 0.4;
  private static final double INVERTED = 0.1;
  private static final int WIDEST_BLUR = 3;

  // The picture's middle is the origin, its edges are at 1.
  private final double xx;
  private final double xy;
  private final double yx;
  private final double yy;
  private final double x0;
  private final double y0;
  private final SplittableRandom random;

  LungAugmentation(SplittableRandom random) {
    this.random = random;
    double angle = between(-ROTATION, ROTATION);
    double zoom = between(LEAST_ZOOM, MOST_ZOOM);
    double stretch = 1 + between(-STRETCH, STRETCH);
    double mirror = random.nextBoolean() ? -1 : 1;
    xx = Math.cos(angle) * zoom * stretch * mirror;
    xy = -Math.sin(angle) * zoom;
    yx = Math.sin(angle) * zoom * mirror;
    yy = Math.cos(angle) * zoom / stretch;
    x0 = between(-SHIFT, SHIFT);
    y0 = between(-SHIFT, SHIFT);
  }

  private double between(double from, double to) {
    return from + (to - from) * random.nextDouble();
  }

  /** A square grid moved; black beyond its edges. */
  float[] moved(float[] values, int side) {
    float[] moved = new float[values.length];
    for (int row = 0; row < side; row++) {
      double v = 2 * (row + 0.5) / side - 1;
      for (int column = 0; column < side; column++) {
        double u = 2 * (column + 0.5) / side - 1;
        double x = (xx * u + xy * v + x0 + 1) * side / 2 - 0.5;
        double y = (yx * u + yy * v + y0 + 1) * side / 2 - 0.5;
        int left = (int) Math.floor(x);
        int top = (int) Math.floor(y);
        double across = x - left;
        double down = y - top;
        double upper =
            (1 - across) * at(values, side, top, left) + across * at(values, side, top, left + 1);
        double lower =
            (1 - across) * at(values, side, top + 1, left)
                + across * at(values, side, top + 1, left + 1);
        moved[row * side + column] = (float) ((1 - down) * upper + down * lower);
      }
    }
    return moved;
  }

  private static float at(float[] values, int side, int row, int column) {
    return row < 0 || column < 0 || row >= side || column >= side ? 0 : values[row * side + column];
  }

  /** A film, 0 to 1, in another gray scale, sharpness and noise. */
  float[] repainted(float[] gray, int side) {
    double gamma = Math.exp(between(-GAMMA, GAMMA));
    double contrast = between(LEAST_CONTRAST, MOST_CONTRAST);
    double brightness = between(-BRIGHTNESS, BRIGHTNESS);
    double noise = between(0, NOISE);
    boolean inverted = random.nextDouble() < INVERTED;
    int reach = random.nextDouble() < BLURRED ? 1 + random.nextInt(WIDEST_BLUR) : 0;
    float[] painted = reach == 0 ? gray.clone() : blurred(gray, side, reach);
    for (int i = 0; i < painted.length; i++) {
      double value = Math.pow(Math.max(0, painted[i]), gamma);
      value = (value - 0.5) * contrast + 0.5 + brightness;
      value = inverted ? 1 - value : value;
      value += noise * random.nextGaussian();
      painted[i] = (float) Math.max(0, Math.min(1, value));
    }
    return painted;
  }

  /** The mean of squares, along rows and then along columns. */
  private static float[] blurred(float[] gray, int side, int reach) {
    return alongRows(transposed(alongRows(transposed(gray, side), side, reach), side), side, reach);
  }

  private static float[] alongRows(float[] gray, int side, int reach) {
    float[] means = new float[gray.length];
    for (int row = 0; row < side; row++) {
      for (int column = 0; column < side; column++) {
        int from = Math.max(0, column - reach);
        int to = Math.min(side - 1, column + reach);
        float sum = 0;
        for (int other = from; other <= to; other++) {
          sum += gray[row * side + other];
        }
        means[row * side + column] = sum / (to - from + 1);
      }
    }
    return means;
  }

  private static float[] transposed(float[] gray, int side) {
    float[] transposed = new float[gray.length];
    for (int i = 0; i < gray.length; i++) {
      transposed[i % side * side + i / side] = gray[i];
    }
    return transposed;
  }
}
