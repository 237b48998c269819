package io.cxr.train.network;

import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/**
 * How much each cell of a map counts when its channels are pooled: between 0 and 1, the more the
 * likelier the cell is lung. A logistic regression on the channels of the cell and on its place,
 * learnt from masks of the lungs. Immutable and thread-safe.
 */
public final class LungAttention {
  private final int rows;
  private final int columns;
  private final float[] channels;
  private final float[] places;

  /**
   * Keeps copies of the weights.
   *
   * @param rows rows of the map
   * @param columns columns of the map
   * @param channels a weight a channel
   * @param places a bias a cell, row by row
   */
  public LungAttention(int rows, int columns, float[] channels, float[] places) {
    if (rows < 1 || columns < 1 || places.length != rows * columns || channels.length == 0) {
      throw new IllegalArgumentException(
          "Lung attention: expected weights of channels and a bias for each of "
              + rows
              + " x "
              + columns
              + " cells, found "
              + channels.length
              + " and "
              + places.length);
    }
    this.rows = rows;
    this.columns = columns;
    this.channels = channels.clone();
    this.places = places.clone();
  }

  /**
   * Rows of the map.
   *
   * @return at least 1
   */
  public int rows() {
    return rows;
  }

  /**
   * Columns of the map.
   *
   * @return at least 1
   */
  public int columns() {
    return columns;
  }

  /**
   * The weight of each channel.
   *
   * @return a copy
   */
  public float[] channels() {
    return channels.clone();
  }

  /**
   * The bias of each cell.
   *
   * @return a copy, row by row
   */
  public float[] places() {
    return places.clone();
  }

  /**
   * How likely each cell is lung.
   *
   * @param map the map of one image, {@code [channel, row, column]}
   * @return a probability a cell, row by row
   */
  public float[] of(float[] map) {
    if (map.length != channels.length * places.length) {
      throw new IllegalArgumentException(
          "Lung attention: expected a map of "
              + channels.length * places.length
              + " values, found "
              + map.length);
    }
    double[] scores = new double[places.length];
    for (int cell = 0; cell < scores.length; cell++) {
      scores[cell] = places[cell];
    }
    for (int channel = 0; channel < channels.length; channel++) {
      for (int cell = 0; cell < scores.length; cell++) {
        scores[cell] += (double) channels[channel] * map[channel * scores.length + cell];
      }
    }
    float[] lungs = new float[scores.length];
    for (int cell = 0; cell < scores.length; cell++) {
      lungs[cell] = (float) (1 / (1 + Math.exp(-scores[cell])));
    }
    return lungs;
  }

  /** {@return size and a checksum of the weights, which tells two apart} */
  @Override
  public String toString() {
    CRC32 checksum = new CRC32();
    ByteBuffer bytes = ByteBuffer.allocate((channels.length + places.length) * Float.BYTES);
    bytes.asFloatBuffer().put(channels).put(places);
    checksum.update(bytes);
    return "LungAttention[%d x %d, %d channels, %08x]"
        .formatted(rows, columns, channels.length, checksum.getValue());
  }
}
