package io.cxr.benchmarks;

import io.cxr.train.export.ExportInput;
import io.cxr.train.export.ModelExport;
import io.cxr.train.export.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Number formats that a model file is written in. */
public enum ModelPrecision {
  /** 32-bit floats throughout. */
  FP32(Precision.FP32, ExportInput.FLOAT, Verification.ROUNDING),
  /** The same on gray pixels, which the graph normalises and replicates. */
  FP32_GRAY(Precision.FP32, ExportInput.UINT8, Verification.ROUNDING),
  /** Weights in 16-bit floats, computed in 32. */
  FP16(Precision.FP16, ExportInput.FLOAT, 5e-3),
  /** The trunk in 16-bit floats on gray pixels, for graphics cards. */
  FP16_COMPUTE(Precision.FP16_COMPUTE, ExportInput.UINT8, 0.02),
  /** The trunk in 8-bit integers, calibrated on drawn images. */
  INT8(Precision.INT8, ExportInput.FLOAT, 0.05),
  /** The same on gray pixels. */
  INT8_GRAY(Precision.INT8, ExportInput.UINT8, 0.05);

  private static final int CALIBRATION_IMAGES = 8;
  private static final int CALIBRATION_SIZE = 256;

  private final Precision precision;
  private final ExportInput input;
  private final double tolerance;

  ModelPrecision(Precision precision, ExportInput input, double tolerance) {
    this.precision = precision;
    this.input = input;
    this.tolerance = tolerance;
  }

  /**
   * How far a probability may be from the one of {@link #FP32}.
   *
   * @return a difference of probabilities
   */
  public double tolerance() {
    return tolerance;
  }

  /**
   * Makes the file.
   *
   * @param source with float input and float weights, such as in {@link #FP32}
   * @param file to write
   * @throws IOException if a file cannot be read or written
   */
  public void write(Path source, Path file) throws IOException {
    ModelExport export = ModelExport.of(source).precision(precision).input(input);
    if (precision != Precision.INT8) {
      export.write(file);
      return;
    }
    Path folder = Files.createTempDirectory("cxr-calibration");
    List<Path> images = new ArrayList<>();
    try {
      for (int i = 0; i < CALIBRATION_IMAGES; i++) {
        Path image = folder.resolve(i + ".png");
        Files.write(image, RadiographKind.GRAY_PNG.encode(CALIBRATION_SIZE + i));
        images.add(image);
      }
      // Random weights have no accuracy to lose; the benchmark compares probabilities itself.
      export.calibration(images).force(true).write(file);
    } finally {
      for (Path image : images) {
        Files.deleteIfExists(image);
      }
      Files.delete(folder);
    }
  }
}
