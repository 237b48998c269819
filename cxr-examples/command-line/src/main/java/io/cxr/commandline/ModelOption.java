package io.cxr.commandline;

import io.cxr.onnx.OnnxClassifier;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which model runs, where, and where it is kept for a faster start. */
final class ModelOption {
  @Mixin private DeviceOption device;

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

  /**
   * Opens it; the caller closes it.
   *
   * @param err where it is said that the model's training was not finished
   */
  OnnxClassifier open(PrintWriter err) throws IOException {
    OnnxClassifier.Builder builder =
        (model == null ? OnnxClassifier.builder() : OnnxClassifier.builder(model))
            .session(device.settings());
    OnnxClassifier classifier = cache == null ? builder.open() : builder.cache(cache).open();
    if (classifier.card().training().map(training -> !training.finished()).orElse(false)) {
      err.printf(
          "cxr: %s: its training was not finished, so its answers may be worse than they could be"
              + "%s. Go on with cxr train --resume.%n",
          classifier.model().name(),
          classifier.card().calibration().isPresent()
              ? ""
              : ", its probabilities are not calibrated, and pictures of any kind are answered");
      err.flush();
    }
    return classifier;
  }
}
