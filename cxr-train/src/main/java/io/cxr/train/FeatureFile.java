package io.cxr.train;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;

/**
 * The features of one base with one preprocessing in one file: a header, then records of one size,
 * which are appended and never changed. All numbers are little-endian.
 *
 * <pre>
 * header, 64 bytes:  "CXRFEAT1", int32 features an image, zeros
 * record:            SHA-256 of the image file (32 bytes), int32 view, float32 features,
 *                    int32 CRC-32 of all of these
 * </pre>
 *
 * A record that is cut short, as a killed process leaves it, is dropped by the next that opens the
 * file; one whose CRC is wrong counts as absent, and a later one for the same image and view takes
 * its place. Appending holds a lock on the file, so that several processes may share it; each sees
 * what the others have appended when it appends itself, and writes no record twice.
 *
 * <p>Records are read through a mapping of the file, by any number of threads; all else is for one
 * thread. What is there when the file is closed can be read after that, even where the file was
 * deleted meanwhile.
 */
final class FeatureFile implements AutoCloseable {
  private static final byte[] MAGIC = {'C', 'X', 'R', 'F', 'E', 'A', 'T', '1'};
  private static final int HEADER = 64;
  private static final int HASH = 32;
  private static final int KEY = HASH + 4;

  /** One mapping has at most so many bytes, or one record. */
  private static final long SEGMENT = 1L << 30;

  /** Locks on one file are no use within one process. */
  private static final Object APPENDING = new Object();

  private final Path file;
  private final FileChannel channel;
  private final int featureCount;
  private final int recordSize;
  private final int recordsInSegment;

  /** The mappings so far; the last one may have fewer records than the file by now. */
  private final List<MappedByteBuffer> segments = new ArrayList<>();

  private final Map<Key, Integer> index = new HashMap<>();
  private final BitSet checked = new BitSet();
  private int records;

  /** Of an image file and one of its views; 0 is the image as it is. */
  private record Key(String hash, int view) {}

  /** Features that are to be kept. */
  static final class Entry {
    private final String hash;
    private final int view;
    private final float[] features;

    /**
     * Features of an image.
     *
     * @param hash SHA-256 of the image file, 64 hexadecimal digits
     * @param view the view, 0 for the image as it is
     */
    Entry(String hash, int view, float[] features) {
      this.hash = hash;
      this.view = view;
      this.features = features;
    }
  }

  private FeatureFile(Path file, FileChannel channel, int featureCount) {
    this.file = file;
    this.channel = channel;
    this.featureCount = featureCount;
    this.recordSize = Math.addExact(KEY + 4, Math.multiplyExact(4, featureCount));
    this.recordsInSegment = (int) Math.max(1, SEGMENT / recordSize);
  }

  /** Opens a file, which is made if it is missing; what is no such file is replaced. */
  static FeatureFile open(Path file, int featureCount) throws IOException {
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      FeatureFile opened = new FeatureFile(file, channel, featureCount);
      synchronized (APPENDING) {
        FileLock lock = channel.lock();
        try {
          opened.refresh();
        } finally {
          lock.release();
        }
      }
      return opened;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * The record of an image's view.
   *
   * @return its number, or -1 if there is none, or only a damaged one
   */
  int find(String hash, int view) throws IOException {
    Key key = new Key(hash, view);
    Integer record = index.get(key);
    if (record == null) {
      return -1;
    }
    if (!checked.get(record)) {
      ByteBuffer bytes = record(record);
      if (bytes.getInt(recordSize - 4) != checksum(bytes)) {
        index.remove(key);
        return -1;
      }
      checked.set(record);
    }
    return record;
  }

  /** Copies the features of a record that {@link #find} gave. Thread-safe. */
  void copy(int record, float[] into, int offset) throws IOException {
    record(record)
        .slice(KEY, 4 * featureCount)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(0, into, offset, featureCount);
  }

  /** Appends features, but for those that another process has appended meanwhile. */
  void append(List<Entry> entries) throws IOException {
    synchronized (APPENDING) {
      FileLock lock = channel.lock();
      try {
        refresh();
        ByteBuffer bytes = ByteBuffer.allocate(recordSize).order(ByteOrder.LITTLE_ENDIAN);
        for (Entry entry : entries) {
          if (entry.features.length != featureCount) {
            throw new IllegalArgumentException(
                "Features: expected " + featureCount + " values, found " + entry.features.length);
          }
          if (find(entry.hash, entry.view) < 0) {
            bytes.clear();
            bytes.put(HexFormat.of().parseHex(entry.hash)).putInt(entry.view);
            bytes.asFloatBuffer().put(entry.features);
            bytes.putInt(recordSize - 4, checksum(bytes));
            write(bytes.clear(), HEADER + (long) records * recordSize);
            index.put(new Key(entry.hash, entry.view), records);
            checked.set(records);
            records++;
          }
        }
      } finally {
        lock.release();
      }
    }
  }

  /** Drops what is torn, and takes up what is new. The caller has the lock. */
  private void refresh() throws IOException {
    ByteBuffer header = ByteBuffer.allocate(HEADER).order(ByteOrder.LITTLE_ENDIAN);
    header.put(MAGIC).putInt(featureCount).clear();
    ByteBuffer found = ByteBuffer.allocate(HEADER);
    read(found, 0);
    if (found.hasRemaining() || !found.flip().equals(header)) {
      channel.truncate(0);
      write(header, 0);
    }
    long size = channel.size();
    int whole = Math.toIntExact((size - HEADER) / recordSize);
    if (HEADER + (long) whole * recordSize != size) {
      channel.truncate(HEADER + (long) whole * recordSize);
    }
    if (whole < records) {
      throw new IOException(
          file
              + ": expected the features of "
              + records
              + " images and views, found "
              + whole
              + ". Do not change the cache while a training runs; train again.");
    }
    byte[] hash = new byte[HASH];
    for (int record = records; record < whole; record++) {
      ByteBuffer key = ByteBuffer.allocate(KEY).order(ByteOrder.LITTLE_ENDIAN);
      read(key, HEADER + (long) record * recordSize);
      key.flip().get(hash);
      index.put(new Key(HexFormat.of().formatHex(hash), key.getInt()), record);
    }
    records = whole;
  }

  /** Reads as much as there is. */
  private void read(ByteBuffer bytes, long position) throws IOException {
    long at = position;
    int read = 0;
    while (bytes.hasRemaining() && read >= 0) {
      read = channel.read(bytes, at);
      at += read;
    }
  }

  private void write(ByteBuffer bytes, long position) throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }

  /** A record, mapped now if it is not yet. */
  private synchronized ByteBuffer record(int record) throws IOException {
    int segment = record / recordsInSegment;
    int start = record % recordsInSegment * recordSize;
    if (segment >= segments.size() || start >= segments.get(segment).capacity()) {
      map(segment);
    }
    return segments.get(segment).slice(start, recordSize).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Maps all records of a segment, and of those before it, that are there now. */
  private void map(int segment) throws IOException {
    for (int i = Math.max(0, segments.size() - 1); i <= segment; i++) {
      long first = (long) i * recordsInSegment;
      long bytes = Math.min(recordsInSegment, records - first) * recordSize;
      MappedByteBuffer mapped =
          channel.map(FileChannel.MapMode.READ_ONLY, HEADER + first * recordSize, bytes);
      if (i < segments.size()) {
        segments.set(i, mapped);
      } else {
        segments.add(mapped);
      }
    }
  }

  private int checksum(ByteBuffer record) {
    CRC32 crc = new CRC32();
    crc.update(record.duplicate().position(0).limit(recordSize - 4));
    return (int) crc.getValue();
  }

  @Override
  public void close() throws IOException {
    if (channel.isOpen() && records > 0) {
      record(records - 1);
    }
    channel.close();
  }
}
