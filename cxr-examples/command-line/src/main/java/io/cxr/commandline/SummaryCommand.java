package io.cxr.commandline;

import io.cxr.train.architecture.Architecture;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints a network layer by layer. */
@Command(
    name = "summary",
    description = "Prints the layers and parameter counts of a network, as Keras does.",
    mixinStandardHelpOptions = true)
final class SummaryCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "ARCHITECTURE",
      description = "One of the networks that `cxr networks` lists.")
  private String architecture;

  @Option(names = "--labels", description = "How many labels (default: ${DEFAULT-VALUE}).")
  private int labels = 2;

  @Override
  public Integer call() {
    spec.commandLine().getOut().print(Architecture.named(architecture).summary(labels));
    spec.commandLine().getOut().flush();
    return 0;
  }
}
