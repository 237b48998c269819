package io.cxr.benchmarks.gpu;

import io.cxr.benchmarks.BenchmarkModel;
import io.cxr.benchmarks.ModelPrecision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

/** Writes the networks that are packed, with 16-bit weights: half the size to carry. */
public final class GpuModels {
  private GpuModels() {}

  /**
   * Writes {@code resnet50.onnx} and {@code vgg16.onnx}.
   *
   * @param arguments a folder
   * @throws IOException if a file cannot be written
   */
  public static void main(String[] arguments) throws IOException {
    Path folder = Files.createDirectories(Path.of(arguments[0]));
    for (BenchmarkModel model :
        new BenchmarkModel[] {BenchmarkModel.RESNET50, BenchmarkModel.VGG16}) {
      Files.copy(
          model.file(ModelPrecision.FP16),
          folder.resolve(model.name().toLowerCase(Locale.ROOT) + ".onnx"),
          StandardCopyOption.REPLACE_EXISTING);
    }
    // Deeplearning4j leaves threads behind.
    System.exit(0);
  }
}
