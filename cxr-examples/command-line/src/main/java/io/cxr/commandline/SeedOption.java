package io.cxr.commandline;

import picocli.CommandLine.Option;

/** The seed of a training. */
final class SeedOption {
  @Option(names = "--seed", paramLabel = "N", description = "Split, initial weights and order.")
  private long seed = 1;

  long seed() {
    return seed;
  }
}
