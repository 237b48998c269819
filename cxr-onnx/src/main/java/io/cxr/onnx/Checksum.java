package io.cxr.onnx;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;

/** Cyclic sums over files, against damage. */
final class Checksum {
  private static final int BLOCK = 1 << 20;

  private Checksum() {}

  static long crc32(Path file) throws IOException {
    return cyclic(file, new CRC32());
  }

  static long crc32c(Path file) throws IOException {
    return cyclic(file, new CRC32C());
  }

  private static long cyclic(Path file, java.util.zip.Checksum sum) throws IOException {
    // Not mapped: a file that shrinks meanwhile would end the process.
    ByteBuffer block = ByteBuffer.allocateDirect(BLOCK);
    try (FileChannel channel = FileChannel.open(file)) {
      while (channel.read(block) >= 0) {
        sum.update(block.flip());
        block.clear();
      }
    }
    return sum.getValue();
  }
}
