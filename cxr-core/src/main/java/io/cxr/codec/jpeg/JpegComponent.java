package io.cxr.codec.jpeg;

import org.jspecify.annotations.Nullable;

/** A component of a frame (ITU-T T.81, A.1.1 and B.2.2), and where its decoding has got to. */
final class JpegComponent {
  /** Its place in the frame. */
  final int index;

  final int name;
  final int horizontal;
  final int vertical;
  final int quantizationTable;

  /** Samples of the component that belong to the picture. */
  final int columns;

  final int rows;

  /** Blocks that hold these samples. */
  final int blockColumns;

  final int blockRows;

  /** By place in the file. */
  final int[] quantization = new int[64];

  /** Whether the component has had a scan, at which its quantization was fixed. */
  boolean scanned;

  /** The DC coefficient of the block before. */
  int dcPrediction;

  @Nullable JpegHuffmanTable dcTable;
  @Nullable JpegHuffmanTable acTable;

  JpegComponent(
      int index,
      int name,
      int horizontal,
      int vertical,
      int quantizationTable,
      int columns,
      int rows) {
    this.index = index;
    this.name = name;
    this.horizontal = horizontal;
    this.vertical = vertical;
    this.quantizationTable = quantizationTable;
    this.columns = columns;
    this.rows = rows;
    this.blockColumns = (columns + 7) / 8;
    this.blockRows = (rows + 7) / 8;
  }

  /** Takes the quantization in force at the component's first scan, by place in the file. */
  void quantize(int[] table) {
    System.arraycopy(table, 0, quantization, 0, 64);
  }
}
