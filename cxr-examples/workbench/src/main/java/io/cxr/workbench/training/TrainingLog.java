package io.cxr.workbench.training;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/**
 * What the processes of a job wrote to their standard error: films that were left out, what native
 * libraries say, stack traces. Users read it without the server's paths.
 *
 * @param folder the job's
 */
record TrainingLog(Path folder) {
  private static final String FILE = "training.log";
  private static final int LARGEST_TEXT = 256 << 10;
  private static final int LONGEST_MESSAGE = 300;

  /** Where processes append to. */
  Path file() {
    return folder.resolve(FILE);
  }

  /** How much there is; 0 before the first process. */
  long size() throws IOException {
    return Files.exists(file()) ? Files.size(file()) : 0;
  }

  /** Adds what a process wrote elsewhere. */
  void append(String line) throws IOException {
    Files.writeString(file(), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  /** The end of it, at most 256 KiB. */
  String text() throws IOException {
    long size = size();
    long start = Math.max(0, size - LARGEST_TEXT);
    String text = from(start);
    return start == 0 ? text : "(The beginning is left out.)\n" + text;
  }

  /**
   * The last message, which is no line of a stack trace.
   *
   * @param start where the process began to write
   */
  Optional<String> lastMessage(long start) throws IOException {
    List<String> lines = from(Math.max(start, size() - LARGEST_TEXT)).lines().toList();
    for (int i = lines.size() - 1; i >= 0; i--) {
      String line = lines.get(i).strip();
      if (!line.isEmpty() && !line.startsWith("at ") && !line.startsWith("... ")) {
        return Optional.of(
            line.length() <= LONGEST_MESSAGE ? line : line.substring(0, LONGEST_MESSAGE) + "...");
      }
    }
    return Optional.empty();
  }

  private String from(long start) throws IOException {
    if (size() <= start) {
      return "";
    }
    try (SeekableByteChannel channel = Files.newByteChannel(file())) {
      channel.position(start);
      ByteBuffer bytes = ByteBuffer.allocate((int) (channel.size() - start));
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
        // To the end.
      }
      return ServerPaths.of(folder)
          .hide(new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8));
    }
  }
}
