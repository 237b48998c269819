// Layers that Keras has and TensorFlow.js lacks.
"use strict";

/** Registers them under their names in Keras. */
function register(tf) {
  const Layer = tf.layers.Layer;
  const one = (inputs) => (Array.isArray(inputs) ? inputs[0] : inputs);
  const zeros = () => tf.initializers.zeros();
  const steps = (value) => (Array.isArray(value) ? value : [value, value]);

  /** Keras' GlobalAveragePooling2D, which may keep the axes that it averages over. */
  class GlobalAveragePooling2D extends Layer {
    constructor(config) {
      super(config);
      this.keepdims = Boolean(config.keepdims);
    }
    computeOutputShape(shape) {
      return this.keepdims ? [shape[0], 1, 1, shape[3]] : [shape[0], shape[3]];
    }
    call(inputs) {
      return tf.tidy(() => tf.mean(one(inputs), [1, 2], this.keepdims));
    }
    getConfig() {
      return { ...super.getConfig(), keepdims: this.keepdims };
    }
    static get className() {
      return "GlobalAveragePooling2D";
    }
  }

  /** Keras' Normalization over channels, with the statistics of its weights. */
  class Normalization extends Layer {
    build(shape) {
      const channels = [shape[shape.length - 1]];
      this.mean = this.addWeight("mean", channels, "float32", zeros(), null, false);
      this.variance = this.addWeight("variance", channels, "float32", zeros(), null, false);
      this.count = this.addWeight("count", [], "float32", zeros(), null, false);
      this.built = true;
    }
    computeOutputShape(shape) {
      return shape;
    }
    call(inputs) {
      return tf.tidy(() => {
        const deviation = tf.maximum(tf.sqrt(this.variance.read()), tf.backend().epsilon());
        return tf.div(tf.sub(one(inputs), this.mean.read()), deviation);
      });
    }
    static get className() {
      return "Normalization";
    }
  }

  /**
   * Keras' Conv2D with groups: each part of the channels is convolved on its own. The kernel is
   * [row, column, channel, filter of the channel's group], as in the file of ResNeXt-50.
   */
  class GroupedConv2D extends Layer {
    constructor(config) {
      super(config);
      this.filters = config.filters;
      this.size = steps(config.kernelSize);
      this.strides = steps(config.strides);
      this.padding = config.padding;
      this.groups = config.groups;
      if (config.useBias || (config.activation && config.activation !== "linear")) {
        throw new Error("GroupedConv2D: expected neither bias nor activation");
      }
    }
    build(shape) {
      const kernel = [...this.size, shape[3], this.filters / this.groups];
      this.kernel = this.addWeight("kernel", kernel, "float32", zeros());
      this.built = true;
    }
    computeOutputShape(shape) {
      const length = (size, kernel, stride) =>
        Math.ceil((this.padding === "same" ? size : size - kernel + 1) / stride);
      return [
        shape[0],
        length(shape[1], this.size[0], this.strides[0]),
        length(shape[2], this.size[1], this.strides[1]),
        this.filters,
      ];
    }
    call(inputs) {
      return tf.tidy(() => {
        const parts = tf.split(one(inputs), this.groups, 3);
        const kernels = tf.split(this.kernel.read(), this.groups, 2);
        const convolved = parts.map((part, i) =>
          tf.conv2d(part, kernels[i], this.strides, this.padding)
        );
        return tf.concat(convolved, 3);
      });
    }
    static get className() {
      return "GroupedConv2D";
    }
  }

  /**
   * The same as Keras Applications' ResNeXt computes it: a depthwise convolution with a filter for
   * each pair of channels, then a sum over the inputs of a group.
   */
  class DepthwiseGroups extends GroupedConv2D {
    call(inputs) {
      return tf.tidy(() => {
        const [, , channels, each] = this.kernel.shape;
        const kernel = this.kernel.read();
        const products = tf.depthwiseConv2d(one(inputs), kernel, this.strides, this.padding);
        const [images, height, width] = products.shape;
        return products
          .reshape([images * height * width, this.groups, channels / this.groups, each])
          .sum(2)
          .reshape([images, height, width, this.filters]);
      });
    }
    static get className() {
      return "DepthwiseGroups";
    }
  }

  const classes = { GlobalAveragePooling2D, Normalization, GroupedConv2D, DepthwiseGroups };
  Object.values(classes).forEach((layer) => tf.serialization.registerClass(layer));
  return classes;
}

module.exports = { register };
