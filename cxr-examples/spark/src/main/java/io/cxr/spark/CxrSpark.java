package io.cxr.spark;

import io.cxr.Prediction;
import io.cxr.commandline.Cxr;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.apache.spark.SparkException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;

/** The command {@code cxr-spark}. Exit codes: 0 done, 1 failed, 2 wrong usage. */
@Command(
    name = "cxr-spark",
    description = {
      "Scores radiographs and trains classifiers on Apache Spark: on this machine, or on a"
          + " cluster.",
      Prediction.NOTICE + "%n"
    },
    mixinStandardHelpOptions = true,
    versionProvider = CxrSpark.Version.class,
    subcommands = {
      ScoreCommand.class,
      FeaturesCommand.class,
      SparkTrainCommand.class,
      SparkCrossValidateCommand.class,
      BenchmarkCommand.class,
      JarsCommand.class,
      HelpCommand.class
    })
public final class CxrSpark {

  /** Prints what jar this is, and with which Spark. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = CxrSpark.class.getPackage().getImplementationVersion();
      return new String[] {
        "cxr-spark " + (version == null ? "(unpackaged)" : version),
        "Apache Spark " + org.apache.spark.package$.MODULE$.SPARK_VERSION()
      };
    }
  }

  private CxrSpark() {}

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
    return new CommandLine(new CxrSpark())
        .setOut(out)
        .setErr(err)
        .setExecutionExceptionHandler((failure, command, parsed) -> fail(failure, command))
        .execute(arguments);
  }

  private static int fail(Exception failure, CommandLine command) {
    Exception cause = failure;
    // What a task failed with says more than that one did.
    while ((cause instanceof SparkException || cause instanceof org.apache.spark.SparkThrowable)
        && cause.getCause() instanceof Exception inner) {
      cause = inner;
    }
    command.getErr().println("cxr-spark: " + Cxr.reason(cause));
    if (Boolean.getBoolean("cxr.stacktrace")) {
      failure.printStackTrace(command.getErr());
    }
    return failure instanceof IllegalArgumentException
        ? CommandLine.ExitCode.USAGE
        : CommandLine.ExitCode.SOFTWARE;
  }
}
