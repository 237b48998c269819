package io.cxr.dicom;

import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * The codestream of one frame, with its description in the Image Pixel Module (DICOM PS3.3
 * C.7.6.3). Immutable and thread-safe.
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
   * @return its UID, such as 1.2.840.10008.1.2.4.201
   */
  public String transferSyntaxUid() {
    return transferSyntaxUid;
  }

  /**
   * The concatenated fragments of the frame; for MPEG2, H.264 and H.265 those of all frames, which
   * form one bit stream (PS3.5 A.4.5 to A.4.9).
   *
   * @return a read-only view from its first byte, possibly with a zero after its last one
   */
  public ByteBuffer codestream() {
    return codestream.duplicate();
  }

  /**
   * The index of the requested frame.
   *
   * @return from 0; relevant where one bit stream contains all frames
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

  /** Its sizes, without its bytes. */
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
