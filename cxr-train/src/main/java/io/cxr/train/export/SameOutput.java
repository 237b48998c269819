package io.cxr.train.export;

/**
 * The output of the new graph that has to be what the old output is.
 *
 * @param name of the new one
 * @param units values an image
 * @param exponential whether the old one holds logarithms of probabilities
 */
record SameOutput(String name, int units, boolean exponential) {
  /** What the new output should be where the old one is this. */
  float[] expected(float[] old) {
    float[] values = old.clone();
    for (int i = 0; exponential && i < values.length; i++) {
      values[i] = (float) Math.exp(values[i]);
    }
    return values;
  }
}
