import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.teavm.backend.javascript.JSModuleType;
import org.teavm.diagnostics.DefaultProblemTextConsumer;
import org.teavm.diagnostics.Problem;
import org.teavm.tooling.EmptyTeaVMToolLog;
import org.teavm.tooling.TeaVMTargetType;
import org.teavm.tooling.TeaVMTool;
import org.teavm.tooling.TeaVMToolException;
import org.teavm.vm.TeaVMOptimizationLevel;

/**
 * Compiles the readers to WebAssembly and to JavaScript: {@code CompileReaders FOLDER CLASSPATH}.
 * Of two classes of one name on the class path the first is taken, so that those of {@code
 * src/browser} take the place of some of {@code cxr-core}.
 */
public final class CompileReaders {
  private CompileReaders() {}

  /** Compiles one after the other, the script last: its time is what the build compares. */
  public static void main(String[] arguments) throws IOException, TeaVMToolException {
    File folder = new File(arguments[0]);
    List<File> classPath =
        Arrays.stream(arguments[1].split(File.pathSeparator)).map(File::new).toList();
    List<URL> places = new ArrayList<>();
    for (File file : classPath) {
      places.add(file.toURI().toURL());
    }
    // TeaVM finds the resources that are asked for by a service on it.
    try (URLClassLoader loader =
        new URLClassLoader(places.toArray(new URL[0]), ClassLoader.getPlatformClassLoader()) {
          @Override
          protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            return name.startsWith("org.teavm.")
                ? CompileReaders.class.getClassLoader().loadClass(name)
                : super.loadClass(name, resolve);
          }
        }) {
      compile(folder, classPath, loader, TeaVMTargetType.WEBASSEMBLY_GC);
      compile(folder, classPath, loader, TeaVMTargetType.JAVASCRIPT);
    }
  }

  private static void compile(
      File folder, List<File> classPath, ClassLoader loader, TeaVMTargetType target)
      throws TeaVMToolException {
    boolean wasm = target == TeaVMTargetType.WEBASSEMBLY_GC;
    String file = wasm ? "readers.wasm" : "readers-script.js";
    long start = System.nanoTime();
    TeaVMTool tool = new TeaVMTool();
    tool.setLog(new EmptyTeaVMToolLog());
    tool.setTargetDirectory(folder);
    tool.setTargetFileName(file);
    tool.setTargetType(target);
    tool.setClassPath(classPath);
    tool.setClassLoader(loader);
    tool.setMainClass("io.cxr.webpage.reading." + (wasm ? "WasmReading" : "ScriptReading"));
    tool.setJsModuleType(JSModuleType.ES2015);
    tool.setObfuscated(true);
    tool.setStrict(true);
    tool.setOptimizationLevel(TeaVMOptimizationLevel.ADVANCED);
    tool.generate();
    List<Problem> problems = tool.getProblemProvider().getSevereProblems();
    for (Problem problem : problems) {
      DefaultProblemTextConsumer text = new DefaultProblemTextConsumer();
      problem.render(text);
      System.err.println(
          text.getText()
              + (problem.getLocation() == null ? "" : " in " + problem.getLocation().getMethod()));
    }
    if (!problems.isEmpty()) {
      throw new IllegalStateException(file + ": " + problems.size() + " problems");
    }
    System.out.printf(
        "%s: %,d bytes in %.1f s%n",
        file, new File(folder, file).length(), (System.nanoTime() - start) / 1e9);
  }
}
