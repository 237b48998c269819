package io.cxr.preprocess;

import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep;
import io.cxr.model.PreprocessingStep.BorderCrop;
import io.cxr.model.PreprocessingStep.CentreCrop;
import io.cxr.model.PreprocessingStep.ChannelNormalization;
import io.cxr.model.PreprocessingStep.ChannelReplication;
import io.cxr.model.PreprocessingStep.Clahe;
import io.cxr.model.PreprocessingStep.FullDepth;
import io.cxr.model.PreprocessingStep.GaussianBlur;
import io.cxr.model.PreprocessingStep.HistogramEqualization;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.PreprocessingStep.Resize;
import io.cxr.model.PreprocessingStep.SquarePad;
import io.cxr.radiograph.Radiograph;
import java.util.ArrayList;
import java.util.List;

/**
 * The steps of a specification that work on gray pixels, in order, on 8 bits; of one of full depth,
 * what it would be in 8 bits. Thread-safe.
 */
final class GrayChain {
  private final List<GrayFilter> filters;

  GrayChain(PreprocessingSpec specification) {
    List<GrayFilter> gray = new ArrayList<>();
    for (PreprocessingStep step : specification.steps()) {
      if (step instanceof BorderCrop crop) {
        gray.add(new FrameCropper(crop.fraction()));
      } else if (step instanceof CentreCrop) {
        gray.add(new SquareCropper());
      } else if (step instanceof SquarePad pad) {
        gray.add(new SquarePadder(pad.level()));
      } else if (step instanceof HistogramEqualization) {
        gray.add(new HistogramEqualizer());
      } else if (step instanceof Clahe clahe) {
        gray.add(new ClaheEqualizer(clahe.clipLimit(), clahe.tileRows(), clahe.tileColumns()));
      } else if (step instanceof GaussianBlur blur) {
        gray.add(new GaussianFilter(blur.sigma()));
      } else if (step instanceof Resize resize) {
        gray.add(
            switch (resize.resampling()) {
              case NEAREST -> new NearestResampler(resize.rows(), resize.columns());
              case BILINEAR -> new BilinearResampler(resize.rows(), resize.columns());
              case BICUBIC, AREA -> new LevelResampler(resize);
            });
      } else if (!(step instanceof FullDepth
          || step instanceof ChannelReplication
          || step instanceof Normalization
          || step instanceof ChannelNormalization)) {
        throw new IllegalArgumentException("Preprocessing: no code for step " + step);
      }
    }
    this.filters = List.copyOf(gray);
  }

  /** What the steps leave of a radiograph; it lives in the workspace. */
  GrayImage apply(Radiograph radiograph, Workspace workspace) {
    int rows = radiograph.rows();
    int columns = radiograph.columns();
    byte[] pixels = workspace.pixels(rows * columns);
    radiograph.toGray8(pixels, 0);
    GrayImage image = new GrayImage(rows, columns, pixels);
    for (GrayFilter filter : filters) {
      image = filter.apply(image, workspace);
    }
    return image;
  }
}
