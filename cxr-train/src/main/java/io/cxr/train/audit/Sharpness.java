package io.cxr.train.audit;

/**
 * Focus and noise of an image: at each of four scales, each half as fine as the one before, how
 * strong the Laplacian is against the image's contrast, by its standard deviation and by its mean
 * size, which edges move less. It sees neither gray values nor where anything is.
 */
final class Sharpness {
  /** Rows and columns of the finest scale, about those of a network's input. */
  static final int SIDE = 256;

  private static final int SCALES = 4;
  private static final double LEAST = 1e-4;

  private Sharpness() {}

  /**
   * The features.
   *
   * @param gray {@code SIDE * SIDE} mean gray values, row by row
   * @return two natural logarithms a scale
   */
  static float[] of(float[] gray) {
    float[] features = new float[2 * SCALES];
    double contrast = Math.log(Math.sqrt(variance(gray)) + LEAST);
    float[] scale = gray;
    int side = SIDE;
    for (int i = 0; i < SCALES; i++) {
      float[] laplacian = laplacian(scale, side);
      features[2 * i] = (float) (Math.log(Math.sqrt(variance(laplacian)) + LEAST) - contrast);
      features[2 * i + 1] = (float) (Math.log(meanSize(laplacian) + LEAST) - contrast);
      scale = halved(scale, side);
      side /= 2;
    }
    return features;
  }

  private static float[] laplacian(float[] gray, int side) {
    float[] laplacian = new float[(side - 2) * (side - 2)];
    int at = 0;
    for (int row = 1; row < side - 1; row++) {
      for (int i = row * side + 1; i < (row + 1) * side - 1; i++) {
        laplacian[at++] = gray[i - 1] + gray[i + 1] + gray[i - side] + gray[i + side] - 4 * gray[i];
      }
    }
    return laplacian;
  }

  private static float[] halved(float[] gray, int side) {
    int half = side / 2;
    float[] halved = new float[half * half];
    for (int i = 0; i < halved.length; i++) {
      int first = i / half * 2 * side + i % half * 2;
      halved[i] = (gray[first] + gray[first + 1] + gray[first + side] + gray[first + side + 1]) / 4;
    }
    return halved;
  }

  private static double variance(float[] values) {
    double mean = 0;
    for (float value : values) {
      mean += value / values.length;
    }
    double squares = 0;
    for (float value : values) {
      squares += (value - mean) * (value - mean) / values.length;
    }
    return squares;
  }

  private static double meanSize(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += Math.abs(value);
    }
    return sum / values.length;
  }
}
