package io.cxr.radiograph;

import io.cxr.error.UnsupportedRadiographException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Reads radiographs from PNG, JPEG, TIFF, BMP, GIF and DICOM files, and of every other {@link
 * RadiographFormat} that is installed, within limits. The format is recognised by content, not by
 * name. Immutable and thread-safe.
 *
 * <p>Pixels equal those of Pillow's {@code Image.open(file).convert("L")}, with these details:
 *
 * <ul>
 *   <li>Colour becomes 8-bit gray, {@code (19595 R + 38470 G + 7471 B + 32768) >> 16}; for 16-bit
 *       colour the high byte is used.
 *   <li>16-bit gray keeps its 16 bits; gray of 1, 2 and 4 bits is scaled to 0 to 255.
 *   <li>Transparent pixels are composited over black, {@code round(gray * alpha / most)}, and so
 *       are pixels of a transparent colour. Where every pixel is fully transparent, the writer did
 *       not mean it, and transparency is ignored.
 *   <li>Every radiograph is {@link PhotometricInterpretation#MONOCHROME2}: a TIFF file whose zero
 *       is white is inverted.
 *   <li>Of several frames or pages the first is read.
 *   <li>Colour profiles and gamma are ignored. Pixel density is not a {@link PixelSpacing}: it is
 *       the size of a print, not of the patient.
 *   <li>Pixels are read as they are stored. If an orientation tag (EXIF in JPEG and PNG, TIFF) says
 *       that they are not upright, the file is refused: some programs rotate it and some do not,
 *       and a radiograph that is silently mirrored has the heart on the wrong side.
 * </ul>
 *
 * <p>For how DICOM instances are read, see {@code io.cxr.dicom.image.DicomRadiographReader}.
 *
 * <p>CMYK and other ink colour spaces are refused, and so are damaged files, even where part of the
 * image could be shown. Violations of a format that are tolerated, because other programs read them
 * alike, are logged under {@code io.cxr.radiograph}. The time for a file is bounded by its length
 * and number of pixels.
 */
public final class RadiographReader {
  private static final RadiographReader STANDARD = new RadiographReader(DecodeOptions.DEFAULT);
  private final DecodeOptions options;

  private RadiographReader(DecodeOptions options) {
    this.options = options;
  }

  /**
   * The reader with {@link DecodeLimits#DEFAULT}.
   *
   * @return the reader
   */
  public static RadiographReader standard() {
    return STANDARD;
  }

  /**
   * A reader with other limits.
   *
   * @param limits the limits
   * @return the reader
   */
  public static RadiographReader withLimits(DecodeLimits limits) {
    return new RadiographReader(new DecodeOptions(limits, JpegCodec.OWN));
  }

  /**
   * A reader with the same limits that decodes JPEG files with another codec.
   *
   * @param jpegCodec the codec; by default {@link JpegCodec#OWN}
   * @return the reader
   * @throws IllegalStateException if the codec is not installed on this machine
   */
  public RadiographReader withJpegCodec(JpegCodec jpegCodec) {
    if (jpegCodec == JpegCodec.LIBJPEG_TURBO) {
      TurboJpeg.open().close();
    }
    return new RadiographReader(new DecodeOptions(options.limits(), jpegCodec));
  }

  /**
   * Reads a radiograph from a file.
   *
   * @param file the file
   * @return the radiograph
   * @throws NoSuchFileException if there is no such file
   * @throws IOException if it is a directory or unreadable
   * @throws UnsupportedRadiographException if it is not an image, damaged, too large or of a kind
   *     that cannot be read
   */
  public Radiograph read(Path file) throws IOException {
    try (DecodeBuffers own = new DecodeBuffers()) {
      return read(file, own);
    }
  }

  /**
   * Reads a radiograph from a file with reused memory. In a long run a file leaves almost no
   * garbage, if its radiograph is given back once it is no longer needed ({@link
   * DecodeBuffers#giveBack}).
   *
   * @param file the file
   * @param buffers this thread's buffers
   * @return the radiograph
   * @throws NoSuchFileException if there is no such file
   * @throws IOException if it is a directory or unreadable
   * @throws UnsupportedRadiographException if it is not an image, damaged, too large or of a kind
   *     that cannot be read
   * @throws IllegalStateException if the buffers are closed
   */
  public Radiograph read(Path file, DecodeBuffers buffers) throws IOException {
    buffers.checkOpen();
    if (Files.isDirectory(file)) {
      throw new FileSystemException(
          file.toString(), null, "expected an image file, found a directory; pass its files");
    }
    if (Files.notExists(file)) {
      throw new NoSuchFileException(
          file.toString(), null, "expected an image file, found nothing; check the path");
    }
    int length;
    try (SeekableByteChannel channel = Files.newByteChannel(file)) {
      long size = channel.size();
      if (size > options.limits().bytes()) {
        throw Refusal.tooManyBytes(options.limits());
      }
      length = buffers.readFile(channel, size, options.limits().bytes());
    }
    return decode(buffers.file(), length, buffers);
  }

  /**
   * Reads a radiograph from a stream to its end, or to one byte more than the limit; the caller
   * closes the stream.
   *
   * @param stream the encoded image
   * @return the radiograph
   * @throws IOException if the stream fails
   * @throws UnsupportedRadiographException if it is not an image, damaged, too large or of a kind
   *     that cannot be read
   */
  public Radiograph read(InputStream stream) throws IOException {
    return read(stream.readNBytes((int) options.limits().bytes() + 1));
  }

  /**
   * Reads a radiograph from memory.
   *
   * @param encoded the encoded image; neither changed nor kept
   * @return the radiograph
   * @throws UnsupportedRadiographException if it is not an image, damaged, too large or of a kind
   *     that cannot be read
   */
  public Radiograph read(byte[] encoded) {
    try (DecodeBuffers own = new DecodeBuffers()) {
      return read(encoded, own);
    }
  }

  /**
   * Reads a radiograph from memory with reused buffers ({@link DecodeBuffers#giveBack}).
   *
   * @param encoded the encoded image; neither changed nor kept
   * @param buffers this thread's buffers
   * @return the radiograph
   * @throws UnsupportedRadiographException if it is not an image, damaged, too large or of a kind
   *     that cannot be read
   * @throws IllegalStateException if the buffers are closed
   */
  public Radiograph read(byte[] encoded, DecodeBuffers buffers) {
    buffers.checkOpen();
    return decode(encoded, encoded.length, buffers);
  }

  private Radiograph decode(byte[] encoded, int length, DecodeBuffers buffers) {
    if (length == 0) {
      throw Refusal.empty();
    }
    if (length > options.limits().bytes()) {
      throw Refusal.tooManyBytes(options.limits());
    }
    return InstalledFormats.of(encoded, length).read(encoded, length, options, buffers);
  }
}
