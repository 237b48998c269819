package io.cxr.spark;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Names the jars for spark-submit. */
@Command(
    name = "jars",
    description = "Prints the jars that spark-submit --jars needs, joined by commas.",
    mixinStandardHelpOptions = true)
final class JarsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--scoring",
      description = {
        "Only those that executors need to score, for a program of your own that uses"
            + " SparkScoring;",
        "cxr-spark itself needs all."
      })
  private boolean scoring;

  @Override
  public Integer call() {
    List<String> jars = ApplicationJars.list(!scoring);
    if (jars.isEmpty()) {
      throw new IllegalStateException(
          "Jars: expected to be run by the launcher cxr-spark, which knows them.");
    }
    spec.commandLine().getOut().println(String.join(",", jars));
    spec.commandLine().getOut().flush();
    return 0;
  }
}
