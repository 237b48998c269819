package io.cxr.spark;

import java.io.PrintWriter;
import java.io.Serializable;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkFiles;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/**
 * The arguments of a command on their way to the tasks, each of which makes of them the recipe and
 * the data set that one machine would: whatever can be said on the command line has one meaning.
 * Files of the network are sent to each executor once; the images must be where all see them.
 */
final class TaskArguments implements Serializable {
  private static final long serialVersionUID = 1;
  private static final List<String> SENT = List.of("--weights", "--base");
  private static final String FILE = "spark-file:";

  private final ArrayList<String> arguments;

  private TaskArguments(List<String> arguments) {
    this.arguments = new ArrayList<>(arguments);
  }

  /**
   * Sends what executors do not have.
   *
   * @param command which was given them
   * @param features a file of the feature cache that executors shall have; null for none
   */
  static TaskArguments of(JavaSparkContext context, CommandLine command, @Nullable Path features) {
    if (command.getParseResult().hasMatchedOption("--threads")) {
      throw new IllegalArgumentException(
          "--threads: expected none on Spark, where a task has a thread a core. Give --conf"
              + " spark.task.cpus=N for more.");
    }
    List<String> all = command.getParseResult().originalArgs();
    List<String> arguments = all.subList(all.indexOf(command.getCommandName()) + 1, all.size());
    List<String> sent = new ArrayList<>();
    boolean file = false;
    for (String argument : arguments) {
      String[] parts = argument.split("=", 2);
      if (file) {
        sent.add(send(context, argument));
      } else if (parts.length == 2 && SENT.contains(parts[0])) {
        sent.add(parts[0] + "=" + send(context, parts[1]));
      } else {
        sent.add(argument);
      }
      file = !file && SENT.contains(argument);
    }
    if (features != null && context.isLocal()) {
      sent.add("--cache=" + features.toAbsolutePath().getParent());
    } else if (features != null) {
      context.addFile(features.toUri().toString());
      sent.add("--cache=" + FILE);
    }
    // As many threads as a task has cores: an executor has as many tasks at once as fill its own.
    sent.add("--threads=" + context.getConf().getInt("spark.task.cpus", 1));
    return new TaskArguments(sent);
  }

  private static String send(JavaSparkContext context, String file) {
    if (context.isLocal()) {
      return Path.of(file).toAbsolutePath().toString();
    }
    Path path = Path.of(file).toAbsolutePath();
    context.addFile(path.toUri().toString());
    return FILE + path.getFileName();
  }

  /** Sets the options of a command of this machine, which is then asked and never run. */
  <T> T parse(T command) {
    List<String> own = new ArrayList<>();
    for (String argument : arguments) {
      int at = argument.indexOf(FILE);
      if (at < 0) {
        own.add(argument);
      } else {
        String name = argument.substring(at + FILE.length());
        own.add(
            argument.substring(0, at)
                + (name.isEmpty() ? SparkFiles.getRootDirectory() : SparkFiles.get(name)));
      }
    }
    try {
      new CommandLine(command)
          .setErr(new PrintWriter(Writer.nullWriter()))
          .setOverwrittenOptionsAllowed(true)
          .parseArgs(own.toArray(String[]::new));
    } catch (CommandLine.ParameterException e) {
      // It holds the whole command line, which cannot be sent back to the driver.
      throw new IllegalArgumentException(e.getMessage());
    }
    return command;
  }

  /** Stands for all of them. */
  String key() {
    return String.join("\n", arguments);
  }
}
