package io.cxr.dicom.image;

import io.cxr.codec.SampleLayout;
import io.cxr.codec.Words;
import io.cxr.dicom.ImagePixel;
import java.nio.ByteBuffer;

/**
 * The cells of one decoded frame, where they lie: samples interleaved, each in the low bits of an
 * unsigned number as it was allocated; or, where the codec made one of a colour, finished 8-bit
 * gray.
 */
final class Cells {
  private final ByteBuffer bytes;
  private final SampleLayout layout;
  private final boolean rgb;

  private Cells(ByteBuffer bytes, SampleLayout layout, boolean rgb) {
    this.bytes = bytes;
    this.layout = layout;
    this.rgb = rgb;
  }

  /** What the samples of a decoded frame look like. */
  static SampleLayout layout(ImagePixel image) {
    return new SampleLayout(
        image.rows(), image.columns(), image.samples(), image.bitsAllocated() / 8);
  }

  static Cells of(ByteBuffer bytes, SampleLayout layout) {
    return new Cells(bytes, layout, false);
  }

  /** Colours that the codec turned to RGB already. */
  static Cells ofRgb(ByteBuffer bytes, SampleLayout layout) {
    return new Cells(bytes, layout, true);
  }

  /** Samples of more bits than they have bytes for are cut off. */
  static void put(byte[] into, SampleLayout layout, int sample, int value) {
    if (layout.sampleBytes() == 1) {
      into[sample] = (byte) value;
    } else {
      Words.setLittleChar(into, 2 * sample, (char) value);
    }
  }

  /** 3, or 1 for gray, palette indices and colours whose gray is finished. */
  int samples() {
    return layout.channels();
  }

  boolean isRgb() {
    return rgb;
  }

  /** One more than the largest number that a cell can be. */
  int range() {
    return 1 << (8 * layout.sampleBytes());
  }

  /** The samples of one row, a number each. */
  void row(int y, Row row) {
    bytes.get(y * row.bytes.length, row.bytes);
    int count = row.samples.length;
    if (layout.sampleBytes() == 1) {
      for (int i = 0; i < count; i++) {
        row.samples[i] = (char) (row.bytes[i] & 255);
      }
    } else {
      for (int i = 0; i < count; i++) {
        row.samples[i] = Words.littleChar(row.bytes, 2 * i);
      }
    }
  }

  /** Room for one row. */
  Row newRow() {
    return new Row(layout);
  }

  /** One row, in memory that stays in the processor's nearest cache. */
  static final class Row {
    private final byte[] bytes;
    final char[] samples;

    private Row(SampleLayout layout) {
      samples = new char[layout.columns() * layout.channels()];
      bytes = new byte[samples.length * layout.sampleBytes()];
    }
  }

  /** How often each number occurs. */
  int[] counts() {
    int[] counts = new int[range()];
    Row row = newRow();
    for (int y = 0; y < layout.rows(); y++) {
      row(y, row);
      for (char sample : row.samples) {
        counts[sample]++;
      }
    }
    return counts;
  }
}
