package io.cxr.dataset;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes small files; nothing here is decoded, so any bytes are an image. */
final class TempTree {
  private final Path root;

  TempTree(Path root) {
    this.root = root;
  }

  /** Writes a file with content of its own: its name. */
  TempTree file(String name) throws IOException {
    return file(name, name);
  }

  TempTree file(String name, String content) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, content.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  TempTree folder(String name) throws IOException {
    Files.createDirectories(root.resolve(name));
    return this;
  }

  Path path(String name) {
    return root.resolve(name);
  }
}
