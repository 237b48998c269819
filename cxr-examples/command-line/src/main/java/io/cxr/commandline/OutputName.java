package io.cxr.commandline;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Holds the names of written files to what is written, so that no program takes them for else. */
final class OutputName {
  private OutputName() {}

  /**
   * Checks the end of a name.
   *
   * @param option the option that names the file
   * @param file the file to write
   * @param endings what it may end in, in any case
   * @throws IllegalArgumentException if it ends in something else
   */
  static void check(String option, Path file, String... endings) {
    String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
    List<String> allowed = List.of(endings);
    if (allowed.stream().noneMatch(name::endsWith)) {
      throw new IllegalArgumentException(
          option
              + ": expected a file name that ends in "
              + String.join(" or ", allowed)
              + ", which is what is written, found "
              + file.getFileName()
              + ".");
    }
  }
}
