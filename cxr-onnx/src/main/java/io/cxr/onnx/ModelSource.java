package io.cxr.onnx;

import io.cxr.Device;
import io.cxr.error.ModelFormatException;
import io.cxr.file.Sha256;
import io.cxr.model.ModelCard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/** A model in a file or in the library, and the ways to open it. Immutable. */
final class ModelSource {
  private static final System.Logger LOGGER = System.getLogger(ModelSource.class.getName());

  private final String origin;
  private final Content content;
  private final @Nullable Path file;

  private ModelSource(String origin, Content content, @Nullable Path file) {
    this.origin = origin;
    this.content = content;
    this.file = file;
  }

  /** The bytes of a model. */
  interface Content {
    byte[] read() throws IOException;
  }

  /** A model in a file. */
  static ModelSource of(Path file) {
    return new ModelSource("Model " + file, () -> NativeSession.read(file), file);
  }

  /** A model in memory, which nobody changes any more. */
  static ModelSource of(byte[] model) {
    return new ModelSource("Model of " + model.length + " bytes", () -> model, null);
  }

  /**
   * A model that is no file.
   *
   * @param origin how messages name it
   */
  static ModelSource of(String origin, Content content) {
    return new ModelSource(origin, content, null);
  }

  /** How messages name the model. */
  String origin() {
    return origin;
  }

  /**
   * A model ready to run.
   *
   * @param session the caller closes it
   * @param sha256 of the model file, in hexadecimal
   * @param card the model's card, where it is known without asking the session
   * @param output where the network's output comes from
   */
  record Opened(
      NativeSession session, String sha256, Optional<ModelCard> card, OutputOrigin output) {
    Opened(NativeSession session, String sha256, OutputOrigin output) {
      this(session, sha256, Optional.empty(), output);
    }
  }

  /**
   * Opens the model.
   *
   * @param settings how to run it
   * @param cache a folder with optimised models and unpacked libraries, or null
   * @throws IOException if the file is missing, a directory or unreadable, or others may write to
   *     the cache; a cache that cannot be used for another reason is done without
   * @throws ModelFormatException if it is no ONNX model that can be run
   */
  Opened open(SessionSettings settings, @Nullable Path cache) throws IOException {
    if (cache == null) {
      return open(content.read(), settings);
    }
    ModelCache kept;
    try {
      kept = ModelCache.open(cache);
    } catch (PrivateFolder.WritableByOthersException e) {
      throw e;
    } catch (IOException e) {
      warn(e);
      return open(content.read(), settings);
    }
    FutureTask<String> runtime = inBackground("cxr-load-runtime", () -> loadRuntime(kept));
    if (settings.device().kind() != Device.Kind.CPU) {
      byte[] bytes = content.read();
      result(runtime);
      return open(bytes, settings);
    }
    return open(settings, kept, runtime);
  }

  private Opened open(byte[] bytes, SessionSettings settings) throws IOException {
    // Hashing takes about as long as ONNX Runtime takes to load and to read the model.
    FutureTask<String> sha256 = inBackground("cxr-model-hash", () -> Sha256.hex(bytes));
    NativeSession session = NativeSession.open(bytes, origin, settings);
    try {
      return new Opened(session, result(sha256), OutputOrigin.of(bytes));
    } catch (IOException | RuntimeException e) {
      session.close();
      throw e;
    }
  }

  private Opened open(SessionSettings settings, ModelCache cache, FutureTask<String> runtime)
      throws IOException {
    byte @Nullable [] bytes = null;
    Optional<String> known = knownSha256(cache);
    String sha256;
    if (known.isPresent()) {
      sha256 = known.get();
    } else {
      Optional<String> stamp =
          file == null ? Optional.empty() : Optional.of(ModelCache.stamp(file));
      bytes = content.read();
      sha256 = Sha256.hex(bytes);
      note(cache, stamp, sha256);
    }
    Optional<Path> place = Optional.empty();
    try {
      String expected = expectedRuntime(runtime);
      Path first = cache.place(sha256, expected);
      FutureTask<Optional<ModelCard>> card = cardInBackground(first);
      Optional<Path> optimised = ModelCache.find(first);
      String loaded = result(runtime);
      if (!loaded.equals(expected)) {
        first = cache.place(sha256, loaded);
        card = cardInBackground(first);
        optimised = ModelCache.find(first);
      }
      place = Optional.of(first);
      if (optimised.isPresent()) {
        NativeSession session = NativeSession.openOptimized(optimised.get(), origin, settings);
        return new Opened(session, sha256, result(card), ModelCache.output(first));
      }
    } catch (PrivateFolder.WritableByOthersException e) {
      throw e;
    } catch (IOException | ModelFormatException e) {
      warn(e);
    }
    if (bytes == null) {
      bytes = content.read();
      String found = Sha256.hex(bytes);
      if (!found.equals(sha256)) {
        // Changed since it was noted: what is read now is what will run.
        return new Opened(
            NativeSession.open(bytes, origin, settings), found, OutputOrigin.of(bytes));
      }
    }
    return place.isEmpty()
        ? new Opened(NativeSession.open(bytes, origin, settings), sha256, OutputOrigin.of(bytes))
        : build(bytes, sha256, settings, cache, place.get());
  }

  /** Opens the model and keeps what optimisation made of it; without that, if it cannot be kept. */
  private Opened build(
      byte[] bytes, String sha256, SessionSettings settings, ModelCache cache, Path place) {
    OutputOrigin output = OutputOrigin.of(bytes);
    try (ModelCache.Draft draft = cache.draft(place)) {
      NativeSession session = NativeSession.openAndSave(bytes, origin, settings, draft);
      try {
        draft.keep(session.metadata(ModelCard.METADATA_KEY), output);
      } catch (IOException e) {
        warn(e);
      }
      return new Opened(session, sha256, output);
    } catch (IOException | ModelFormatException e) {
      // Either the cache cannot be written or the model is broken: the second attempt tells.
      NativeSession session = NativeSession.open(bytes, origin, settings);
      warn(e);
      return new Opened(session, sha256, output);
    }
  }

  private Optional<String> knownSha256(ModelCache cache) {
    // A missing file is reported as such by whoever reads it.
    if (file == null || !Files.isRegularFile(file)) {
      return Optional.empty();
    }
    try {
      return cache.knownSha256(file);
    } catch (IOException e) {
      warn(e);
      return Optional.empty();
    }
  }

  private void note(ModelCache cache, Optional<String> stamp, String sha256) {
    if (file == null || stamp.isEmpty()) {
      return;
    }
    try {
      cache.note(file, stamp.get(), sha256);
    } catch (IOException e) {
      warn(e);
    }
  }

  private static void warn(Exception e) {
    LOGGER.log(System.Logger.Level.WARNING, "Model cache not used: {0}", e.toString());
  }

  /** Its jar knows the version before its library is loaded, unless it runs as a module. */
  private static String expectedRuntime(FutureTask<String> runtime) throws IOException {
    Package library = ai.onnxruntime.OrtEnvironment.class.getPackage();
    String version = library == null ? null : library.getImplementationVersion();
    return version == null ? result(runtime) : version;
  }

  private static String loadRuntime(ModelCache cache) throws IOException {
    try {
      RuntimeLibrary.keepIn(cache.libraries());
    } catch (PrivateFolder.WritableByOthersException e) {
      throw e;
    } catch (IOException e) {
      warn(e);
    }
    return RuntimeLibrary.environment().getVersion();
  }

  /** Reading a card takes as long as loading ONNX Runtime: most of it is loading classes. */
  private static FutureTask<Optional<ModelCard>> cardInBackground(Path place) {
    return inBackground(
        "cxr-model-card",
        () -> {
          try {
            return ModelCache.card(place).map(ModelCard::fromJson);
          } catch (IOException | ModelFormatException e) {
            // The session has a card, too.
            return Optional.empty();
          }
        });
  }

  private static <T> FutureTask<T> inBackground(String name, Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
    return task;
  }

  /** Waits for a background task, whatever interrupts: it takes a fraction of a second. */
  private static <T> T result(FutureTask<T> task) throws IOException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          if (e.getCause() instanceof RuntimeException failure) {
            throw failure;
          }
          if (e.getCause() instanceof Error failure) {
            throw failure;
          }
          if (e.getCause() instanceof IOException failure) {
            throw failure;
          }
          throw new IOException(e.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
