package io.cxr.codec.jpeg;

import io.cxr.codec.CodecException;
import io.cxr.codec.SampleLayout;
import java.util.Locale;

/** The frame header of a JPEG or JPEG-LS codestream (ITU-T T.81, B.2.2; T.87, C.2.2). */
public final class JpegFrameHeader {
  /** The second byte of JPEG-LS's marker. */
  public static final int JPEG_LS = 0xf7;

  private static final int SOS = 0xda;
  private static final int EOI = 0xd9;
  private static final int APP14 = 0xee;

  private final int kind;
  private final int precision;
  private final int rows;
  private final int columns;
  private final byte[] specifications;
  private final boolean adobe;

  private JpegFrameHeader(
      int kind, int precision, int rows, int columns, byte[] specifications, boolean adobe) {
    this.kind = kind;
    this.precision = precision;
    this.rows = rows;
    this.columns = columns;
    this.specifications = specifications;
    this.adobe = adobe;
  }

  /**
   * Finds the header without decoding.
   *
   * @param encoded a codestream, from its marker SOI
   * @return its first frame header
   * @throws CodecException if there is none
   */
  public static JpegFrameHeader find(byte[] encoded) {
    if (encoded.length < 4 || encoded[0] != -1 || encoded[1] != (byte) 0xd8) {
      throw CodecException.damaged("a JPEG codestream", "other bytes");
    }
    boolean adobe = false;
    int at = 2;
    while (true) {
      JpegSegment segment = JpegSegment.at(encoded, at, "a JPEG frame header");
      // A shorter one has no transform, so that decoders pass it over.
      adobe |=
          segment.kind() == APP14
              && segment.contentEnd() - segment.content() >= 12
              && encoded[segment.content()] == 'A';
      if (segment.isFrame() || segment.kind() == JPEG_LS) {
        return of(encoded, segment, adobe);
      }
      if (segment.kind() == SOS || segment.kind() == EOI) {
        throw CodecException.damaged("a JPEG frame before its scans", "none");
      }
      at = segment.end();
    }
  }

  /** The header that is a segment. */
  static JpegFrameHeader of(byte[] encoded, JpegSegment segment, boolean adobe) {
    int content = segment.content();
    int length = segment.contentEnd() - content;
    int components = length < 6 ? 0 : encoded[content + 5] & 255;
    if (components == 0 || length != 6 + 3 * components) {
      throw CodecException.damaged("a frame header of ITU-T T.81", "one of another length");
    }
    byte[] specifications = new byte[3 * components];
    System.arraycopy(encoded, content + 6, specifications, 0, specifications.length);
    return new JpegFrameHeader(
        segment.kind(),
        encoded[content] & 255,
        (encoded[content + 1] & 255) << 8 | (encoded[content + 2] & 255),
        (encoded[content + 3] & 255) << 8 | (encoded[content + 4] & 255),
        specifications,
        adobe);
  }

  /** The second byte of its marker. */
  public int kind() {
    return kind;
  }

  /** Bits of a sample. */
  public int precision() {
    return precision;
  }

  /** Rows of the picture. */
  public int rows() {
    return rows;
  }

  /** Columns of the picture. */
  public int columns() {
    return columns;
  }

  /** How many components there are. */
  public int components() {
    return specifications.length / 3;
  }

  /** Whether Adobe's segment, which tells the colour transform, came before. */
  public boolean hasAdobeMarker() {
    return adobe;
  }

  /** The identifier of a component. */
  byte name(int component) {
    return specifications[3 * component];
  }

  /** Horizontal sampling in the high four bits, vertical in the low ones. */
  int sampling(int component) {
    return specifications[3 * component + 1] & 255;
  }

  /** The destination of a component's quantization table. */
  int quantizationTable(int component) {
    return specifications[3 * component + 2] & 255;
  }

  /**
   * Compares with what is known of the picture, before memory is taken.
   *
   * @param layout the picture's
   * @throws CodecException if the codestream is another picture's
   */
  public void check(SampleLayout layout) {
    if (rows != layout.rows() || columns != layout.columns() || components() != layout.channels()) {
      throw CodecException.damaged(
          "a codestream of the data set's rows, columns and samples", "one of other sizes");
    }
    if (precision > 8 * layout.sampleBytes()) {
      throw CodecException.damaged(
          "a codestream of at most the allocated " + 8 * layout.sampleBytes() + " bits",
          precision + " bits");
    }
  }

  /**
   * What a frame's marker says of its coding, in words.
   *
   * @param kind the second byte of the marker
   * @return such as {@code baseline coding}
   */
  public static String coding(int kind) {
    String coding =
        switch (kind) {
          case 0xc0 -> "baseline";
          case 0xc1, 0xc9 -> "extended sequential";
          case 0xc2, 0xca -> "progressive";
          case 0xc3, 0xcb -> "lossless";
          case JPEG_LS -> "JPEG-LS";
          default -> "hierarchical";
        };
    boolean arithmetic = kind >= 0xc9 && kind <= 0xcf;
    return String.format(
        Locale.ROOT, "%s coding%s", coding, arithmetic ? " with arithmetic codes" : "");
  }
}
