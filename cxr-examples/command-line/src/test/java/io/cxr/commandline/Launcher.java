package io.cxr.commandline;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.Attributes;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/**
 * The launcher {@code cxr} in a folder that looks like a built clone, with the class path of this
 * test, so that it runs what is tested and builds nothing.
 */
final class Launcher {
  private static final long MOST_MINUTES = 10;

  record Output(int exitCode, String out, String err) {}

  private final Path script;

  private Launcher(Path script) {
    this.script = script;
  }

  /** Lays out the clone. */
  static Launcher in(Path folder) throws IOException {
    Path script = folder.resolve("cxr");
    Files.copy(Path.of("../../cxr"), script);
    Files.createDirectories(folder.resolve("cxr-examples/command-line/src/main"));
    Files.writeString(folder.resolve("pom.xml"), "");
    Files.writeString(folder.resolve("cxr-examples/command-line/pom.xml"), "");
    Path target = folder.resolve("cxr-examples/command-line/target");
    Files.createDirectories(target.resolve("classes"));
    Path libraries = Files.createDirectories(target.resolve("lib"));
    // One jar that names all others, and the folders of classes, where they are.
    StringBuilder classPath = new StringBuilder();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      classPath.append(Path.of(entry).toAbsolutePath().toUri()).append(' ');
    }
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().put(Attributes.Name.CLASS_PATH, classPath.toString());
    new JarOutputStream(Files.newOutputStream(libraries.resolve("all.jar")), manifest).close();
    Files.writeString(target.resolve("cxr.built"), "");
    return new Launcher(script);
  }

  /** Whether this machine can run it: it is a script for a shell. */
  static boolean runs() {
    return Files.isExecutable(Path.of("/bin/sh")) && Files.exists(Path.of("../../cxr"));
  }

  Path script() {
    return script;
  }

  Output run(Map<String, String> environment, Object... arguments)
      throws IOException, InterruptedException {
    return run(script, environment, arguments);
  }

  /** Runs a link to the script. */
  static Output run(Path script, Map<String, String> environment, Object... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("/bin/sh", script.toString()));
    Stream.of(arguments).map(Object::toString).forEach(command::add);
    Path out = Files.createTempFile("cxr", ".out");
    Path err = Files.createTempFile("cxr", ".err");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
      builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
      builder.environment().putAll(environment);
      Process process = builder.start();
      if (!process.waitFor(MOST_MINUTES, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new IOException("the launcher did not end");
      }
      return new Output(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }
}
