package io.cxr.commandline;

import io.cxr.phantom.FindingsPhantom;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Draws films with findings that are known, to try what needs a table of findings. */
@Command(
    name = "phantoms",
    description = {
      "Draws synthetic films with fourteen planted findings, and a table as that of ChestX-ray14,",
      "to try training, evaluation and heatmaps. They do not depict a patient.%n"
    },
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class PhantomsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "DIR", description = "The folder to write to.")
  private Path folder;

  @Option(names = "--films", paramLabel = "N", description = "How many films.")
  private int films = 2000;

  @Option(names = "--size", paramLabel = "PIXELS", description = "Rows and columns of each.")
  private int size = 224;

  @Mixin private SeedOption seed;

  @Override
  public Integer call() throws IOException {
    if (films < 1 || size < 1) {
      throw new IllegalArgumentException(
          "--films and --size: expected at least 1, found " + films + " and " + size);
    }
    FindingsPhantom.writeTable(folder, films, size, seed.seed());
    PrintWriter out = spec.commandLine().getOut();
    out.printf(
        "%d films, %s and %s%n",
        films, folder.resolve(FindingsPhantom.TABLE), folder.resolve(FindingsPhantom.BOXES));
    out.flush();
    return 0;
  }
}
