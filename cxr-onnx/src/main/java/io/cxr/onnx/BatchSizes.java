package io.cxr.onnx;

import io.cxr.Device;

/**
 * How many samples a run really has. On a processor: as many as there are. On a graphics card: the
 * next power of two, at most the batch limit, because cuDNN plans every convolution anew for each
 * size that it has not seen, and batches of whatever is ready have many sizes: a pipeline of 4,000
 * films through a ResNet-50 took 21 s in fp32 and 49 s in fp16 on an H200 whose runs alone need
 * about a second. Immutable.
 *
 * @param rounded whether sizes are rounded up
 * @param limit the most samples in one run, at least 1
 */
record BatchSizes(boolean rounded, int limit) {

  static BatchSizes on(Device device, int limit) {
    return new BatchSizes(device.kind() == Device.Kind.CUDA, limit);
  }

  /**
   * The size of a run.
   *
   * @param samples how many samples there are, 1 to the limit
   * @return {@code samples} or more; what is more than samples is computed and thrown away
   */
  int of(int samples) {
    if (!rounded || samples > limit) {
      return samples;
    }
    int power = Integer.highestOneBit(samples);
    return Math.min(power == samples ? power : 2 * power, limit);
  }
}
