package io.cxr.spark;

import java.io.PrintWriter;
import picocli.CommandLine.Option;

/** In what pieces films are worked on and written, the same for every command with a table. */
final class RoundOptions {
  @Option(
      names = "--films-per-task",
      paramLabel = "N",
      description = "The most films of a task, which a lost executor loses.")
  private int filmsPerTask = 200;

  @Option(
      names = "--films-per-round",
      paramLabel = "N",
      description = "About how many films are written at a time, which a killed driver loses.")
  private int filmsPerRound = 10_000;

  /** What was chosen, with news of each round on standard error. */
  GrowingTable.Rounds rounds(PrintWriter err) {
    return new GrowingTable.Rounds(
        filmsPerTask,
        filmsPerRound,
        message -> {
          err.println("cxr-spark: " + message);
          err.flush();
        });
  }
}
