package io.cxr.codec;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.zip.CRC32;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Memory of the codecs that is used again from picture to picture. Each array grows to the most
 * that one picture needed. The last array of pixels that was asked for is decoded into until {@link
 * #lend} takes it out of this memory, so that it stays as it is. Not thread-safe.
 */
public final class CodecMemory implements AutoCloseable {
  private static final byte[] NONE = {};

  /** A picture, and what it is made of where that is a picture, too. */
  private static final int MOST_RETURNED = 2;

  private static @Nullable Function<AutoCloseable, CodecMemory> holder;

  private final CRC32 crc = new CRC32();
  private byte[] filtered = NONE;
  private byte[] row = NONE;
  private byte[] priorRow = NONE;
  private byte[] samples = NONE;
  private byte[] pixels = NONE;
  private byte[] scan = NONE;
  private byte[] secondPlane = NONE;
  private byte[] thirdPlane = NONE;
  private short[] coefficients = {};
  private long[] present = {};

  /** The last two pictures that were lent, and not given back. */
  private byte[] lent = NONE;

  private byte[] lentBefore = NONE;
  private final List<byte[]> returned = new ArrayList<>();
  private @Nullable Inflater inflater;

  /** Memory that holds nothing yet. */
  public CodecMemory() {}

  /**
   * Names the way from what users hold to the memory in it; once, by the holder's class. The holder
   * is public and this class is not, so that no method of the one can return the other.
   */
  public static void heldBy(Function<AutoCloseable, CodecMemory> way) {
    holder = way;
  }

  /** The memory in what a user holds. */
  public static CodecMemory of(AutoCloseable buffers) {
    Function<AutoCloseable, CodecMemory> way = holder;
    if (way == null) {
      throw new IllegalStateException("Codec memory: expected a holder, found none");
    }
    return way.apply(buffers);
  }

  /** Frees the memory, also that outside the heap. */
  @Override
  public void close() {
    if (inflater != null) {
      inflater.end();
      inflater = null;
    }
    filtered = NONE;
    row = NONE;
    priorRow = NONE;
    samples = NONE;
    pixels = NONE;
    scan = NONE;
    secondPlane = NONE;
    thirdPlane = NONE;
    coefficients = new short[0];
    present = new long[0];
    lent = NONE;
    lentBefore = NONE;
    returned.clear();
  }

  /** A checksum of nothing yet. */
  public CRC32 crc() {
    crc.reset();
    return crc;
  }

  /** A decompressor at the beginning of a stream. */
  public Inflater inflater() {
    if (inflater == null) {
      inflater = new Inflater();
    } else {
      inflater.reset();
    }
    return inflater;
  }

  /** Decompressed rows, still filtered; at least this long, with any content. */
  public byte[] filtered(int length) {
    filtered = atLeast(filtered, length);
    return filtered;
  }

  /** One row; at least this long, with any content. */
  public byte[] row(int length) {
    row = atLeast(row, length);
    return row;
  }

  /** Another row; at least this long, with any content. */
  public byte[] priorRow(int length) {
    priorRow = atLeast(priorRow, length);
    return priorRow;
  }

  /** Samples that are not yet pixels; at least this long, with any content. */
  public byte[] samples(int length) {
    samples = atLeast(samples, length);
    return samples;
  }

  /** Pixels; at least this long, with any content. */
  public byte[] pixels(int length) {
    if (pixels.length < length) {
      pixels = taken(length);
    }
    return pixels;
  }

  private byte[] taken(int length) {
    for (int i = 0; i < returned.size(); i++) {
      if (returned.get(i).length >= length) {
        return returned.remove(i);
      }
    }
    returned.clear();
    return new byte[length];
  }

  /** Takes the pixels out, for as long as they are not given back: the next ones are others. */
  public void lend(byte[] array) {
    if (array == pixels) {
      pixels = NONE;
      lentBefore = lent;
      lent = array;
    }
  }

  /**
   * Takes pixels that nobody looks at any more.
   *
   * @return whether they are among the last that were lent; others are left alone
   */
  public boolean giveBack(byte[] array) {
    if (array.length == 0 || (array != lent && array != lentBefore)) {
      return false;
    }
    if (array == lent) {
      lent = lentBefore;
    }
    lentBefore = NONE;
    if (returned.size() == MOST_RETURNED) {
      returned.remove(0);
    }
    returned.add(array);
    return true;
  }

  /** The compressed data of a scan; at least this long, with any content. */
  public byte[] scan(int length) {
    scan = atLeast(scan, length);
    return scan;
  }

  /** Samples of a second component; at least this long, with any content. */
  public byte[] secondPlane(int length) {
    secondPlane = atLeast(secondPlane, length);
    return secondPlane;
  }

  /** Samples of a third component; at least this long, with any content. */
  public byte[] thirdPlane(int length) {
    thirdPlane = atLeast(thirdPlane, length);
    return thirdPlane;
  }

  /** Coefficients of a progressive file; at least this long, with any content. */
  public short[] coefficients(int length) {
    if (coefficients.length < length) {
      coefficients = new short[length];
    }
    return coefficients;
  }

  /** Which of these are not 0; at least this long, with any content. */
  public long[] present(int length) {
    if (present.length < length) {
      present = new long[length];
    }
    return present;
  }

  private static byte[] atLeast(byte[] array, int length) {
    return array.length >= length ? array : new byte[length];
  }
}
