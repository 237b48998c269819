package io.cxr.dicom;

import java.io.IOException;

/**
 * Decodes codestreams in transfer syntaxes that cxr does not decode itself, with a toolkit or
 * native codec of your own.
 *
 * <p>Passed to {@link io.cxr.dicom.image.DicomRadiographReader#withDecoders}, it takes precedence
 * over cxr's own decoders. Registered in {@code META-INF/services/io.cxr.dicom.CodestreamDecoder}
 * or in a module's {@code provides}, it is used for JPEG 2000 and for transfer syntaxes that cxr
 * has no decoder for, so that a library on the class path does not change images that are read
 * without it. Such a decoder is created for each instance that needs one: keep its constructor
 * cheap.
 *
 * <p>A reader, and with it the decoders passed to it, is used by many threads concurrently: {@link
 * #decodes} and {@link #decode} must be thread-safe.
 */
public interface CodestreamDecoder {
  /**
   * Whether it decodes a transfer syntax. For one that PS3.6 does not list, the data set is then
   * read in explicit VR little endian, like every data set with encapsulated pixel data (PS3.5
   * A.4).
   *
   * @param transferSyntaxUid such as 1.2.840.10008.1.2.4.201
   * @return whether {@link #decode} can be called for it
   */
  boolean decodes(String transferSyntaxUid);

  /**
   * Decodes a frame. If it throws or returns an array of another length, the instance is refused:
   * as {@code DAMAGED}, or with the {@link io.cxr.error.UnsupportedRadiographException} that it
   * throws. Rows and columns are those of the data set and within the limits of the reader; the
   * codestream may state other sizes, so compare them before allocating memory.
   *
   * @param frame the codestream and its description in the data set
   * @return samples {@code [row, column, sample]}, each as an unsigned number of the allocated bits
   *     with the stored bits up to the high bit, as PS3.5 8.1.1 lays out native pixel data; colours
   *     in the stated photometric interpretation without subsampling, but RGB for YBR_ICT, YBR_RCT,
   *     YBR_PARTIAL_420 and XYB, which only codestreams have; the decoder must not use the array
   *     afterwards
   * @throws IOException if the codestream cannot be decoded
   */
  short[] decode(EncodedFrame frame) throws IOException;
}
