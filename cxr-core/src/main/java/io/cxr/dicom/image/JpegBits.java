package io.cxr.dicom.image;

import io.cxr.dicom.DicomRefusal;

/** The bits of an entropy-coded segment (ITU-T T.81 F.2.2.5): a zero follows every 0xff. */
final class JpegBits {
  private final byte[] encoded;
  private int at;
  private long bits;
  private int available;

  JpegBits(byte[] encoded, int at) {
    this.encoded = encoded;
    this.at = at;
  }

  /** Makes sure of 16 bits in the window, zeros after the end; they count as missing when used. */
  private void fill() {
    while (available <= 48) {
      if (at < encoded.length) {
        int value = encoded[at] & 255;
        if (value != 0xff) {
          at++;
          bits = bits << 8 | value;
          available += 8;
          continue;
        }
        if (at + 1 < encoded.length && encoded[at + 1] == 0) {
          at += 2;
          bits = bits << 8 | 0xff;
          available += 8;
          continue;
        }
      }
      return;
    }
  }

  /** The next bits without taking them, with zeros after the end. */
  int peek16() {
    if (available < 16) {
      fill();
    }
    return available >= 16
        ? (int) (bits >>> (available - 16)) & 0xffff
        : (int) (bits << (16 - available)) & 0xffff;
  }

  void skip(int count) {
    if (count > available) {
      throw DicomRefusal.truncated("a JPEG scan for all pixels", "a shorter one");
    }
    available -= count;
  }

  /** Up to 16 bits as an unsigned number. */
  int read(int count) {
    if (count == 0) {
      return 0;
    }
    int value = peek16() >>> (16 - count);
    skip(count);
    return value;
  }

  /** A difference of a category (T.81 F.2.2.1). */
  int extended(int category) {
    if (category == 0) {
      return 0;
    }
    int value = read(category);
    return value < 1 << (category - 1) ? value - (1 << category) + 1 : value;
  }

  /** Goes to the next bytes after a restart marker, which has to come now. */
  void restart(int number) {
    fill();
    bits = 0;
    available = 0;
    while (at + 1 < encoded.length && encoded[at] == -1 && encoded[at + 1] == -1) {
      at++;
    }
    if (at + 1 >= encoded.length) {
      throw DicomRefusal.truncated("a JPEG restart marker", "the end");
    }
    if (encoded[at] != -1 || (encoded[at + 1] & 255) != 0xd0 + (number & 7)) {
      throw DicomRefusal.damaged("a JPEG restart marker", "other bytes");
    }
    at += 2;
  }

  /** Where the next marker is, or the end. */
  int end() {
    int place = at;
    while (place + 1 < encoded.length) {
      int next = encoded[place + 1] & 255;
      if (encoded[place] == -1 && next != 0 && next != 0xff) {
        return place;
      }
      place++;
    }
    return encoded.length;
  }
}
