package io.cxr.dicom;

import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * The codestream of one frame, with what the Image Pixel Module says of it (DICOM PS3.3 C.7.6.3).
 * Immutable and thread-safe.
 */
public final class EncodedFrame {
  private final String transferSyntaxUid;
  private final ByteBuffer codestream;
  private final int frame;
  private final ImagePixel image;

  public EncodedFrame(String transferSyntaxUid, byte[] codestream, int frame, ImagePixel image) {
    this.transferSyntaxUid = Objects.requireNonNull(transferSyntaxUid, "transferSyntaxUid");
    this.codestream = ByteBuffer.wrap(codestream).asReadOnlyBuffer();
    this.frame = frame;
    this.image = image;
  }

  /**
   * The transfer syntax.
   *
   * @return its identifier, such as 1.2.840.10008.1.2.4.201
   */
  public String transferSyntaxUid() {
    return transferSyntaxUid;
  }

  /**
   * The fragments of the frame put together. Of MPEG2, H.264 and H.265 those of all frames, which
   * are one bit stream (PS3.5 A.4.5 to A.4.9).
   *
   * @return a read-only view from its first byte, perhaps with a zero after its last one
   */
  public ByteBuffer codestream() {
    return codestream.duplicate();
  }

  /**
   * Which frame of the instance is asked for.
   *
   * @return from 0; it matters where one bit stream holds all frames
   */
  public int frame() {
    return frame;
  }

  /**
   * Rows.
   *
   * @return 1 to 65535
   */
  public int rows() {
    return image.rows();
  }

  /**
   * Columns.
   *
   * @return 1 to 65535
   */
  public int columns() {
    return image.columns();
  }

  /**
   * Samples per Pixel.
   *
   * @return 1, or 3 for colours
   */
  public int samplesPerPixel() {
    return image.samples();
  }

  /**
   * Bits Allocated.
   *
   * @return 8 or 16
   */
  public int bitsAllocated() {
    return image.bitsAllocated();
  }

  /**
   * Bits Stored.
   *
   * @return 1 to the bits allocated
   */
  public int bitsStored() {
    return image.bitsStored();
  }

  /**
   * High Bit.
   *
   * @return the most significant stored bit, from 0
   */
  public int highBit() {
    return image.highBit();
  }

  /**
   * Pixel Representation.
   *
   * @return whether stored values are two's complement
   */
  public boolean isSigned() {
    return image.signed();
  }

  /**
   * Photometric Interpretation.
   *
   * @return such as MONOCHROME2
   */
  public String photometricInterpretation() {
    return image.photometric();
  }

  /** Its sizes; not its bytes. */
  @Override
  public String toString() {
    return "EncodedFrame["
        + codestream.remaining()
        + " bytes of "
        + rows()
        + " rows x "
        + columns()
        + " columns]";
  }
}
