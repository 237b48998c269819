package io.cxr.radiograph;

/** Takes the place of {@code Leniency}, which writes to a log. */
final class Leniency {
  private Leniency() {}

  static void tell(String format, String expected, String found, String taken) {}
}
