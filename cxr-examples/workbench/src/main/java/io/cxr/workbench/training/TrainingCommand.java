package io.cxr.workbench.training;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * How a {@link TrainingProcess} is started: by the Java runtime and with the class path of this
 * process, and with as much heap.
 */
final class TrainingCommand {
  /** What of this process' own options another one needs to run the same. */
  private static final List<String> KEPT =
      List.of(
          "--add-",
          "--enable-native-access",
          "--sun-misc-unsafe-memory-access",
          "-Dcxr.",
          "-Dorg.bytedeco.",
          "-Donnxruntime.",
          "-Djava.io.tmpdir");

  /**
   * Training frees hundreds of megabytes a layer; by default the C library gives such blocks back
   * to the system each time, which clears every page of the next one.
   */
  private static final Map<String, String> ALLOCATION =
      Map.of(
          "MALLOC_ARENA_MAX",
          "1",
          "MALLOC_MMAP_MAX_",
          "0",
          "MALLOC_TRIM_THRESHOLD_",
          "17179869184");

  private static final String ARGUMENTS = "java.arguments";
  private static final String CRASH = "crash.log";

  private TrainingCommand() {}

  /**
   * Starts the process of the job in a folder; its standard error goes to its log.
   *
   * @param folder the job's
   * @param heapBytes the most heap that it takes
   */
  static Process start(Path folder, long heapBytes) throws IOException {
    List<String> options = new ArrayList<>();
    for (String option : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (KEPT.stream().anyMatch(option::startsWith)) {
        options.add(option);
      }
    }
    options.add("-Xmx" + heapBytes);
    // Else it would be wherever the workbench was started.
    options.add("-XX:ErrorFile=" + folder.resolve(CRASH));
    options.add("-Djava.awt.headless=true");
    options.add("-cp");
    options.add(System.getProperty("java.class.path"));
    // In a file: a class path may be longer than a command line may be.
    Path arguments = folder.resolve(ARGUMENTS);
    Files.write(arguments, options.stream().map(TrainingCommand::quoted).toList());
    ProcessBuilder command =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "@" + arguments,
            TrainingProcess.class.getName(),
            folder.toString());
    ALLOCATION.forEach(command.environment()::putIfAbsent);
    command.redirectError(
        ProcessBuilder.Redirect.appendTo(new TrainingLog(folder).file().toFile()));
    return command.start();
  }

  /** As the launcher reads a file of arguments. */
  private static String quoted(String argument) {
    return '"' + argument.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
