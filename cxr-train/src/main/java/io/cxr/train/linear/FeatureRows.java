package io.cxr.train.linear;

import java.io.IOException;

/** Samples as rows of features. */
public interface FeatureRows {

  /**
   * How many samples there are.
   *
   * @return at least 1
   */
  int size();

  /**
   * How many features a sample has.
   *
   * @return at least 1
   */
  int width();

  /**
   * Copies the features of a sample.
   *
   * @param row the sample, from 0
   * @param into receives {@link #width} values
   * @param offset from where on
   * @throws IOException if they cannot be read
   */
  void copy(int row, float[] into, int offset) throws IOException;
}
