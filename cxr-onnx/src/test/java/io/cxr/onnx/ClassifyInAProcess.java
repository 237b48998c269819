package io.cxr.onnx;

import io.cxr.Prediction;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Classifies in a process of its own: native libraries are loaded once in each. Prints where they
 * come from, and a prediction.
 */
final class ClassifyInAProcess {
  private ClassifyInAProcess() {}

  /** What became of it. */
  record Outcome(int status, String output, String errors) {}

  public static void main(String[] arguments) throws IOException {
    OnnxClassifier.Builder builder = OnnxClassifier.builder(Path.of(arguments[0]));
    if (arguments.length > 1) {
      builder.cache(Path.of(arguments[1]));
    }
    try (OnnxClassifier classifier = builder.open()) {
      Prediction prediction = classifier.classify(ClassifierContract.films(5, 1).get(0));
      System.out.println(
          System.getProperty("onnxruntime.native.path") + " " + prediction.probabilities());
    }
  }

  static Outcome run(List<String> wrapper, List<String> options, Path... arguments)
      throws IOException, InterruptedException {
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    return run(wrapper, java, options, arguments);
  }

  /**
   * Runs the process.
   *
   * @param wrapper a command that runs the command that follows it; may be empty
   * @param options of the JVM
   * @param arguments the model, and a cache or none
   */
  static Outcome run(List<String> wrapper, Path java, List<String> options, Path... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(wrapper);
    command.add(java.toString());
    command.addAll(options);
    if (Runtime.version().feature() >= 24
        && options.stream().noneMatch(o -> o.contains("native"))) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.add(ClassifyInAProcess.class.getName());
    for (Path argument : arguments) {
      command.add(argument.toString());
    }
    Path errors = Files.createTempFile("classify", ".txt");
    try {
      ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
      builder.environment().put("CLASSPATH", System.getProperty("java.class.path"));
      Process process = builder.start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(1, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new IOException("No end within a minute: " + command);
      }
      return new Outcome(process.exitValue(), output, Files.readString(errors));
    } finally {
      Files.delete(errors);
    }
  }
}
