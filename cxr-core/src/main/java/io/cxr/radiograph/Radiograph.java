package io.cxr.radiograph;

import io.cxr.codec.Words;
import io.cxr.codec.png.PngEncoder;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.file.PngFile;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A chest radiograph: gray pixels of 8 to 16 bits, row by row from the top left. Immutable and
 * thread-safe; one that was read with {@link DecodeBuffers} is valid until it is given back to them
 * ({@link DecodeBuffers#giveBack}).
 */
public final class Radiograph {
  private final int rows;
  private final int columns;
  private final int bitsStored;

  /** May be longer than the pixels are. */
  private final byte[] samples;

  /** Whether the samples are those of another radiograph by now. */
  private boolean givenBack;

  private final PhotometricInterpretation photometricInterpretation;
  private final Optional<ViewPosition> viewPosition;
  private final Optional<PixelSpacing> pixelSpacing;

  private Radiograph(
      int rows,
      int columns,
      int bitsStored,
      byte[] samples,
      PhotometricInterpretation photometricInterpretation,
      Optional<ViewPosition> viewPosition,
      Optional<PixelSpacing> pixelSpacing) {
    this.rows = rows;
    this.columns = columns;
    this.bitsStored = bitsStored;
    this.samples = samples;
    this.photometricInterpretation =
        Objects.requireNonNull(photometricInterpretation, "photometricInterpretation");
    this.viewPosition = viewPosition;
    this.pixelSpacing = pixelSpacing;
  }

  /**
   * Reads a PNG, JPEG, TIFF, BMP, GIF or DICOM file within {@link DecodeLimits#DEFAULT}. The format
   * is recognised by content, not by name.
   *
   * @param file the file
   * @return the radiograph
   * @throws IOException if the file is missing, a directory or unreadable
   * @throws UnsupportedRadiographException if it is not an image, damaged, or too large
   */
  public static Radiograph read(Path file) throws IOException {
    return RadiographReader.standard().read(file);
  }

  /**
   * Reads an image from a stream to its end; the caller closes the stream.
   *
   * @param stream the encoded image
   * @return the radiograph
   * @throws IOException if the stream fails
   * @throws UnsupportedRadiographException if it is not an image, damaged, or too large
   */
  public static Radiograph read(InputStream stream) throws IOException {
    return RadiographReader.standard().read(stream);
  }

  /**
   * Reads an image from memory.
   *
   * @param encoded the encoded image
   * @return the radiograph
   * @throws UnsupportedRadiographException if it is not an image, damaged, or too large
   */
  public static Radiograph read(byte[] encoded) {
    return RadiographReader.standard().read(encoded);
  }

  /**
   * Creates a radiograph from 8-bit pixels, {@link PhotometricInterpretation#MONOCHROME2}.
   *
   * @param rows rows, at least 1
   * @param columns columns, at least 1
   * @param pixels {@code rows * columns} unsigned bytes, row by row; copied
   * @return the radiograph
   */
  public static Radiograph ofGray8(int rows, int columns, byte[] pixels) {
    checkSize(rows, columns, pixels.length);
    return owning(rows, columns, 8, pixels.clone());
  }

  /**
   * Creates a radiograph from pixels of 9 to 16 bits, {@link
   * PhotometricInterpretation#MONOCHROME2}.
   *
   * @param rows rows, at least 1
   * @param columns columns, at least 1
   * @param bitsStored the number of bits per pixel, 9 to 16
   * @param pixels {@code rows * columns} unsigned values below {@code 2^bitsStored}, row by row;
   *     copied
   * @return the radiograph
   */
  public static Radiograph ofGray16(int rows, int columns, int bitsStored, short[] pixels) {
    checkSize(rows, columns, pixels.length);
    if (bitsStored < 9 || bitsStored > 16) {
      throw new IllegalArgumentException("Bits stored: expected 9 to 16, found " + bitsStored);
    }
    byte[] samples = new byte[Math.multiplyExact(pixels.length, 2)];
    for (int i = 0; i < pixels.length; i++) {
      int value = Short.toUnsignedInt(pixels[i]);
      if (value >>> bitsStored != 0) {
        throw new IllegalArgumentException(
            "Pixel " + i + ": expected a value of " + bitsStored + " bits, found " + value);
      }
      samples[2 * i] = (byte) value;
      samples[2 * i + 1] = (byte) (value >>> 8);
    }
    return owning(rows, columns, bitsStored, samples);
  }

  /**
   * Creates a radiograph from an image in memory, {@link PhotometricInterpretation#MONOCHROME2}.
   * Gray of 8 to 16 bits is copied from the raster unchanged, gray of fewer bits is scaled to 8.
   * Colours become 8-bit gray with the ITU-R BT.601 weights, and transparent pixels are composited
   * over black, as when a file is read.
   *
   * @param image gray, RGB or palette, with unsigned integer samples; neither changed nor kept
   * @return the radiograph
   * @throws IllegalArgumentException if the image has another type
   */
  public static Radiograph ofImage(BufferedImage image) {
    return GrayRasters.radiograph(Objects.requireNonNull(image, "image"));
  }

  /** Takes over samples in the layout of {@link #pixels()}: the caller keeps no reference. */
  static Radiograph owning(int rows, int columns, int bitsStored, byte[] samples) {
    checkSize(rows, columns, bitsStored == 8 ? samples.length : samples.length / 2);
    return sharing(rows, columns, bitsStored, samples);
  }

  /**
   * Takes over samples in the layout of {@link #pixels()}, after which the array may go on: of
   * {@link DecodeBuffers}, which make one array do for pictures of any size.
   */
  static Radiograph sharing(int rows, int columns, int bitsStored, byte[] samples) {
    return new Radiograph(
        rows,
        columns,
        bitsStored,
        samples,
        PhotometricInterpretation.MONOCHROME2,
        Optional.empty(),
        Optional.empty());
  }

  /** Gives the samples to who takes them; nothing else may hold this radiograph. */
  void giveBack(Predicate<byte[]> taker) {
    if (!givenBack) {
      givenBack = taker.test(samples);
    }
  }

  private void checkHeld() {
    if (givenBack) {
      throw new IllegalStateException(
          "Radiograph: expected pixels, found them given back to their buffers; read it again, or"
              + " give it back later");
    }
  }

  private static void checkSize(int rows, int columns, int length) {
    if (rows < 1 || columns < 1 || (long) rows * columns != length) {
      throw new IllegalArgumentException(
          "Pixels: expected rows * columns of them and at least one, found "
              + rows
              + " x "
              + columns
              + " and "
              + length);
    }
  }

  /**
   * Returns these pixels with another photometric interpretation.
   *
   * @param interpretation the meaning of the smallest value
   * @return a radiograph that shares these pixels
   */
  public Radiograph withPhotometricInterpretation(PhotometricInterpretation interpretation) {
    return new Radiograph(
        rows, columns, bitsStored, samples, interpretation, viewPosition, pixelSpacing);
  }

  /**
   * Returns this radiograph with a view position.
   *
   * @param position the direction of the beam
   * @return a radiograph that shares these pixels
   */
  public Radiograph withViewPosition(ViewPosition position) {
    return new Radiograph(
        rows,
        columns,
        bitsStored,
        samples,
        photometricInterpretation,
        Optional.of(position),
        pixelSpacing);
  }

  /**
   * Returns this radiograph with a pixel spacing.
   *
   * @param spacing the distance between pixels
   * @return a radiograph that shares these pixels
   */
  public Radiograph withPixelSpacing(PixelSpacing spacing) {
    return new Radiograph(
        rows,
        columns,
        bitsStored,
        samples,
        photometricInterpretation,
        viewPosition,
        Optional.of(spacing));
  }

  /**
   * The number of rows.
   *
   * @return at least 1
   */
  public int rows() {
    return rows;
  }

  /**
   * The number of columns.
   *
   * @return at least 1
   */
  public int columns() {
    return columns;
  }

  /**
   * The number of bits per pixel.
   *
   * @return 8 to 16
   */
  public int bitsStored() {
    return bitsStored;
  }

  /**
   * The meaning of the smallest pixel value.
   *
   * @return the interpretation
   */
  public PhotometricInterpretation photometricInterpretation() {
    return photometricInterpretation;
  }

  /**
   * The direction of the beam, if known.
   *
   * @return the view position
   */
  public Optional<ViewPosition> viewPosition() {
    return viewPosition;
  }

  /**
   * The distance between pixels, if known.
   *
   * @return the spacing
   */
  public Optional<PixelSpacing> pixelSpacing() {
    return pixelSpacing;
  }

  /**
   * The stored pixels, row by row: one unsigned byte each for 8 bits, else two bytes each, low byte
   * first.
   *
   * @return a read-only view in little-endian order, at position 0
   */
  public ByteBuffer pixels() {
    checkHeld();
    return ByteBuffer.wrap(samples, 0, sampleBytes())
        .slice()
        .asReadOnlyBuffer()
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * One stored pixel.
   *
   * @param row from 0 at the top
   * @param column from 0 at the left
   * @return from 0 to {@code 2^bitsStored - 1}
   * @throws IndexOutOfBoundsException if there is no such pixel
   */
  public int pixel(int row, int column) {
    checkHeld();
    Objects.checkIndex(row, rows);
    Objects.checkIndex(column, columns);
    int index = row * columns + column;
    return bitsStored == 8
        ? Byte.toUnsignedInt(samples[index])
        : Byte.toUnsignedInt(samples[2 * index]) | Byte.toUnsignedInt(samples[2 * index + 1]) << 8;
  }

  /**
   * The pixels as 8-bit gray with black at 0. More bits are scaled to the full range, {@code
   * round(value * 255 / (2^bitsStored - 1))}; {@link PhotometricInterpretation#MONOCHROME1} is
   * inverted.
   *
   * @return {@code rows * columns} unsigned bytes, row by row; the caller's own copy
   */
  public byte[] toGray8() {
    byte[] gray = new byte[rows * columns];
    toGray8(gray, 0);
    return gray;
  }

  /**
   * Writes the pixels of {@link #toGray8()} into an existing array, which can be reused for many
   * radiographs.
   *
   * @param destination the array
   * @param offset the index of the first of {@code rows * columns} unsigned bytes
   * @throws IndexOutOfBoundsException if there is not enough room; nothing is written then
   */
  public void toGray8(byte[] destination, int offset) {
    checkHeld();
    int size = rows * columns;
    Objects.checkFromIndexSize(offset, size, destination.length);
    int inversion = photometricInterpretation == PhotometricInterpretation.MONOCHROME1 ? 0xff : 0;
    if (bitsStored > 8) {
      scale(destination, offset, inversion);
      return;
    }
    System.arraycopy(samples, 0, destination, offset, size);
    if (inversion != 0) {
      for (int i = offset; i < offset + size; i++) {
        destination[i] = (byte) ~destination[i];
      }
    }
  }

  private void scale(byte[] destination, int offset, int inversion) {
    int maximum = (1 << bitsStored) - 1;
    // A product instead of a quotient. Exact: the dividend is below 2^24, and reciprocal times
    // maximum is above 2^40 by less than 2^16 (Granlund and Montgomery, "Division by invariant
    // integers using multiplication", PLDI 1994).
    long reciprocal = ((1L << 40) + maximum - 1) / maximum;
    for (int i = 0; i < rows * columns; i++) {
      int value = Words.littleChar(samples, 2 * i);
      long level = ((value * 255 + maximum / 2) * reciprocal) >>> 40;
      destination[offset + i] = (byte) (level ^ inversion);
    }
  }

  /**
   * The pixels as 16-bit gray with black at 0. Fewer bits are scaled to the full range, {@code
   * round(value * 65535 / (2^bitsStored - 1))}; {@link PhotometricInterpretation#MONOCHROME1} is
   * inverted.
   *
   * @return {@code rows * columns} unsigned values, row by row; the caller's own copy
   */
  public short[] toGray16() {
    checkHeld();
    int inversion = photometricInterpretation == PhotometricInterpretation.MONOCHROME1 ? 0xffff : 0;
    long maximum = (1L << bitsStored) - 1;
    short[] gray = new short[rows * columns];
    for (int i = 0; i < gray.length; i++) {
      long value = bitsStored == 8 ? samples[i] & 255 : Words.littleChar(samples, 2 * i);
      long level = bitsStored == 16 ? value : (value * 0xffff + maximum / 2) / maximum;
      gray[i] = (short) (level ^ inversion);
    }
    return gray;
  }

  /**
   * The radiograph as an image of {@code java.awt} with black at 0: {@link
   * BufferedImage#TYPE_BYTE_GRAY} with the pixels of {@link #toGray8()} for 8 bits, {@link
   * BufferedImage#TYPE_USHORT_GRAY} with those of {@link #toGray16()} for more.
   *
   * @return a new image, without view position and pixel spacing
   */
  public BufferedImage toImage() {
    checkHeld();
    return GrayRasters.image(this);
  }

  /**
   * Writes the radiograph as a PNG file with black at 0: 8-bit gray with the pixels of {@link
   * #toGray8()} for 8 bits, 16-bit gray with those of {@link #toGray16()} for more. View position
   * and pixel spacing are not stored. It is written under another name in the same folder first, so
   * that a file of this name is always complete.
   *
   * @param file a name that ends in {@code .png}, in upper or lower case; replaced if it exists
   * @throws IOException if it cannot be written; an existing file stays unchanged
   * @throws IllegalArgumentException if the name ends in something else
   */
  public void writePng(Path file) throws IOException {
    PngEncoder image = png();
    PngFile.write(file, channel -> image.writeTo(Channels.newOutputStream(channel)));
  }

  /**
   * Writes the file of {@link #writePng(Path)} to a stream, which stays open.
   *
   * @param stream where to
   * @throws IOException if the stream fails
   */
  public void writePng(OutputStream stream) throws IOException {
    png().writeTo(Objects.requireNonNull(stream, "stream"));
  }

  private PngEncoder png() {
    checkHeld();
    if (bitsStored == 8) {
      return PngEncoder.of(PngEncoder.Pixels.GRAY_8, rows, columns, toGray8());
    }
    short[] gray = toGray16();
    byte[] bytes = new byte[Math.multiplyExact(2, gray.length)];
    ByteBuffer.wrap(bytes).asShortBuffer().put(gray);
    return PngEncoder.of(PngEncoder.Pixels.GRAY_16, rows, columns, bytes);
  }

  /**
   * Crops the radiograph to a rectangle, keeping interpretation, view position and pixel spacing.
   *
   * @param region the rectangle
   * @return a new radiograph
   * @throws IllegalArgumentException if the rectangle is not within the radiograph
   */
  public Radiograph crop(PixelRegion region) {
    checkHeld();
    if ((long) region.row() + region.rows() > rows
        || (long) region.column() + region.columns() > columns) {
      throw new IllegalArgumentException(
          "Crop: expected a region within " + rows + " x " + columns + " pixels, found " + region);
    }
    int first = region.row() * columns + region.column();
    return rearranged(region.rows(), region.columns(), first, columns, 1);
  }

  /**
   * Resizes the radiograph. An axis that shrinks is averaged over the area of each new pixel, one
   * that grows is interpolated linearly between pixel centres; each pixel is rounded once. The
   * number of bits stays the same, and pixel spacing is scaled, so that lengths are preserved.
   *
   * <p>Models do their own resizing, as their cards specify: this method is for display.
   *
   * @param newRows rows, at least 1
   * @param newColumns columns, at least 1
   * @return a radiograph of that size; this one if it already has it
   */
  public Radiograph resize(int newRows, int newColumns) {
    checkHeld();
    if (newRows < 1 || newColumns < 1) {
      throw new IllegalArgumentException(
          "Resize: expected at least 1 x 1 pixels, found " + newRows + " x " + newColumns);
    }
    if (newRows == rows && newColumns == columns) {
      return this;
    }
    byte[] resized = AreaResampler.resize(samples, bitsStored, rows, columns, newRows, newColumns);
    return like(
        newRows,
        newColumns,
        resized,
        pixelSpacing.map(
            spacing ->
                new PixelSpacing(
                    spacing.rowMillimetres() * rows / newRows,
                    spacing.columnMillimetres() * columns / newColumns)));
  }

  /**
   * Downscales the radiograph by {@link #resize} to fit within a square, keeping its aspect ratio.
   *
   * @param side the most rows and columns, at least 1
   * @return a smaller radiograph; this one if it already fits
   */
  public Radiograph fitWithin(int side) {
    if (side < 1) {
      throw new IllegalArgumentException("Size: expected at least 1 pixel, found " + side);
    }
    int longest = Math.max(rows, columns);
    return longest <= side
        ? this
        : resize(scaled(rows, side, longest), scaled(columns, side, longest));
  }

  private static int scaled(int length, int side, int longest) {
    return (int) Math.max(1, Math.round((double) length * side / longest));
  }

  /**
   * Rotates the radiograph clockwise. A quarter turn swaps row and column spacing; the view
   * position stays, because the direction of the beam does not change.
   *
   * @param quarterTurns the number of turns by 90 degrees; negative for anticlockwise
   * @return a rotated radiograph; this one for multiples of 4
   */
  public Radiograph rotate(int quarterTurns) {
    checkHeld();
    int last = rows * columns - 1;
    return switch (Math.floorMod(quarterTurns, 4)) {
      case 1 -> rearranged(columns, rows, last - columns + 1, 1, -columns).withSwappedSpacing();
      case 2 -> rearranged(rows, columns, last, -columns, -1);
      case 3 -> rearranged(columns, rows, columns - 1, -1, columns).withSwappedSpacing();
      default -> this;
    };
  }

  private Radiograph withSwappedSpacing() {
    return pixelSpacing
        .map(spacing -> new PixelSpacing(spacing.columnMillimetres(), spacing.rowMillimetres()))
        .map(this::withPixelSpacing)
        .orElse(this);
  }

  /**
   * Mirrors the radiograph left to right, to correct films that were digitised the wrong way round.
   *
   * @return a mirrored radiograph
   */
  public Radiograph mirror() {
    checkHeld();
    return rearranged(rows, columns, columns - 1, columns, -1);
  }

  /**
   * The same pixels in other places.
   *
   * @param first which one comes first
   * @param rowStep how far it is to the one below
   * @param columnStep how far it is to the one at the right
   */
  private Radiograph rearranged(
      int newRows, int newColumns, int first, int rowStep, int columnStep) {
    int bytes = bitsStored == 8 ? 1 : 2;
    byte[] moved = new byte[newRows * newColumns * bytes];
    int to = 0;
    for (int row = 0; row < newRows; row++) {
      int from = (first + row * rowStep) * bytes;
      if (columnStep == 1) {
        System.arraycopy(samples, from, moved, to, newColumns * bytes);
        to += newColumns * bytes;
        continue;
      }
      for (int column = 0; column < newColumns; column++, from += columnStep * bytes) {
        for (int i = 0; i < bytes; i++) {
          moved[to++] = samples[from + i];
        }
      }
    }
    return like(newRows, newColumns, moved, pixelSpacing);
  }

  private Radiograph like(
      int newRows, int newColumns, byte[] newSamples, Optional<PixelSpacing> spacing) {
    return new Radiograph(
        newRows,
        newColumns,
        bitsStored,
        newSamples,
        photometricInterpretation,
        viewPosition,
        spacing);
  }

  private int sampleBytes() {
    return bitsStored == 8 ? rows * columns : 2 * rows * columns;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Radiograph that
        && rows == that.rows
        && columns == that.columns
        && bitsStored == that.bitsStored
        && photometricInterpretation == that.photometricInterpretation
        && viewPosition.equals(that.viewPosition)
        && pixelSpacing.equals(that.pixelSpacing)
        && Arrays.equals(samples, 0, sampleBytes(), that.samples, 0, sampleBytes());
  }

  @Override
  public int hashCode() {
    return Objects.hash(rows, columns, bitsStored, pixels());
  }

  @Override
  public String toString() {
    return "Radiograph[" + rows + " x " + columns + ", " + bitsStored + " bits]";
  }
}
