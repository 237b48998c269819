package io.cxr.codec.tiff;

import io.cxr.codec.CodecException;
import io.cxr.codec.CodecNotes;
import io.cxr.codec.PictureSize;
import java.util.Arrays;

/**
 * Where the strips or tiles of a TIFF image lie, and how large they are. Together they are bounded:
 * blocks may be larger than the image and share their bytes, so that a small file could ask for the
 * work of hours.
 */
final class TiffBlocks {
  private static final int STRIP_OFFSETS = 273;
  private static final int ROWS_PER_STRIP = 278;
  private static final int STRIP_BYTE_COUNTS = 279;
  private static final int TILE_COLUMNS = 322;
  private static final int TILE_ROWS = 323;
  private static final int TILE_OFFSETS = 324;
  private static final int TILE_BYTE_COUNTS = 325;

  /** Tiles that the image fills at least by half in each direction are together as large. */
  private static final int MOST_EXCESS = 4;

  /** The size of a block; the last rows and columns may lie outside the image. */
  final int blockColumns;

  final int blockRows;

  /** How many there are beside and below each other. */
  final int across;

  final int down;

  private final long[] offsets;
  private final long[] lengths;

  private TiffBlocks(
      int blockColumns, int blockRows, int across, int down, long[] offsets, long[] lengths) {
    this.blockColumns = blockColumns;
    this.blockRows = blockRows;
    this.across = across;
    this.down = down;
    this.offsets = offsets;
    this.lengths = lengths;
  }

  /**
   * The blocks of an image.
   *
   * @param fileLength where the file ends
   * @param planes how many times each block is there, one colour each
   * @param bitsPerPixel in one plane
   * @param compression how they are stored
   */
  static TiffBlocks of(
      TiffDirectory directory,
      int fileLength,
      int rows,
      int columns,
      int planes,
      int bitsPerPixel,
      TiffCompression compression,
      long mostPixels,
      CodecNotes notes) {
    // As libtiff has it: a tile width makes an image tiled, under whichever tag its offsets are.
    boolean tiled = directory.has(TILE_COLUMNS) || directory.has(TILE_OFFSETS);
    long blockColumns = tiled ? directory.number(TILE_COLUMNS, 0) : columns;
    long blockRows =
        tiled
            ? directory.number(TILE_ROWS, 0)
            : Math.min(rows, directory.number(ROWS_PER_STRIP, rows));
    PictureSize.check(blockRows, blockColumns, mostPixels);
    long across = (columns + blockColumns - 1) / blockColumns;
    long down = (rows + blockRows - 1) / blockRows;
    long area = across * blockColumns * down * blockRows;
    if (area > Math.max(mostPixels, MOST_EXCESS * (long) rows * columns)) {
      throw CodecException.tooLarge(
          "tiles of about the image's size or less",
          across * down
              + " of "
              + blockRows
              + " rows x "
              + blockColumns
              + " columns for "
              + rows
              + " rows x "
              + columns
              + " columns",
          "convert the file to PNG");
    }
    int count = Math.toIntExact(across * down * planes);
    boolean underStrips = tiled && !directory.has(TILE_OFFSETS);
    if (underStrips) {
      if (directory.count(STRIP_OFFSETS) != count) {
        throw CodecException.damaged(
            "offsets of " + count + " tiles",
            directory.count(STRIP_OFFSETS) + " of strips beside a tile width");
      }
      notes.tell("offsets of tiles", "them under the tag of strips", "read as tiles");
    }
    int offsetTag = tiled && !underStrips ? TILE_OFFSETS : STRIP_OFFSETS;
    long[] offsets = directory.numbers(offsetTag, count);
    if (offsets.length < count) {
      throw CodecException.truncated("too few strips or tiles for " + rows + " rows");
    }
    int lengthTag = tiled && directory.has(TILE_BYTE_COUNTS) ? TILE_BYTE_COUNTS : STRIP_BYTE_COUNTS;
    long rowBytes = (blockColumns * bitsPerPixel + 7) / 8;
    long[] lengths =
        lengths(
            offsets,
            directory.numbers(lengthTag, count),
            fileLength,
            compression == TiffCompression.NONE ? rowBytes * blockRows : 0,
            !compression.isCcitt(),
            notes);
    long stored = 0;
    for (long length : lengths) {
      stored += length;
    }
    if (stored > fileLength + rowBytes * blockRows * count) {
      throw CodecException.damaged(
          "strips or tiles with bytes of their own", "the same bytes in many of them");
    }
    return new TiffBlocks(
        (int) blockColumns, (int) blockRows, (int) across, (int) down, offsets, lengths);
  }

  /**
   * How many bytes each block has. Where that is not said, 0, or more than there are, it is what
   * its pixels need, or all up to the next block.
   */
  private static long[] lengths(
      long[] offsets,
      long[] stated,
      int fileLength,
      long plainLength,
      boolean noticesItsEnd,
      CodecNotes notes) {
    long[] lengths = new long[offsets.length];
    long[] sorted = new long[0];
    for (int i = 0; i < lengths.length; i++) {
      if (offsets[i] >= fileLength) {
        throw CodecException.truncated("pixels after the end");
      }
      long rest = fileLength - offsets[i];
      long length = i < stated.length ? stated[i] : 0;
      if (length > rest && !noticesItsEnd) {
        throw CodecException.truncated("pixels after the end");
      }
      if (length > 0 && length <= rest) {
        lengths[i] = length;
        continue;
      }
      if (sorted.length == 0) {
        sorted = offsets.clone();
        Arrays.sort(sorted);
        notes.tell(
            "the length of each strip or tile",
            stated.length == 0 ? "none" : length == 0 ? "0" : "more than the file has",
            "the length that its pixels need, or up to the next one, counts");
      }
      if (plainLength > 0) {
        lengths[i] = Math.min(rest, plainLength);
      } else {
        int place = Arrays.binarySearch(sorted, offsets[i] + 1);
        int after = place < 0 ? -place - 1 : place;
        lengths[i] = after < sorted.length ? sorted[after] - offsets[i] : rest;
      }
    }
    return lengths;
  }

  /** Which block is at a place of the grid. */
  int number(int plane, int row, int column) {
    return (plane * down + row) * across + column;
  }

  /** What is stored of a block. */
  byte[] stored(byte[] encoded, int number) {
    int offset = (int) offsets[number];
    return Arrays.copyOfRange(encoded, offset, offset + (int) lengths[number]);
  }
}
