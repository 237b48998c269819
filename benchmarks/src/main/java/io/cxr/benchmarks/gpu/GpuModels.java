package io.cxr.benchmarks.gpu;

import java.io.IOException;
import java.nio.file.Path;

/** Writes the networks that {@code benchmarks/gpu/pack} packs, with 16-bit weights. */
public final class GpuModels {
  private GpuModels() {}

  /**
   * Writes {@code resnet50.onnx} and {@code vgg16.onnx}.
   *
   * @param arguments a folder
   * @throws IOException if a file cannot be written
   */
  public static void main(String[] arguments) throws IOException {
    for (TimedNetwork network : TimedNetwork.values()) {
      network.source(Path.of(arguments[0]));
    }
    // Deeplearning4j leaves threads behind.
    System.exit(0);
  }
}
