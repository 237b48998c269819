package io.cxr.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Writes files under a temporary name and moves them into place, so that no file is ever
 * incomplete. Thread-safe.
 */
public final class AtomicFile {
  private AtomicFile() {}

  /**
   * Writes text as UTF-8. Missing folders are made.
   *
   * @param file the file, replaced if it is there
   * @param text its content
   * @throws IOException if it cannot be written; what was there is whole then
   */
  public static void write(Path file, String text) throws IOException {
    write(file, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Writes bytes. Missing folders are made.
   *
   * @param file the file, replaced if it is there
   * @param content its content, from position to limit; consumed
   * @throws IOException if it cannot be written; what was there is whole then
   */
  public static void write(Path file, ByteBuffer content) throws IOException {
    write(
        file,
        channel -> {
          while (content.hasRemaining()) {
            channel.write(content);
          }
        });
  }

  /** Puts a file's content, from its beginning. */
  public interface Content {
    /**
     * Writes all of it.
     *
     * @param channel an empty file
     * @throws IOException if the disk is full, or the content cannot be had
     */
    void writeTo(FileChannel channel) throws IOException;
  }

  /**
   * Writes what is put. Missing folders are made.
   *
   * @param file the file, replaced if it is there
   * @param content puts its content
   * @throws IOException if it cannot be written; what was there is whole then
   */
  public static void write(Path file, Content content) throws IOException {
    Path whole = file.toAbsolutePath();
    Files.createDirectories(whole.resolveSibling("."));
    // Not Files.createTempFile, which lets only the owner read the file.
    Path temporary =
        whole.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        content.writeTo(channel);
      } catch (FileSystemException e) {
        // It names the file.
        throw e;
      } catch (IOException e) {
        // A full disk does not say where.
        throw new IOException(
            file
                + ": expected to write it whole, found: "
                + e.getMessage()
                + ". What was there before is as it was. Make room, or write elsewhere.",
            e);
      }
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }
}
