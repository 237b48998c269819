package io.cxr.radiograph;

import java.lang.System.Logger.Level;

/**
 * Tells what a file has against its format's rules that is read all the same, since other programs
 * read it alike and its meaning is plain. One line in the log of {@code io.cxr.radiograph}.
 */
final class Leniency {
  private static final System.Logger LOG = System.getLogger("io.cxr.radiograph");

  private Leniency() {}

  static void tell(String format, String expected, String found, String taken) {
    LOG.log(Level.INFO, "{0}: expected {1}, found {2}; {3}", format, expected, found, taken);
  }
}
