package io.cxr.train;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Images of one size as 8-bit gray in a temporary file, so that a training has as many as the disk
 * holds: 100,000 of 224 x 224 are 5 GB. The system's file cache keeps those in memory for which
 * there is room. The file is deleted when it is closed, on most systems as soon as it is opened.
 * Images are appended by one thread; reading is thread-safe.
 */
final class GrayFile implements AutoCloseable {
  private final FileChannel channel;
  private final int pixels;
  private int size;

  private GrayFile(FileChannel channel, int pixels) {
    this.channel = channel;
    this.pixels = pixels;
  }

  /**
   * Makes an empty file.
   *
   * @param beside a file in whose folder there is room
   * @param pixels how many an image has
   */
  static GrayFile beside(Path beside, int pixels) throws IOException {
    Path whole = beside.toAbsolutePath();
    Path file = whole.resolveSibling("." + whole.getFileName() + "." + UUID.randomUUID() + ".gray");
    return new GrayFile(
        FileChannel.open(
            file,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE),
        pixels);
  }

  void append(byte[] gray) throws IOException {
    if (gray.length != pixels) {
      throw new IllegalArgumentException(
          "Image: expected " + pixels + " pixels, found " + gray.length);
    }
    ByteBuffer content = ByteBuffer.wrap(gray);
    long start = (long) size * pixels;
    while (content.hasRemaining()) {
      channel.write(content, start + content.position());
    }
    size++;
  }

  /** An image, as a copy. */
  byte[] gray(int index) throws IOException {
    byte[] gray = new byte[pixels];
    ByteBuffer content = ByteBuffer.wrap(gray);
    long start = (long) index * pixels;
    while (content.hasRemaining()) {
      if (channel.read(content, start + content.position()) < 0) {
        throw new EOFException("Image " + index + ": expected one of " + size + ", found none");
      }
    }
    return gray;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
