package io.cxr.commandline;

import io.cxr.train.architecture.Architecture;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints a network layer by layer. */
@Command(
    name = "summary",
    description =
        "Prints the layers and parameter counts of a network, as Keras does, with and without top.",
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
    Architecture network = Architecture.named(architecture);
    PrintWriter out = spec.commandLine().getOut();
    out.print(network.summary(labels));
    network
        .withoutTop()
        .ifPresent(
            base ->
                out.printf(
                    Locale.ROOT,
                    "Without top: %,d params, %.2f GFLOP an image%n",
                    base.parameters(),
                    base.operations() / 1e9));
    out.flush();
    return 0;
  }
}
