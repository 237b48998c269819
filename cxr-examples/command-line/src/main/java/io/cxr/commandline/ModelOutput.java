package io.cxr.commandline;

import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The model file that a training writes. */
final class ModelOutput {
  @Option(
      names = "--out",
      required = true,
      paramLabel = "MODEL.onnx",
      description = "The model file to write.")
  private @Nullable Path out;

  /** The file; another ending is an error. */
  Path file() {
    Path file = Objects.requireNonNull(out, "picocli requires it");
    OutputName.check("--out", file, ".onnx");
    return file;
  }
}
