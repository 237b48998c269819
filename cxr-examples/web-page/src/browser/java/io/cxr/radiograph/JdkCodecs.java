package io.cxr.radiograph;

import io.cxr.codec.GraySamples;
import io.cxr.codec.jpeg.JpegDecoder;
import io.cxr.codec.png.PngDecoder;

/** Takes the place of the JDK's codecs, which a browser has not: what they are for is refused. */
final class JdkCodecs {
  private JdkCodecs() {}

  static GraySamples gray(PngDecoder checked) {
    throw Refusal.encoding("PNG", "rows in one pass, without faults", "others");
  }

  static GraySamples gray(JpegDecoder checked) {
    throw Refusal.encoding("JPEG", "Huffman coding of gray or colour, without faults", "another");
  }
}
