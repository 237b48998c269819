package io.cxr.file;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/** Files of PNG images: their names say so, and they are whole. Thread-safe. */
public final class PngFile {
  private PngFile() {}

  /**
   * Writes an image (see {@link AtomicFile}). Missing folders are made.
   *
   * @param file a name that ends in {@code .png}, in any case; replaced if it is there
   * @param content puts the encoded image
   * @throws IOException if it cannot be written; what was there stays
   * @throws IllegalArgumentException if the name ends in something else, so that other programs
   *     would take the file for what it is not
   */
  public static void write(Path file, AtomicFile.Content content) throws IOException {
    String name = String.valueOf(file.getFileName());
    if (!name.toLowerCase(Locale.ROOT).endsWith(".png")) {
      int dot = name.lastIndexOf('.');
      throw new IllegalArgumentException(
          "Image: expected a file name that ends in .png, found "
              + (dot < 0 ? "one without an extension" : name.substring(dot))
              + ". Images are written as PNG; convert the file afterwards.");
    }
    AtomicFile.write(file, content);
  }
}
