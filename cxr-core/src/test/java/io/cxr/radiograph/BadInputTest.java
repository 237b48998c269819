package io.cxr.radiograph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.error.UnsupportedRadiographException;
import io.cxr.error.UnsupportedRadiographException.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are no whole radiograph: each kind has its own answer. */
class BadInputTest {

  private static UnsupportedRadiographException refusal(Reason reason, byte[] encoded) {
    UnsupportedRadiographException e =
        assertThrows(UnsupportedRadiographException.class, () -> Radiograph.read(encoded));
    assertEquals(reason, e.reason(), e.getMessage());
    assertTrue(e.getMessage().contains("expected"), e.getMessage());
    assertTrue(e.getMessage().contains("found"), e.getMessage());
    return e;
  }

  // The file ------------------------------------------------------------------------------------

  @Test
  void missingFile(@TempDir Path folder) {
    Path file = folder.resolve("none.png");
    NoSuchFileException e = assertThrows(NoSuchFileException.class, () -> Radiograph.read(file));
    assertTrue(e.getMessage().contains("check the path"), e.getMessage());
  }

  @Test
  void directory(@TempDir Path folder) {
    IOException e = assertThrows(IOException.class, () -> Radiograph.read(folder));
    assertInstanceOf(FileSystemException.class, e);
    assertTrue(e.getMessage().contains("found a directory; pass its files"), e.getMessage());
  }

  @Test
  void emptyFile(@TempDir Path folder) throws IOException {
    Path file = Files.createFile(folder.resolve("empty.png"));
    UnsupportedRadiographException e =
        assertThrows(UnsupportedRadiographException.class, () -> Radiograph.read(file));
    assertEquals(Reason.EMPTY, e.reason());
    refusal(Reason.EMPTY, new byte[0]);
  }

  @Test
  void aFailingStreamStaysAnIoException() {
    InputStream failing =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("line down");
          }

          @Override
          public int read(byte[] buffer, int offset, int length) throws IOException {
            throw new IOException("line down");
          }
        };
    IOException e = assertThrows(IOException.class, () -> Radiograph.read(failing));
    assertEquals("line down", e.getMessage());
  }

  @Test
  void formatComesFromTheBytesNotTheName(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("really-a-jpeg.png");
    Files.write(file, RadiographFile.bytes("jpeg-gray.jpg"));
    assertEquals(RadiographFile.expected("jpeg-gray.jpg"), Radiograph.read(file));
  }

  // No image ------------------------------------------------------------------------------------

  @Test
  void textIsNotAnImage() {
    byte[] text = "Doe^Jane, born 1950".getBytes(StandardCharsets.US_ASCII);
    UnsupportedRadiographException e = refusal(Reason.NOT_AN_IMAGE, text);
    assertTrue(e.getMessage().contains("44 6f 65 5e 4a 61 6e 65;"), e.getMessage());
    assertFalse(e.getMessage().contains("Doe"), e.getMessage());
  }

  @Test
  void zerosAreNotAnImage() {
    refusal(Reason.NOT_AN_IMAGE, new byte[1000]);
  }

  private static String found(byte[] encoded) {
    String message = refusal(Reason.NOT_AN_IMAGE, encoded).getMessage();
    assertTrue(message.contains("expected PNG, JPEG, TIFF, BMP, GIF or DICOM, found "), message);
    return message.substring(message.indexOf("found ") + 6);
  }

  private static byte[] latin(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void whatPeoplePassForAnImageIsNamedWithWhatHelps() {
    for (String page :
        List.of(
            "<!DOCTYPE html><p>Doe^Jane",
            "\n  <html><head>",
            "\u00ef\u00bb\u00bf<HTML>",
            "<!-- saved from --><html>")) {
      assertTrue(found(latin(page)).startsWith("an HTML page"), page);
    }
    assertTrue(
        found(latin("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n"))
            .contains("git lfs pull"));
    assertTrue(found(latin("/annex/objects/SHA256E-s1--0.png\n")).contains("git annex get"));
    assertTrue(found(latin("\0\0\0\u0018ftypheic\0\0\0\0")).startsWith("a HEIC image"));
    assertTrue(found(latin("\0\0\0\u0018ftypavif\0\0\0\0")).startsWith("an AVIF image"));
    assertTrue(found(latin("\0\0\0\u0018ftypisom\0\0\0\0")).startsWith("a film or sound"));
    assertTrue(found(latin("RIFF\1\2\3\4WEBPVP8 ")).startsWith("a WebP image"));
    assertTrue(found(latin("%PDF-1.7")).startsWith("a PDF document"));
    assertTrue(found(latin("PK\u0003\u0004")).startsWith("a ZIP archive"));
    assertTrue(found(latin("\u001f\u008b\b")).startsWith("a gzip archive"));
    assertTrue(found(latin("\0\u0005\u0016\u0007\0")).startsWith("a resource fork of macOS"));
    assertTrue(found(latin("P5 2 2 255 abcd")).startsWith("a PNM image"));
    assertTrue(found(latin("{\"error\": 403}")).startsWith("JSON text"));
    assertTrue(
        found(latin("#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n"))
            .startsWith("an image in the format RGBE; convert it to PNG"));
  }

  @Test
  void anImageInOtherDataIsNamed() throws IOException {
    byte[] jpeg = RadiographFile.bytes("jpeg-gray.jpg");
    String wrapped = found(concat(latin("Content: x\r\n\r\n"), jpeg));
    assertTrue(wrapped.startsWith("other data with a JPEG image in it from byte 14 on"), wrapped);
    byte[] png = RadiographFile.bytes("png-gray8.png");
    assertTrue(found(concat(new byte[3], png)).startsWith("other data with a PNG image"), "PNG");
  }

  @Test
  void applesPngIsNamed() {
    byte[] signature = {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10};
    byte[] apple = concat(signature, chunk("CgBI", new byte[4]), chunk("IHDR", new byte[13]));
    String message = refusal(Reason.UNSUPPORTED_ENCODING, apple).getMessage();
    assertTrue(message.contains("Apple's own variant (CgBI)"), message);
  }

  // Not upright ---------------------------------------------------------------------------------

  /** The EXIF block of the file with metadata says 1. */
  private static byte[] oriented(int orientation) throws IOException {
    byte[] jpeg = RadiographFile.bytes("jpeg-gray-metadata.jpg");
    int exif = new String(jpeg, StandardCharsets.ISO_8859_1).indexOf("Exif\0\0II*\0");
    jpeg[exif + 6 + 8 + 2 + 8] = (byte) orientation;
    return jpeg;
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4, 5, 6, 7, 8})
  void aFilmThatIsNotUprightAsStoredIsRefused(int orientation) throws IOException {
    byte[] jpeg = oriented(orientation);
    String message = refusal(Reason.UNSUPPORTED_ENCODING, jpeg).getMessage();
    assertTrue(message.contains("an orientation tag of " + orientation + " ("), message);
    assertTrue(message.contains("-auto-orient"), message);
    int exif = new String(jpeg, StandardCharsets.ISO_8859_1).indexOf("Exif\0\0II*\0");
    byte[] block = Arrays.copyOfRange(jpeg, exif + 6, exif + 6 + 26);
    byte[] rows = new byte[4 * 5];
    byte[] png = png(4, 4, 8, 0, chunk("eXIf", block), chunk("IDAT", deflate(rows)));
    assertTrue(
        refusal(Reason.UNSUPPORTED_ENCODING, png).getMessage().contains("orientation tag of "));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 9})
  void anOrientationThatAsksForNothingChangesNothing(int orientation) throws IOException {
    assertEquals(
        RadiographFile.expected("jpeg-gray-metadata.jpg"), Radiograph.read(oriented(orientation)));
  }

  @Test
  void anOrientationInTiffIsHeededLikewise() throws IOException {
    byte[] tiff = RadiographFile.bytes("tiff-gray8-orientation.tif");
    String message = refusal(Reason.UNSUPPORTED_ENCODING, tiff).getMessage();
    assertTrue(message.contains("TIFF"), message);
    assertTrue(message.contains("tag of 6 (to be turned by 90 degrees clockwise)"), message);
  }

  // Cut short -----------------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(
      strings = {
        "png-gray8.png",
        "png-rgba8-interlaced.png",
        "jpeg-gray.jpg",
        "jpeg-ycc420.jpg",
        "jpeg-ycc420-progressive.jpg",
        "jpeg-restart.jpg",
        "tiff-gray8-raw.tif",
        "tiff-gray16-strips-big-endian.tif",
        "bmp-gray8.bmp",
        "bmp-rgb24.bmp",
        "gif-palette.gif"
      })
  void everyBeginningOfAFileIsTruncated(String name) throws IOException {
    byte[] whole = RadiographFile.bytes(name);
    // A GIF ends with a trailer after its frame, and a TIFF or BMP may end with padding.
    int needed = name.startsWith("gif") ? whole.length - 1 : whole.length;
    for (int length = 1; length < needed; length += length < 100 ? 1 : 7) {
      refusal(Reason.TRUNCATED, Arrays.copyOf(whole, length));
    }
    refusal(Reason.TRUNCATED, Arrays.copyOf(whole, needed - 1));
  }

  /** A length of a strip beyond the end is read where its pixels are there, and only there. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "tiff-gray8-lzw.tif",
        "tiff-gray8-deflate.tif",
        "tiff-gray8-packbits.tif",
        "tiff-gray1-group4.tif",
        "tiff-gray8-old-lzw.tif",
        "tiff-gray8-bigtiff.tif",
        "tiff-gray8-byte-counts-0.tif",
        "tiff-gray8-tiles-in-strip-tags.tif",
        "tiff-ycbcr8-jpeg.tif",
        "tiff-gray12.tif"
      })
  void missingPixelsOfATiffAreRefusedWhateverItsCompression(String name) throws IOException {
    byte[] whole = RadiographFile.bytes(name);
    for (int length = whole.length / 8; length < whole.length - 64; length += 5) {
      byte[] cut = Arrays.copyOf(whole, length);
      UnsupportedRadiographException e =
          assertThrows(UnsupportedRadiographException.class, () -> Radiograph.read(cut));
      assertTrue(Set.of(Reason.TRUNCATED, Reason.DAMAGED).contains(e.reason()), e.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpeg-gray.jpg", "jpeg-ycc420.jpg", "jpeg-gray-progressive.jpg"})
  void anEndMarkerDoesNotHideMissingPixels(String name) throws IOException {
    byte[] whole = RadiographFile.bytes(name);
    byte[] cut = Arrays.copyOf(whole, whole.length * 2 / 3);
    cut[cut.length - 2] = (byte) 0xff;
    cut[cut.length - 1] = (byte) 0xd9;
    UnsupportedRadiographException e =
        assertThrows(UnsupportedRadiographException.class, () -> Radiograph.read(cut));
    assertTrue(
        Set.of(Reason.TRUNCATED, Reason.DAMAGED).contains(e.reason()), e.reason().toString());
  }

  // Damaged -------------------------------------------------------------------------------------

  @Test
  void anyFlippedByteOfAPngsPixelsIsFound() throws IOException {
    byte[] png = RadiographFile.bytes("png-gray8.png");
    for (int at = 41; at < png.length - 16; at++) {
      byte[] flipped = png.clone();
      flipped[at] ^= 1;
      UnsupportedRadiographException e =
          assertThrows(UnsupportedRadiographException.class, () -> Radiograph.read(flipped));
      assertTrue(Set.of(Reason.TRUNCATED, Reason.DAMAGED).contains(e.reason()), e.getMessage());
    }
  }

  @Test
  void garbageInAJpegScan() throws IOException {
    byte[] jpeg = RadiographFile.bytes("jpeg-ycc444.jpg");
    Arrays.fill(jpeg, jpeg.length - 600, jpeg.length - 300, (byte) 0x55);
    UnsupportedRadiographException e =
        assertThrows(UnsupportedRadiographException.class, () -> Radiograph.read(jpeg));
    assertTrue(Set.of(Reason.TRUNCATED, Reason.DAMAGED).contains(e.reason()), e.getMessage());
  }

  @Test
  void garbageAfterAHeader() throws IOException {
    byte[] png = RadiographFile.bytes("png-gray8.png");
    byte[] content = new byte[200];
    Arrays.fill(content, (byte) 0x5a);
    refusal(
        Reason.DAMAGED,
        concat(Arrays.copyOf(png, 33), chunk("IDAT", content), chunk("IEND", new byte[0])));
  }

  @Test
  void aPngPaletteMustHoldEveryIndex() {
    byte[] rows = new byte[4 * 5];
    rows[7] = 3;
    byte[] two = {10, 20, 30, 40, 50, 60};
    refusal(Reason.DAMAGED, png(4, 4, 8, 3, chunk("PLTE", two), chunk("IDAT", deflate(rows))));
    refusal(Reason.DAMAGED, png(4, 4, 8, 3, chunk("IDAT", deflate(rows))));
  }

  @Test
  void aPngMayNotUseAnUnknownCriticalChunk() {
    byte[] rows = new byte[4 * 5];
    refusal(
        Reason.UNSUPPORTED_ENCODING,
        png(4, 4, 8, 0, chunk("ABCD", new byte[3]), chunk("IDAT", deflate(rows))));
  }

  // A lying header ------------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource({"4, 5", "5, 4", "400, 4", "4, 400", "2000, 2000", "8000, 8000"})
  void pngWithFewerPixelsThanItsHeaderStates(int rows, int columns) {
    byte[] pixels = new byte[4 * 5];
    UnsupportedRadiographException e =
        assertThrows(
            UnsupportedRadiographException.class,
            () -> Radiograph.read(png(rows, columns, 8, 0, chunk("IDAT", deflate(pixels)))));
    assertTrue(Set.of(Reason.TRUNCATED, Reason.DAMAGED).contains(e.reason()), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jpeg-gray.jpg",
        "jpeg-ycc420.jpg",
        "jpeg-gray-progressive.jpg",
        "tiff-gray8-raw.tif",
        "tiff-gray8-lzw.tif",
        "tiff-gray8-deflate.tif",
        "tiff-gray8-packbits.tif",
        "tiff-gray1-group4.tif",
        "tiff-gray8-tiles.tif",
        "bmp-gray8.bmp",
        "bmp-rgb24.bmp",
        "bmp-rle8.bmp",
        "gif-palette.gif"
      })
  void fewerPixelsThanTheHeaderStates(String name) throws IOException {
    UnsupportedRadiographException e =
        assertThrows(
            UnsupportedRadiographException.class,
            () -> Radiograph.read(resized(RadiographFile.bytes(name), 3000, 2000)));
    assertTrue(Set.of(Reason.TRUNCATED, Reason.DAMAGED).contains(e.reason()), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "png-gray8.png",
        "jpeg-gray.jpg",
        "tiff-gray8-raw.tif",
        "bmp-gray8.bmp",
        "gif-palette.gif"
      })
  void sixtyThousandSquaredIsRefusedBeforeMemoryIsTaken(String name) throws IOException {
    byte[] huge = resized(RadiographFile.bytes(name), 60_000, 60_000);
    UnsupportedRadiographException e = refusal(Reason.TOO_LARGE, huge);
    assertTrue(e.getMessage().contains("60000 rows x 60000 columns"), e.getMessage());
    assertTrue(e.getMessage().contains("67108864"), e.getMessage());
    // 3.6 GB could not be had in the heap that tests get, whatever the limits.
    UnsupportedRadiographException unlimited =
        assertThrows(
            UnsupportedRadiographException.class,
            () ->
                RadiographReader.withLimits(new DecodeLimits(Long.MAX_VALUE, 1 << 20)).read(huge));
    assertEquals(Reason.TOO_LARGE, unlimited.reason());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "png-gray8.png",
        "jpeg-gray.jpg",
        "tiff-gray8-raw.tif",
        "bmp-gray8.bmp",
        "gif-palette.gif"
      })
  void zeroRowsOrColumnsAreDamage(String name) throws IOException {
    byte[] encoded = RadiographFile.bytes(name);
    refusal(Reason.DAMAGED, resized(encoded, 0, 10));
    refusal(Reason.DAMAGED, resized(encoded, 10, 0));
  }

  @Test
  void theLimitIsAllowedAndOneMoreIsNot() throws IOException {
    byte[] png = RadiographFile.bytes("png-gray8.png");
    assertEquals(
        RadiographFile.expected("png-gray8.png"),
        RadiographReader.withLimits(new DecodeLimits(13 * 19, png.length)).read(png));
    UnsupportedRadiographException e =
        assertThrows(
            UnsupportedRadiographException.class,
            () -> RadiographReader.withLimits(new DecodeLimits(13 * 19 - 1, 1000)).read(png));
    assertEquals(Reason.TOO_LARGE, e.reason());
  }

  @Test
  void noMoreThanTheLimitIsReadFromAStream() {
    long[] given = {0};
    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            given[0]++;
            return 7;
          }

          @Override
          public int read(byte[] buffer, int offset, int length) {
            given[0] += length;
            return length;
          }
        };
    RadiographReader reader = RadiographReader.withLimits(new DecodeLimits(100, 5000));
    UnsupportedRadiographException e =
        assertThrows(UnsupportedRadiographException.class, () -> reader.read(endless));
    assertEquals(Reason.TOO_LARGE, e.reason());
    assertEquals(5001, given[0]);
  }

  @Test
  void aLargeFileIsNotRead(@TempDir Path folder) throws IOException {
    Path file = Files.write(folder.resolve("large"), new byte[2000]);
    RadiographReader reader = RadiographReader.withLimits(new DecodeLimits(100, 1999));
    UnsupportedRadiographException e =
        assertThrows(UnsupportedRadiographException.class, () -> reader.read(file));
    assertEquals(Reason.TOO_LARGE, e.reason());
  }

  // Bombs ---------------------------------------------------------------------------------------

  @Test
  void metadataIsNotInflated() throws IOException {
    byte[] bomb = deflate(new byte[300 << 20]);
    byte[] text = concat("x\0\0".getBytes(StandardCharsets.ISO_8859_1), bomb);
    byte[] rows = new byte[4 * 5];
    byte[] png =
        png(4, 4, 8, 0, chunk("iCCP", text), chunk("zTXt", text), chunk("IDAT", deflate(rows)));
    long before = allocated();
    assertEquals(Radiograph.ofGray8(4, 4, new byte[16]), Radiograph.read(png));
    assertTrue(allocated() - before < 20 << 20, "allocated " + (allocated() - before));
  }

  @Test
  void pixelsBeyondTheHeadersSizeAreNotInflated() {
    byte[] png = png(4, 4, 8, 0, chunk("IDAT", deflate(new byte[300 << 20])));
    long before = allocated();
    assertEquals(Radiograph.ofGray8(4, 4, new byte[16]), Radiograph.read(png));
    assertTrue(allocated() - before < 20 << 20, "allocated " + (allocated() - before));
  }

  private static long allocated() {
    return ((com.sun.management.ThreadMXBean)
            java.lang.management.ManagementFactory.getThreadMXBean())
        .getCurrentThreadAllocatedBytes();
  }

  /** TIFF of one row whose tiles are wide, or of one column whose tiles are high. */
  private static byte[] tiles(int rows, int columns, int tileRows, int tileColumns, byte[] tile) {
    int tiles = rows / Math.min(rows, tileRows) * (columns / Math.min(columns, tileColumns));
    int entries = 11;
    int lists = 8 + 2 + 12 * entries + 4;
    ByteBuffer tiff =
        ByteBuffer.allocate(lists + 8 * tiles + tile.length).order(ByteOrder.LITTLE_ENDIAN);
    tiff.put((byte) 'I').put((byte) 'I').putShort((short) 42).putInt(8).putShort((short) entries);
    int data = lists + 8 * tiles;
    // A list of one is in its field.
    int offsets = tiles == 1 ? data : lists;
    int lengths = tiles == 1 ? tile.length : lists + 4 * tiles;
    int[][] fields = {
      {256, 1, columns},
      {257, 1, rows},
      {258, 1, 8},
      {259, 1, 8},
      {262, 1, 1},
      {277, 1, 1},
      {322, 1, tileColumns},
      {323, 1, tileRows},
      {324, tiles, offsets},
      {325, tiles, lengths},
      {339, 1, 1}
    };
    for (int[] field : fields) {
      tiff.putShort((short) field[0]).putShort((short) 4).putInt(field[1]).putInt(field[2]);
    }
    tiff.putInt(0);
    for (int i = 0; i < tiles; i++) {
      tiff.putInt(data);
    }
    for (int i = 0; i < tiles; i++) {
      tiff.putInt(tile.length);
    }
    return tiff.put(tile).array();
  }

  @Test
  void tilesThatAreFarLargerThanTheImageAreRefusedBeforeTheyAreUnpacked() {
    // 4,000 times 64 megapixels out of 100 KB.
    byte[] tile = deflate(new byte[1 << 26]);
    String message = refusal(Reason.TOO_LARGE, tiles(4000, 1, 1, 1 << 26, tile)).getMessage();
    assertTrue(message.contains("found 4000 of 1 rows x 67108864 columns"), message);
  }

  @Test
  void ofALargeTileOnlyItsUsedRowsAreUnpacked() {
    byte[] tile = deflate(new byte[1 << 26]);
    byte[] tiff = tiles(1, 8, 1 << 23, 8, tile);
    long before = allocated();
    assertEquals(Radiograph.ofGray8(1, 8, new byte[8]), Radiograph.read(tiff));
    assertTrue(allocated() - before < 20 << 20, "allocated " + (allocated() - before));
  }

  @Test
  void aTileThatIsOnlyClaimedToBeWideTakesNoMemory() {
    byte[] tiff = tiles(1, 1, 1, 1 << 23, deflate(new byte[8]));
    long before = allocated();
    refusal(Reason.TRUNCATED, tiff);
    assertTrue(allocated() - before < 20 << 20, "allocated " + (allocated() - before));
  }

  @Test
  void tilesThatShareTheirBytesMayNotMakeMoreWorkThanTheirPixels() {
    // Blocks of no bytes, a megabyte of them, before the pixels, and again for each of 4,096 tiles.
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    stream.writeBytes(new byte[] {0x78, (byte) 0x9c});
    for (int i = 0; i < 200_000; i++) {
      stream.writeBytes(new byte[] {0, 0, 0, (byte) 0xff, (byte) 0xff});
    }
    byte[] tail = deflate(new byte[256]);
    stream.write(tail, 2, tail.length - 2);
    byte[] tile = stream.toByteArray();
    assertEquals(
        Radiograph.ofGray8(16, 16, new byte[256]), Radiograph.read(tiles(16, 16, 16, 16, tile)));
    String message = refusal(Reason.DAMAGED, tiles(1024, 1024, 16, 16, tile)).getMessage();
    assertTrue(message.contains("the same bytes in many of them"), message);
  }

  @Test
  void tilesThatShareTheirBytesAreReadWhereTheyAreFewerThanTheirPixels() {
    byte[] tile = deflate(new byte[256]);
    assertEquals(
        Radiograph.ofGray8(64, 64, new byte[4096]), Radiograph.read(tiles(64, 64, 16, 16, tile)));
  }

  @Test
  void aDirectoryThatIsItsOwnSuccessorIsReadOnce() throws IOException {
    byte[] tiff = RadiographFile.bytes("tiff-gray8-strips-big-endian.tif");
    ByteBuffer buffer = ByteBuffer.wrap(tiff);
    int directory = buffer.getInt(4);
    buffer.putInt(directory + 2 + 12 * buffer.getChar(directory), directory);
    assertEquals(
        RadiographFile.expected("tiff-gray8-strips-big-endian.tif"), Radiograph.read(tiff));
  }

  /** Each scan of a few bytes passes over the whole picture. */
  @Test
  void aJpegOfThousandsOfScansIsRefused() throws IOException {
    byte[] jpeg = RadiographFile.bytes("jpeg-gray-progressive.jpg");
    int last = new String(jpeg, StandardCharsets.ISO_8859_1).lastIndexOf("\u00ff\u00da");
    byte[] scan = Arrays.copyOfRange(jpeg, last, jpeg.length - 2);
    ByteArrayOutputStream many = new ByteArrayOutputStream();
    many.write(jpeg, 0, last);
    for (int i = 0; i < 5000; i++) {
      many.writeBytes(scan);
    }
    many.writeBytes(new byte[] {(byte) 0xff, (byte) 0xd9});
    String message = refusal(Reason.UNSUPPORTED_ENCODING, many.toByteArray()).getMessage();
    assertTrue(message.contains("expected at most 500 scans"), message);
    // Of the largest pictures fewer are enough for hours.
    byte[] large = resized(many.toByteArray(), 8000, 8000);
    assertTrue(
        refusal(Reason.UNSUPPORTED_ENCODING, large).getMessage().contains("at most 33 scans"));
  }

  @Test
  void segmentsOfAJpegAreBounded() throws IOException {
    byte[] jpeg = RadiographFile.bytes("jpeg-gray.jpg");
    byte[] interval = {(byte) 0xff, (byte) 0xdd, 0, 4, 0, 0};
    byte[] comment = {(byte) 0xff, (byte) 0xfe, 0, 2};
    ByteArrayOutputStream intervals = new ByteArrayOutputStream();
    ByteArrayOutputStream comments = new ByteArrayOutputStream();
    for (int i = 0; i < 100_000; i++) {
      intervals.writeBytes(interval);
      comments.writeBytes(comment);
    }
    byte[] start = Arrays.copyOf(jpeg, 2);
    byte[] rest = Arrays.copyOfRange(jpeg, 2, jpeg.length);
    assertEquals(
        RadiographFile.expected("jpeg-gray.jpg"),
        Radiograph.read(concat(start, comments.toByteArray(), rest)));
    refusal(Reason.DAMAGED, concat(start, intervals.toByteArray(), rest));
  }

  /** A row and column beyond all numbers of 32 bits, in steps of 255. */
  @Test
  void runLengthsThatLeaveThePictureEnd() throws IOException {
    byte[] bmp = RadiographFile.bytes("bmp-rle8.bmp");
    int pixels = ByteBuffer.wrap(bmp).order(ByteOrder.LITTLE_ENDIAN).getInt(10);
    byte[] steps = new byte[4 << 20];
    for (int i = 0; i < steps.length; i += 4) {
      steps[i + 1] = 2;
      steps[i + 2] = (byte) 255;
      steps[i + 3] = (byte) 255;
    }
    Radiograph read = Radiograph.read(concat(Arrays.copyOf(bmp, pixels), steps));
    assertEquals(RadiographFile.expected("bmp-rle8.bmp").rows(), read.rows());
  }

  // Known formats that cannot be read -----------------------------------------------------------

  @ParameterizedTest
  @ValueSource(strings = {"jpeg-cmyk.jpg", "jpeg-ycck.jpg", "tiff-cmyk.tif"})
  void inkHasNoGray(String name) throws IOException {
    UnsupportedRadiographException e =
        refusal(Reason.UNSUPPORTED_COLOUR, RadiographFile.bytes(name));
    assertTrue(e.getMessage().contains("convert the file to gray or RGB"), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(strings = {"tiff-float32.tif", "tiff-int32.tif", "bmp-rgb565.bmp"})
  void variantsThatWouldBeFalsifiedAreRefused(String name) throws IOException {
    UnsupportedRadiographException e =
        refusal(Reason.UNSUPPORTED_ENCODING, RadiographFile.bytes(name));
    assertTrue(e.getMessage().contains("convert the file to PNG"), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "6,JPEG as before 1995",
    "34712,JPEG 2000",
    "50000,Zstandard",
    "34925,LZMA",
    "999,999"
  })
  void compressionsOfTiffAreRefusedByName(int compression, String name) throws IOException {
    byte[] tiff = RadiographFile.bytes("tiff-gray8-undefined-format.tif");
    ByteBuffer buffer = ByteBuffer.wrap(tiff).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 10; buffer.getChar(at) <= 259; at += 12) {
      if (buffer.getChar(at) == 259) {
        buffer.putChar(at + 8, (char) compression);
      }
    }
    String message = refusal(Reason.UNSUPPORTED_ENCODING, tiff).getMessage();
    assertTrue(message.contains(name), message);
  }

  @ParameterizedTest
  @ValueSource(ints = {0xc3, 0xc9, 0xca})
  void losslessAndArithmeticJpegAreRefused(int kind) throws IOException {
    byte[] jpeg = RadiographFile.bytes("jpeg-gray.jpg");
    jpeg[frame(jpeg) + 1] = (byte) kind;
    refusal(Reason.UNSUPPORTED_ENCODING, jpeg);
  }

  @Test
  void twelveBitJpegIsRefused() throws IOException {
    byte[] jpeg = RadiographFile.bytes("jpeg-gray.jpg");
    jpeg[frame(jpeg) + 4] = 12;
    refusal(Reason.UNSUPPORTED_ENCODING, jpeg);
  }

  // The machine ---------------------------------------------------------------------------------

  @Test
  void aMissingCodecOfTheJdkIsNoDamageOfTheFile() throws IOException {
    byte[] interlaced = RadiographFile.bytes("png-gray8-interlaced.png");
    IIORegistry registry = IIORegistry.getDefaultInstance();
    List<ImageReaderSpi> codecs = new ArrayList<>();
    registry
        .getServiceProviders(ImageReaderSpi.class, true)
        .forEachRemaining(
            codec -> {
              if (List.of(codec.getFormatNames()).contains("png")) {
                codecs.add(codec);
              }
            });
    codecs.forEach(registry::deregisterServiceProvider);
    try {
      IllegalStateException e =
          assertThrows(IllegalStateException.class, () -> Radiograph.read(interlaced));
      assertTrue(e.getMessage().contains("expected the JDK's own for png"), e.getMessage());
    } finally {
      codecs.forEach(registry::registerServiceProvider);
    }
    assertEquals(RadiographFile.expected("png-gray8-interlaced.png"), Radiograph.read(interlaced));
  }

  // Making files --------------------------------------------------------------------------------

  /** The same file with another size in its header. */
  private static byte[] resized(byte[] encoded, int rows, int columns) {
    byte[] copy = encoded.clone();
    ByteBuffer big = ByteBuffer.wrap(copy);
    ByteBuffer little = ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN);
    switch (copy[0]) {
      case (byte) 0x89 -> {
        big.putInt(16, columns).putInt(20, rows);
        CRC32 crc = new CRC32();
        crc.update(copy, 12, 17);
        big.putInt(29, (int) crc.getValue());
      }
      case (byte) 0xff ->
          big.putShort(frame(copy) + 5, (short) rows).putShort(frame(copy) + 7, (short) columns);
      case 'B' -> little.putInt(18, columns).putInt(22, rows);
      case 'G' -> {
        int at = 13 + (3 << ((copy[10] & 7) + 1));
        while (copy[at] == 0x21) {
          at += 2;
          while (copy[at] != 0) {
            at += 1 + (copy[at] & 255);
          }
          at++;
        }
        assertEquals(0x2c, copy[at]);
        little.putShort(at + 5, (short) columns).putShort(at + 7, (short) rows);
      }
      default -> {
        int directory = little.getInt(4);
        for (int i = 0; i < little.getChar(directory); i++) {
          int at = directory + 2 + 12 * i;
          if (little.getChar(at) == 256 || little.getChar(at) == 257) {
            little.putShort(at + 2, (short) 4);
            little.putInt(at + 8, little.getChar(at) == 256 ? columns : rows);
          }
        }
      }
    }
    return copy;
  }

  private static int frame(byte[] jpeg) {
    int at = 2;
    while ((jpeg[at + 1] & 0xfe) != 0xc0 && jpeg[at + 1] != (byte) 0xc2) {
      at += 2 + ByteBuffer.wrap(jpeg).getChar(at + 2);
    }
    return at;
  }

  private static byte[] png(int rows, int columns, int depth, int colourType, byte[]... chunks) {
    byte[] header =
        ByteBuffer.allocate(13)
            .putInt(columns)
            .putInt(rows)
            .put((byte) depth)
            .put((byte) colourType)
            .array();
    byte[] signature = {(byte) 0x89, 'P', 'N', 'G', 13, 10, 26, 10};
    return concat(signature, chunk("IHDR", header), concat(chunks), chunk("IEND", new byte[0]));
  }

  private static byte[] chunk(String type, byte[] content) {
    ByteBuffer chunk = ByteBuffer.allocate(content.length + 12).putInt(content.length);
    chunk.put(type.getBytes(StandardCharsets.US_ASCII)).put(content);
    CRC32 crc = new CRC32();
    crc.update(chunk.array(), 4, content.length + 4);
    return chunk.putInt((int) crc.getValue()).array();
  }

  private static byte[] deflate(byte[] content) {
    Deflater deflater = new Deflater(9);
    try {
      deflater.setInput(content);
      deflater.finish();
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] part = new byte[8192];
      while (!deflater.finished()) {
        out.write(part, 0, deflater.deflate(part));
      }
      return out.toByteArray();
    } finally {
      deflater.end();
    }
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : List.of(parts)) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
