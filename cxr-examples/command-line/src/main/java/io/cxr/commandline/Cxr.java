package io.cxr.commandline;

import io.cxr.Prediction;
import io.cxr.error.CxrException;
import io.cxr.webpage.WebPageCommand;
import io.cxr.workbench.WorkbenchCommand;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** The command {@code cxr}. Exit codes: 0 done, 1 failed or some inputs failed, 2 wrong usage. */
@Command(
    name = "cxr",
    description = {
      "Trains, evaluates and explains chest X-ray classifiers.",
      Prediction.NOTICE + "%n"
    },
    mixinStandardHelpOptions = true,
    versionProvider = Cxr.Version.class,
    subcommands = {
      DemoCommand.class,
      WorkbenchCommand.class,
      DicomCommand.class,
      TrainCommand.class,
      TrainLungsCommand.class,
      StackCommand.class,
      CrossValidateCommand.class,
      EvaluateCommand.class,
      AuditCommand.class,
      ClassifyCommand.class,
      AuditTrailCommand.class,
      ExportCommand.class,
      AdoptCommand.class,
      CardCommand.class,
      ModelsCommand.class,
      NetworksCommand.class,
      PhantomsCommand.class,
      SummaryCommand.class,
      CurvesCommand.class,
      ConfusionCommand.class,
      CompareCommand.class,
      WebPageCommand.class,
      HelpCommand.class
    })
public final class Cxr {

  /** Prints what jar this is. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Cxr.class.getPackage().getImplementationVersion();
      return new String[] {"cxr " + (version == null ? "(unpackaged)" : version)};
    }
  }

  private Cxr() {}

  /**
   * Runs the command line and exits with its code.
   *
   * @param arguments the arguments
   */
  public static void main(String[] arguments) {
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    System.exit(run(out, err, arguments));
  }

  /**
   * Runs the command line.
   *
   * @param out where results go
   * @param err where progress, warnings and failures go
   * @param arguments the arguments
   * @return the exit code
   */
  public static int run(PrintWriter out, PrintWriter err, String... arguments) {
    return commandLine(out, err).execute(arguments);
  }

  /** The commands, ready to be run. */
  static CommandLine commandLine(PrintWriter out, PrintWriter err) {
    return new CommandLine(new Cxr())
        .setOut(out)
        .setErr(err)
        .setExecutionExceptionHandler((failure, command, parsed) -> fail(failure, command))
        .setCaseInsensitiveEnumValuesAllowed(true);
  }

  private static int fail(Exception failure, CommandLine command) {
    command.getErr().println("cxr: " + reason(failure));
    if (Boolean.getBoolean("cxr.stacktrace")) {
      failure.printStackTrace(command.getErr());
    }
    return failure instanceof IllegalArgumentException
        ? CommandLine.ExitCode.USAGE
        : CommandLine.ExitCode.SOFTWARE;
  }

  /**
   * Names an input that failed, where others go on.
   *
   * @param err where failures go
   * @param input the input
   * @param failure what it failed with
   */
  static void failed(PrintWriter err, Path input, Exception failure) {
    err.println("cxr: " + input + ": " + reason(failure));
    if (Boolean.getBoolean("cxr.stacktrace")) {
      failure.printStackTrace(err);
    }
    err.flush();
  }

  /**
   * One sentence on a failure, whose exception may have a bare message.
   *
   * @param failure what a command failed with
   * @return its message where it is one of ours, else its kind, too
   */
  public static String reason(Exception failure) {
    if (failure instanceof NoSuchFileException missing) {
      return "No such file: " + missing.getFile();
    }
    if (failure instanceof InvalidPathException) {
      return "The name of the file cannot be expressed in this locale's character set ("
          + System.getProperty("sun.jnu.encoding")
          + "). Set LC_ALL=C.UTF-8, or rename the file.";
    }
    boolean ours =
        failure instanceof CxrException
            || failure instanceof UnreadableInputsException
            || failure instanceof IllegalArgumentException
            || failure instanceof IllegalStateException
            || failure instanceof UnsupportedOperationException;
    if (!ours || failure.getMessage() == null) {
      return failure.getClass().getSimpleName() + ": " + failure.getMessage();
    }
    return failure.getMessage();
  }
}
