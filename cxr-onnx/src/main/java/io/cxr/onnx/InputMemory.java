package io.cxr.onnx;

import ai.onnxruntime.OnnxTensor;
import io.cxr.preprocess.ModelPreprocessor;
import io.cxr.radiograph.Radiograph;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Direct memory for some samples of all inputs of a graph, each input's samples one after the
 * other. One thread at a time.
 */
final class InputMemory {
  private final List<GraphInput> inputs;
  private final int samples;
  private final List<ByteBuffer> bytes = new ArrayList<>();

  /** The same memory as the preprocessor writes it: floats, or bytes for gray pixels. */
  private final List<Buffer> values = new ArrayList<>();

  InputMemory(List<GraphInput> inputs, int samples) {
    this.inputs = inputs;
    this.samples = samples;
    for (GraphInput input : inputs) {
      ByteBuffer memory =
          ByteBuffer.allocateDirect(Math.multiplyExact(samples, input.sampleBytes()))
              .order(ByteOrder.nativeOrder());
      bytes.add(memory);
      values.add(input.takesGray() ? memory.duplicate() : memory.asFloatBuffer());
    }
  }

  /** Preprocesses a radiograph into the memory of one sample. */
  void fill(int sample, ModelPreprocessor preprocessor, Radiograph radiograph) {
    for (int i = 0; i < inputs.size(); i++) {
      Buffer memory = values.get(i);
      memory.position(sample * (memory.capacity() / samples));
    }
    preprocessor.preprocess(radiograph, values);
  }

  /** Copies the first sample of another memory of the same graph. */
  void copy(int sample, InputMemory from) {
    for (int i = 0; i < inputs.size(); i++) {
      int length = inputs.get(i).sampleBytes();
      bytes.get(i).put(sample * length, from.bytes.get(i), 0, length);
    }
  }

  /** A native view of some samples of one input. The caller closes it. */
  OnnxTensor tensor(NativeSession session, int input, int from, int count) {
    GraphInput graphInput = inputs.get(input);
    int each = graphInput.sampleBytes();
    ByteBuffer some =
        bytes.get(input).slice(from * each, count * each).order(ByteOrder.nativeOrder());
    long[] sizes = graphInput.sizes(count);
    return graphInput.takesGray()
        ? session.tensor(some, sizes)
        : session.tensor(some.asFloatBuffer(), sizes);
  }
}
