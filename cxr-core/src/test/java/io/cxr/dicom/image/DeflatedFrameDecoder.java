package io.cxr.dicom.image;

import io.cxr.dicom.CodestreamDecoder;
import io.cxr.dicom.EncodedFrame;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.DataFormatException;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.Inflater;

/**
 * A toolkit of a user's: frames of a private transfer syntax, deflated (RFC 1950). The class path
 * of these tests offers it.
 */
public final class DeflatedFrameDecoder implements CodestreamDecoder {
  public static final String PRIVATE_UID = "2.25.160131719853206846206106862512340018207";

  private final String uid;

  /** For the private transfer syntax. */
  public DeflatedFrameDecoder() {
    this(PRIVATE_UID);
  }

  /** For any transfer syntax. */
  public DeflatedFrameDecoder(String uid) {
    this.uid = uid;
  }

  @Override
  public boolean decodes(String transferSyntaxUid) {
    return uid.equals(transferSyntaxUid);
  }

  @Override
  public short[] decode(EncodedFrame frame) throws IOException {
    int width = frame.bitsAllocated() / 8;
    byte[] bytes = new byte[frame.rows() * frame.columns() * frame.samplesPerPixel() * width];
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(frame.codestream());
      int length = inflater.inflate(bytes);
      short[] cells = new short[length / width];
      ByteBuffer view = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      for (int i = 0; i < cells.length; i++) {
        cells[i] = width == 1 ? (short) (view.get(i) & 255) : view.getShort(2 * i);
      }
      return cells;
    } catch (DataFormatException e) {
      throw new IOException(e);
    } finally {
      inflater.end();
    }
  }

  public static byte[] encode(byte[] frame) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflated = new DeflaterOutputStream(out)) {
      deflated.write(frame);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    out.writeBytes(new byte[out.size() & 1]);
    return out.toByteArray();
  }
}
