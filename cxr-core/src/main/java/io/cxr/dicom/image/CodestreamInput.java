package io.cxr.dicom.image;

import io.cxr.dicom.DicomRefusal;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * A codestream for a codec of {@code javax.imageio}, which ends what the codec does not: forged
 * headers make JPEG 2000 decoders read bits beyond the end for ever, or the same bytes again and
 * again.
 */
final class CodestreamInput extends ImageInputStreamImpl {
  /** Bits are looked at ahead of their use. */
  private static final int MOST_BEYOND = 1 << 10;

  /** Reads a byte, at least; decoders read the bytes of packets once, and their headers twice. */
  private static final int MOST_READS_OF_A_BYTE = 64;

  private final byte[] encoded;
  private int beyond;
  private long reads;

  /** Where a byte read by itself would be the second 0xff in a row. */
  private long afterSingleFf = -1;

  CodestreamInput(byte[] encoded) {
    this.encoded = encoded;
  }

  @Override
  public int read() {
    count();
    bitOffset = 0;
    if (streamPos >= encoded.length) {
      return end();
    }
    int read = encoded[(int) streamPos++] & 255;
    if (read == 0xff) {
      // Bytes are read one by one in packet headers. Bit stuffing rules 0xffff out there (T.800
      // B.10.1), and after it the codec takes one-bits without reading on, for ever.
      if (streamPos - 1 == afterSingleFf) {
        throw DicomRefusal.damaged("packet headers without 0xffff", "one with it");
      }
      afterSingleFf = streamPos;
    }
    return read;
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    count();
    bitOffset = 0;
    if (length == 0) {
      return 0;
    }
    if (streamPos >= encoded.length) {
      return end();
    }
    int count = (int) Math.min(length, encoded.length - streamPos);
    System.arraycopy(encoded, (int) streamPos, target, offset, count);
    streamPos += count;
    return count;
  }

  @Override
  public long length() {
    return encoded.length;
  }

  private void count() {
    if (++reads > (1L << 16) + (long) MOST_READS_OF_A_BYTE * encoded.length) {
      throw DicomRefusal.damaged("a codestream that is read once", "one that leads back to itself");
    }
  }

  private int end() {
    if (++beyond > MOST_BEYOND) {
      throw DicomRefusal.truncated("a codestream for all pixels", "a shorter one");
    }
    return -1;
  }
}
