package io.cxr.preprocess;

/** One step on 8-bit gray pixels, ready to run. Implementations are thread-safe. */
sealed interface GrayFilter
    permits FrameCropper,
        SquareCropper,
        SquarePadder,
        HistogramEqualizer,
        ClaheEqualizer,
        GaussianFilter,
        NearestResampler,
        BilinearResampler,
        LevelResampler {

  /**
   * Runs the step.
   *
   * @param image the image before; its pixels may be changed
   * @param workspace the call's memory, from which the image may have its pixels, too
   * @return the image after; perhaps the same object, perhaps in the workspace's memory
   */
  GrayImage apply(GrayImage image, Workspace workspace);
}
