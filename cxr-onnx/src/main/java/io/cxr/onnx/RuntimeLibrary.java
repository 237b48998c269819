package io.cxr.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtLoggingLevel;
import io.cxr.error.DeviceUnavailableException;
import io.cxr.error.DeviceUnavailableException.Reason;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * ONNX Runtime's native library in this process: loaded once, silent on standard error, and with
 * its reason where it does not load. Thread-safe.
 */
final class RuntimeLibrary {
  private static final System.Logger LOGGER = System.getLogger(RuntimeLibrary.class.getName());

  private static @Nullable OrtEnvironment environment;

  /** Java tries to load a class once, and tells the reason once. */
  private static @Nullable String failure;

  private RuntimeLibrary() {}

  /**
   * Chooses a cache's folder for the libraries, if they are not loaded yet.
   *
   * @throws PrivateFolder.WritableByOthersException if others may write to what is loaded
   * @throws IOException if the libraries cannot be unpacked, or not be run from there
   */
  static synchronized void keepIn(Path folder) throws IOException {
    if (environment == null) {
      NativeLibraries.unpackInto(folder);
    }
  }

  /**
   * The one environment of this process; ONNX Runtime frees it when the JVM ends. Loads the library
   * where it is not loaded yet.
   *
   * @throws DeviceUnavailableException if it does not load
   */
  static synchronized OrtEnvironment environment() {
    if (environment == null) {
      environment = load();
    }
    return environment;
  }

  /**
   * Puts the libraries of graphics cards beside the library, if they are not there yet.
   *
   * @throws IOException if they cannot be unpacked
   */
  static synchronized void addProviders() throws IOException {
    NativeLibraries.unpackProviders();
  }

  private static OrtEnvironment load() {
    try {
      NativeLibraries.unpackForThisProcess();
    } catch (IOException e) {
      throw new DeviceUnavailableException(Reason.RUNTIME_MISSING, noTemporaryFolder(e), e);
    }
    try {
      Optional<Path> libraries = NativeLibraries.folder();
      if (libraries.isPresent() && !hasTemporaryFolder()) {
        initialiseFrom(libraries.get());
      }
      // Failures come as exceptions. The environment's own warnings, such as of graphics cards that
      // a container hides, would go to standard error.
      return OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, "cxr");
    } catch (LinkageError e) {
      if (failure == null) {
        failure = reason(e);
      }
      throw new DeviceUnavailableException(Reason.RUNTIME_MISSING, failure, e);
    }
  }

  private static boolean hasTemporaryFolder() {
    try {
      Files.delete(Files.createTempDirectory("cxr-onnxruntime"));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Does what ONNX Runtime does when it loads (1.28, {@code OnnxRuntime.init}) but for making a
   * temporary folder, which it does even where it has no use for one. Should another version do
   * otherwise, nothing is lost: it then loads in its own way, and asks for its folder.
   */
  private static void initialiseFrom(Path libraries) {
    try {
      Class<?> runtime = Class.forName("ai.onnxruntime.OnnxRuntime");
      if ((boolean) field(runtime, "loaded").get(null)) {
        return;
      }
      field(runtime, "libraryDirPathProperty").set(null, libraries.toString());
      for (String library : new String[] {"onnxruntime", "onnxruntime4j_jni"}) {
        method(runtime, "load", String.class).invoke(null, library);
      }
      int version =
          Arrays.stream(runtime.getDeclaredFields())
              .map(Field::getName)
              .filter(name -> name.matches("ORT_API_VERSION_[0-9]+"))
              .mapToInt(name -> Integer.parseInt(name.substring("ORT_API_VERSION_".length())))
              .max()
              .orElseThrow(() -> new NoSuchFieldException("ORT_API_VERSION"));
      Object api = method(runtime, "initialiseAPIBase", int.class).invoke(null, version);
      Object training =
          method(runtime, "initialiseTrainingAPIBase", long.class, int.class)
              .invoke(null, api, version);
      Object compiling = method(runtime, "initialiseCompileAPIBase", long.class).invoke(null, api);
      Object providers = method(runtime, "initialiseProviders", long.class).invoke(null, api);
      Object name = method(runtime, "initialiseVersion").invoke(null);
      field(runtime, "ortApiHandle").set(null, api);
      field(runtime, "ortTrainingApiHandle").set(null, training);
      field(runtime, "ortCompileApiHandle").set(null, compiling);
      field(runtime, "trainingEnabled").set(null, !training.equals(0L));
      field(runtime, "providers").set(null, providers);
      field(runtime, "version").set(null, name);
      field(runtime, "loaded").set(null, true);
    } catch (ReflectiveOperationException | RuntimeException e) {
      LOGGER.log(
          System.Logger.Level.DEBUG,
          "ONNX Runtime is not loaded without a temporary folder: {0}",
          root(e).toString());
    }
  }

  private static Field field(Class<?> type, String name) throws NoSuchFieldException {
    Field field = type.getDeclaredField(name);
    field.setAccessible(true);
    return field;
  }

  private static Method method(Class<?> type, String name, Class<?>... parameters)
      throws NoSuchMethodException {
    Method method = type.getDeclaredMethod(name, parameters);
    method.setAccessible(true);
    return method;
  }

  // Why it does not load --------------------------------------------------------------------------

  private static String noTemporaryFolder(Throwable cause) {
    return "Temporary folder "
        + System.getProperty("java.io.tmpdir")
        + ": expected one to unpack ONNX Runtime's native libraries to and to run them from,"
        + " found: "
        + words(root(cause))
        + ". Start Java with -Djava.io.tmpdir=DIR and a folder that can be written to and is"
        + " not mounted noexec, or keep the libraries in a cache (OnnxClassifier.Builder.cache,"
        + " --cache DIR).";
  }

  private static String reason(LinkageError e) {
    Throwable root = root(e);
    if (root instanceof IllegalCallerException) {
      Module module = OrtEnvironment.class.getModule();
      return "Native access is denied to ONNX Runtime: expected leave to load its library, found: "
          + words(root)
          + ". Start Java with --enable-native-access="
          + (module.isNamed() ? module.getName() : "ALL-UNNAMED")
          + ".";
    }
    if (root instanceof IOException && !hasTemporaryFolder()) {
      return noTemporaryFolder(e);
    }
    String found = words(root);
    String remedy =
        found.toLowerCase(Locale.ROOT).contains("failed to map segment")
            ? "The folder is on a file system that is mounted noexec: start Java with"
                + " -Djava.io.tmpdir=DIR and another one, or choose another cache."
            : "Use a platform that com.microsoft.onnxruntime:onnxruntime is built for; on Linux it"
                + " needs the GNU C library, which Alpine lacks.";
    return "ONNX Runtime's native library for "
        + System.getProperty("os.name")
        + " on "
        + System.getProperty("os.arch")
        + " does not load: "
        + found
        + ". "
        + remedy;
  }

  private static Throwable root(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  private static String words(Throwable failure) {
    String message = failure.getMessage();
    return failure.getClass().getSimpleName() + (message == null ? "" : ", " + message);
  }
}
