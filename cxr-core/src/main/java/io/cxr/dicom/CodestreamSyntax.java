package io.cxr.dicom;

import io.cxr.codec.jpeg.JpegFrameHeader;
import java.nio.ByteBuffer;

/**
 * The transfer syntax that the first bytes of a codestream reveal. The JPEG formats identify
 * themselves (ITU-T T.81 B.2.2, T.87 C.2.2, T.800 A.4); RLE does not.
 */
public final class CodestreamSyntax {
  private static final int SOF55 = JpegFrameHeader.JPEG_LS;

  private CodestreamSyntax() {}

  /**
   * A transfer syntax for a codestream that is stated to be of another.
   *
   * @param fragment the beginning of a codestream
   * @return the stated one where the codestream is of its kind or shows nothing
   */
  public static TransferSyntax of(ByteBuffer fragment, TransferSyntax stated) {
    int kind = jpegKind(fragment);
    if (kind < 0) {
      return isJpeg2000(fragment) && stated != TransferSyntax.JPEG_2000_LOSSLESS
          ? TransferSyntax.JPEG_2000
          : stated;
    }
    int marker = kind >> 8;
    boolean eight = (kind & 255) == 8;
    return switch (marker) {
      case 0xc0, 0xc1, 0xc2 -> {
        if (eight) {
          yield stated == TransferSyntax.JPEG_EXTENDED && marker != 0xc2
              ? stated
              : TransferSyntax.JPEG_BASELINE;
        }
        yield marker == 0xc1 ? TransferSyntax.JPEG_EXTENDED : stated;
      }
      case 0xc3 ->
          stated == TransferSyntax.JPEG_LOSSLESS_SV1 ? stated : TransferSyntax.JPEG_LOSSLESS;
      case SOF55 ->
          stated == TransferSyntax.JPEG_LS_LOSSLESS ? stated : TransferSyntax.JPEG_LS_NEAR_LOSSLESS;
      default -> stated;
    };
  }

  /** Whether a fragment ends in the marker EOI, or EOC of JPEG 2000, but for zeros after it. */
  public static boolean endsInEndMarker(ByteBuffer fragment) {
    int end = fragment.remaining();
    while (end > 2 && fragment.get(end - 1) == 0) {
      end--;
    }
    return end >= 2 && fragment.get(end - 1) == (byte) 0xd9 && fragment.get(end - 2) == -1;
  }

  private static boolean isJpeg2000(ByteBuffer bytes) {
    return bytes.remaining() >= 12
        && (bytes.getInt(0) == 0xff4fff51
            || (bytes.getInt(0) == 12 && bytes.getInt(4) == 0x6a502020));
  }

  /**
   * The marker of the first frame header in the high bytes, its precision in the low one; or -1.
   */
  private static int jpegKind(ByteBuffer bytes) {
    int end = bytes.remaining();
    if (end < 4 || bytes.getChar(0) != 0xffd8) {
      return -1;
    }
    int at = 2;
    while (at + 5 <= end && bytes.get(at) == -1) {
      int marker = bytes.get(at + 1) & 255;
      if (marker == 0xff) {
        at++;
        continue;
      }
      boolean frame = marker >= 0xc0 && marker <= 0xcf;
      frame &= marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
      if (frame || marker == SOF55) {
        return marker << 8 | (bytes.get(at + 4) & 255);
      }
      int length = bytes.getChar(at + 2);
      if (length < 2 || marker == 0xda || marker == 0xd9) {
        return -1;
      }
      at += 2 + length;
    }
    return -1;
  }
}
