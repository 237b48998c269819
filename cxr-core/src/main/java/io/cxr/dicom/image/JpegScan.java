package io.cxr.dicom.image;

import io.cxr.dicom.CodestreamSyntax;
import io.cxr.dicom.DicomRefusal;
import io.cxr.dicom.ImagePixel;
import org.jspecify.annotations.Nullable;

/**
 * The segments of a sequential JPEG codestream with one frame and one interleaved scan (ITU-T T.81,
 * annex B), as far as the decoders of lossless and 12-bit coding need them.
 */
final class JpegScan {
  /** Each costs a pass over 65536 entries. */
  private static final int MOST_TABLES = 64;

  private final byte[] encoded;
  private final ImagePixel image;
  private final HuffmanTable[] dc = new HuffmanTable[4];
  private final HuffmanTable[] ac = new HuffmanTable[4];
  private final int[][] quantization = new int[4][];

  private int kind;
  private int precision;
  private int rows;
  private int columns;
  private int[] names = {};
  private int[] sampling = {};
  private int[] quantizers = {};
  private int restartInterval;
  private int[] tables = {};
  private int spectralStart;
  private int pointTransform;
  private int data;

  private JpegScan(byte[] encoded, ImagePixel image) {
    this.encoded = encoded;
    this.image = image;
  }

  /** Reads the segments up to the entropy-coded data. */
  static JpegScan of(byte[] encoded, ImagePixel image, int kind) {
    JpegFrame frame = JpegFrame.of(encoded);
    frame.check(image);
    if (frame.kind() != kind) {
      throw DicomRefusal.encoding(
          "a JPEG codestream of " + CodestreamSyntax.described(kind),
          CodestreamSyntax.described(frame.kind()));
    }
    JpegScan scan = new JpegScan(encoded, image);
    scan.kind = kind;
    scan.read();
    return scan;
  }

  private void read() {
    int at = 2;
    int definitions = 0;
    while (true) {
      while (at + 1 < encoded.length && encoded[at] == -1 && encoded[at + 1] == -1) {
        at++;
      }
      if (at + 4 > encoded.length || encoded[at] != -1) {
        throw DicomRefusal.truncated("a JPEG scan", "none");
      }
      int marker = encoded[at + 1] & 255;
      int length = number(at + 2);
      int content = at + 4;
      int end = at + 2 + length;
      if (length < 2 || end > encoded.length) {
        throw DicomRefusal.truncated("whole JPEG segments", "a longer one");
      }
      if (marker == kind) {
        readFrame(content, end);
      } else if (marker == 0xc4) {
        while (content < end) {
          if (++definitions > MOST_TABLES) {
            throw DicomRefusal.encoding("at most " + MOST_TABLES + " Huffman tables", "more");
          }
          content = readHuffmanTable(content, end);
        }
      } else if (marker == 0xdb) {
        while (content < end) {
          content = readQuantization(content, end);
        }
      } else if (marker == 0xdd) {
        check(length == 4, "a restart interval");
        restartInterval = number(content);
      } else if (marker == 0xda) {
        readScan(content, end);
        data = end;
        return;
      } else if (marker == 0xdc) {
        throw DicomRefusal.encoding("rows in the JPEG frame header", "rows after the scan");
      }
      at = end;
    }
  }

  private static void check(boolean holds, String expected) {
    if (!holds) {
      throw DicomRefusal.damaged(expected, "another segment");
    }
  }

  private int number(int place) {
    return (encoded[place] & 255) << 8 | (encoded[place + 1] & 255);
  }

  private void readFrame(int content, int end) {
    int components = encoded[content + 5] & 255;
    check(names.length == 0 && end - content == 6 + 3 * components, "one JPEG frame header");
    precision = encoded[content] & 255;
    rows = number(content + 1);
    columns = number(content + 3);
    check(
        rows == image.rows() && columns == image.columns() && components == image.samples(),
        "a codestream of the data set's rows, columns and samples");
    names = new int[components];
    sampling = new int[components];
    quantizers = new int[components];
    for (int i = 0; i < components; i++) {
      names[i] = encoded[content + 6 + 3 * i] & 255;
      sampling[i] = encoded[content + 7 + 3 * i] & 255;
      quantizers[i] = encoded[content + 8 + 3 * i] & 3;
    }
  }

  private int readHuffmanTable(int content, int end) {
    check(end - content >= 17, "a Huffman table");
    int slot = encoded[content] & 255;
    int values = 0;
    for (int i = 1; i <= 16; i++) {
      values += encoded[content + i] & 255;
    }
    check((slot & 0xec) == 0 && values <= 256 && end - content >= 17 + values, "a Huffman table");
    HuffmanTable table = new HuffmanTable(encoded, content + 1);
    (slot < 16 ? dc : ac)[slot & 3] = table;
    return content + 17 + values;
  }

  private int readQuantization(int content, int end) {
    int wide = (encoded[content] & 255) >> 4;
    int slot = encoded[content] & 15;
    check(wide <= 1 && slot < 4 && end - content >= 1 + 64 * (1 + wide), "a quantization table");
    int[] table = new int[64];
    for (int i = 0; i < 64; i++) {
      table[i] = wide == 1 ? number(content + 1 + 2 * i) : encoded[content + 1 + i] & 255;
    }
    quantization[slot] = table;
    return content + 1 + 64 * (1 + wide);
  }

  private void readScan(int content, int end) {
    int components = end - content < 1 ? 0 : encoded[content] & 255;
    check(names.length != 0 && end - content == 4 + 2 * components, "a JPEG scan header");
    if (components != names.length) {
      throw DicomRefusal.encoding("one JPEG scan for all samples", "several");
    }
    tables = new int[components];
    for (int i = 0; i < components; i++) {
      check(
          (encoded[content + 1 + 2 * i] & 255) == names[i],
          "the components of the frame in a scan");
      tables[i] = encoded[content + 2 + 2 * i] & 0x33;
    }
    spectralStart = encoded[end - 3] & 255;
    pointTransform = encoded[end - 1] & 15;
  }

  JpegBits bits() {
    return new JpegBits(encoded, data);
  }

  int precision() {
    return precision;
  }

  int components() {
    return names.length;
  }

  /** Horizontal sampling in the high four bits, vertical in the low ones. */
  int sampling(int component) {
    return sampling[component];
  }

  int[] quantization(int component) {
    int[] table = quantization[quantizers[component]];
    if (table == null) {
      throw DicomRefusal.damaged("a quantization table", "none");
    }
    return table;
  }

  HuffmanTable dc(int component) {
    return required(dc[tables[component] >> 4]);
  }

  HuffmanTable ac(int component) {
    return required(ac[tables[component] & 3]);
  }

  private static HuffmanTable required(@Nullable HuffmanTable table) {
    if (table == null) {
      throw DicomRefusal.damaged("a Huffman table", "none");
    }
    return table;
  }

  int restartInterval() {
    return restartInterval;
  }

  /** The predictor of lossless coding. */
  int spectralStart() {
    return spectralStart;
  }

  int pointTransform() {
    return pointTransform;
  }
}
