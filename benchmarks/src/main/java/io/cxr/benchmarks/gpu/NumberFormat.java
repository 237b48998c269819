package io.cxr.benchmarks.gpu;

import io.cxr.Device;
import io.cxr.benchmarks.ModelPrecision;
import io.cxr.onnx.CudaOptions;
import io.cxr.onnx.SessionSettings;
import java.util.Locale;

/** A number format that networks are timed in. Each takes gray pixels, one byte a pixel. */
enum NumberFormat {
  /** 32 bits throughout. */
  FP32(ModelPrecision.FP32_GRAY, "fp32", 1e-3),
  /** The same file; a card may round products to TF32. */
  TF32(ModelPrecision.FP32_GRAY, "tf32", 2e-2),
  /** The trunk in 16 bits. */
  FP16(ModelPrecision.FP16_COMPUTE, "fp16", 3e-2),
  /**
   * The trunk in pairs of QuantizeLinear and DequantizeLinear. ONNX Runtime's CUDA provider has no
   * convolution of 8 bits: it computes convolutions in 32-bit floats, between such pairs.
   */
  INT8(ModelPrecision.INT8_GRAY, "fp32", 0.15);

  private final ModelPrecision precision;
  private final String arithmetic;
  private final double tolerance;

  NumberFormat(ModelPrecision precision, String arithmetic, double tolerance) {
    this.precision = precision;
    this.arithmetic = arithmetic;
    this.tolerance = tolerance;
  }

  /** As results name it. */
  String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** How the file is made. */
  ModelPrecision precision() {
    return precision;
  }

  /** Which rate of matrix products it is held against. */
  String arithmetic() {
    return arithmetic;
  }

  /** The format whose answers on the CPU are the right ones. */
  NumberFormat reference() {
    return this == INT8 ? INT8 : FP32;
  }

  /** The largest difference to them, relative to the largest value. */
  double tolerance() {
    return tolerance;
  }

  /** Whether it is something of its own on a device. */
  boolean isOn(Device device) {
    return this != TF32 || device.kind() == Device.Kind.CUDA;
  }

  /** How {@code OnnxClassifier} runs it, where others run so. */
  SessionSettings in(SessionSettings settings) {
    return settings.withCuda(CudaOptions.defaults().withTf32(this == TF32));
  }
}
