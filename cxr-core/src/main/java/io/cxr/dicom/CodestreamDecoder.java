package io.cxr.dicom;

import java.io.IOException;

/**
 * Decodes the codestreams of transfer syntaxes that cxr does not read itself, by a toolkit or a
 * native codec of the user's.
 *
 * <p>Given to {@link io.cxr.dicom.image.DicomRadiographReader#withDecoders}, it comes before cxr's
 * own decoders. Named in {@code META-INF/services/io.cxr.dicom.CodestreamDecoder} or in a module's
 * {@code provides}, it is asked for JPEG 2000 and for what cxr has no decoder for, so that a
 * library on the class path changes nothing that is read without it. Such a decoder is made anew
 * for each instance that needs one: keep its constructor cheap.
 *
 * <p>A reader is used by many threads at once, and so is a decoder that is given to one: {@link
 * #decodes} and {@link #decode} have to be thread-safe.
 */
public interface CodestreamDecoder {
  /**
   * Whether it decodes a transfer syntax. The data set of one that PS3.6 does not name is then read
   * in explicit VR little endian, as every data set with encapsulated pixel data (PS3.5 A.4).
   *
   * @param transferSyntaxUid such as 1.2.840.10008.1.2.4.201
   * @return whether {@link #decode} can be called for it
   */
  boolean decodes(String transferSyntaxUid);

  /**
   * Decodes a frame. What it throws, and an array of another length, refuse the instance: as {@code
   * DAMAGED}, or as the {@link io.cxr.error.UnsupportedRadiographException} that it throws itself.
   * Rows and columns are the data set's and lie within the limits of the reader; the codestream may
   * still ask for anything, so compare them before taking memory.
   *
   * @param frame the codestream and what the data set says of it
   * @return samples {@code [row, column, sample]}, each as an unsigned number of the allocated bits
   *     with the stored bits up to the high bit, as PS3.5 8.1.1 lays out native pixel data; colours
   *     in the stated photometric interpretation without subsampling, but RGB for YBR_ICT, YBR_RCT,
   *     YBR_PARTIAL_420 and XYB, which only codestreams have; not used by the decoder any more
   * @throws IOException if the codestream cannot be decoded
   */
  short[] decode(EncodedFrame frame) throws IOException;
}
