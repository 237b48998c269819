package io.cxr.train.export;

import static io.cxr.train.export.OnnxGraph.attribute;

import ai.onnx.proto.OnnxMl.AttributeProto;
import io.cxr.train.network.Shape;
import org.deeplearning4j.nn.conf.ConvolutionMode;

/** How a convolution or a pool slides over a map, along rows and along columns. */
record Window(Axis rows, Axis columns) {
  /** A kernel of one pixel. */
  static final Window PIXEL = new Window(new Axis(1, 1, 1, 0, 0), new Axis(1, 1, 1, 0, 0));

  /** One direction. {@code before} and {@code after} are padding. */
  record Axis(int kernel, int stride, int dilation, int before, int after) {

    /**
     * As Deeplearning4j slides. In the mode Same, the output has one value a stride, and the odd
     * row or column of padding comes last.
     */
    static Axis of(
        ConvolutionMode mode, int kernel, int stride, int padding, int dilation, int size) {
      if (mode != ConvolutionMode.Same) {
        return new Axis(kernel, stride, dilation, padding, padding);
      }
      int output = (size + stride - 1) / stride;
      int extent = (kernel - 1) * dilation + 1;
      int total = (output - 1) * stride + extent - size;
      int before = total / 2;
      return new Axis(kernel, stride, dilation, before, Math.max(before, total - before));
    }

    /**
     * Whether Deeplearning4j slides as documented: in the mode Same, a stride well above the kernel
     * would need negative padding, which its convolutions refuse and its pools take for a shift.
     */
    boolean regular() {
      return before >= 0;
    }

    Axis padded(int more, int less) {
      return new Axis(kernel, stride, dilation, before + more, after + less);
    }

    /** Truncates, as the mode of that name does; Strict has nothing to truncate. */
    int output(int size) {
      int room = size + before + after - ((kernel - 1) * dilation + 1);
      return room < 0 ? 0 : room / stride + 1;
    }

    boolean hasPadding() {
      return before > 0 || after > 0;
    }

    /** ONNX Runtime pads a pool by less than its kernel only. */
    boolean suitsPool() {
      return before < kernel && after < kernel;
    }
  }

  static Window of(
      ConvolutionMode mode, int[] kernel, int[] stride, int[] padding, int[] dilation, Shape in) {
    return new Window(
        Axis.of(mode, kernel[0], stride[0], padding[0], dilation[0], in.rows()),
        Axis.of(mode, kernel[1], stride[1], padding[1], dilation[1], in.columns()));
  }

  Shape output(int channels, Shape in) {
    return Shape.map(channels, rows.output(in.rows()), columns.output(in.columns()));
  }

  /** With the zeros of a padding before it as its own. */
  Window padded(Operation.Padding padding) {
    return new Window(
        rows.padded(padding.top(), padding.bottom()),
        columns.padded(padding.left(), padding.right()));
  }

  /** As a convolution's node has it. */
  AttributeProto[] attributes() {
    return new AttributeProto[] {
      attribute("strides", rows.stride(), columns.stride()),
      attribute("pads", rows.before(), columns.before(), rows.after(), columns.after()),
      attribute("dilations", rows.dilation(), columns.dilation()),
    };
  }

  boolean hasPadding() {
    return rows.hasPadding() || columns.hasPadding();
  }

  boolean suitsPool() {
    return rows.suitsPool() && columns.suitsPool();
  }

  boolean regular() {
    return rows.regular() && columns.regular();
  }

  boolean dilated() {
    return rows.dilation() > 1 || columns.dilation() > 1;
  }
}
