package io.cxr.benchmarks;

import io.cxr.model.ModelCard;
import io.cxr.train.export.OnnxExporter;
import io.cxr.train.export.Precision;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;

/** Number formats that a model file is written in. */
public enum ModelPrecision {
  /** 32-bit floats throughout. */
  FP32(Precision.FLOAT32, Verification.ROUNDING),
  /** Weights in 16-bit floats, computed in 32. */
  FP16(Precision.FLOAT16_WEIGHTS, 5e-3);

  private final Precision stored;
  private final double tolerance;

  ModelPrecision(Precision stored, double tolerance) {
    this.stored = stored;
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

  void write(ComputationGraph network, ModelCard card, Path file) throws IOException {
    OnnxExporter.export(network, card, Optional.empty(), stored, file);
  }
}
