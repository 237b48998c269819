package io.cxr.pacs;

import io.cxr.dicom.CodestreamDecoder;
import io.cxr.dicom.EncodedFrame;

/** A codec of a private transfer syntax that loops until the test ends, as broken codecs do. */
public final class EndlessDecoder implements CodestreamDecoder {
  static final String TRANSFER_SYNTAX = "2.25.987654321";

  static volatile boolean released;

  @Override
  public boolean decodes(String transferSyntaxUid) {
    return transferSyntaxUid.equals(TRANSFER_SYNTAX);
  }

  @Override
  public short[] decode(EncodedFrame frame) {
    while (!released) {
      Thread.onSpinWait();
    }
    return new short[frame.rows() * frame.columns() * frame.samplesPerPixel()];
  }
}
