package io.cxr.commandline;

import io.cxr.onnx.OnnxClassifier;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which model runs, and where it is kept for a faster start. */
final class ModelOption {
  @Option(
      names = "--model",
      paramLabel = "MODEL.onnx",
      description = "The model; by default the one that comes with the library.")
  private @Nullable Path model;

  @Option(
      names = "--cache",
      paramLabel = "DIR",
      description = "Keeps the optimised model there, so that the next start is faster.")
  private @Nullable Path cache;

  /** Opens it; the caller closes it. */
  OnnxClassifier open() throws IOException {
    OnnxClassifier.Builder builder =
        model == null ? OnnxClassifier.builder() : OnnxClassifier.builder(model);
    return cache == null ? builder.open() : builder.cache(cache).open();
  }
}
