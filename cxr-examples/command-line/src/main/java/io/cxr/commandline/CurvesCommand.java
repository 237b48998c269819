package io.cxr.commandline;

import io.cxr.train.TrainingHistory;
import io.cxr.train.report.Figure;
import io.cxr.train.report.TrainingCurves;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Draws a training's curves. */
@Command(
    name = "curves",
    description = "Draws accuracy and loss by epoch from the history that lies beside a model.",
    mixinStandardHelpOptions = true)
final class CurvesCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "NAME.history.json", description = "What a training wrote.")
  private Path history;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "The picture to write, .png or .svg.")
  private Path out;

  @Option(names = "--title", paramLabel = "TEXT", description = "By default the file's name.")
  private @Nullable String title;

  @Override
  public Integer call() throws IOException {
    Figure.checkName(out);
    String name = history.getFileName().toString().replaceFirst("(\\.history)?\\.json$", "");
    TrainingCurves.of(title == null ? name : title, TrainingHistory.read(history)).write(out);
    spec.commandLine().getOut().println(out);
    spec.commandLine().getOut().flush();
    return 0;
  }
}
