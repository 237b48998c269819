package io.cxr.preprocess;

/** One step on 8-bit gray pixels, ready to run. Implementations are thread-safe. */
sealed interface GrayFilter
    permits FrameCropper,
        HistogramEqualizer,
        ClaheEqualizer,
        GaussianFilter,
        NearestResampler,
        BilinearResampler {

  /**
   * Runs the step.
   *
   * @param image the image before; its pixels may be changed
   * @return the image after; perhaps the same object
   */
  GrayImage apply(GrayImage image);
}
