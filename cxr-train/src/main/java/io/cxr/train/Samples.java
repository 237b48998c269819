package io.cxr.train;

import java.io.IOException;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What a network learns from: inputs of one shape and the index of their label. */
interface Samples {

  int size();

  int label(int index);

  /** The inputs with these indices, as they are: {@code [indices.length, ...]}. */
  INDArray inputs(int[] indices) throws IOException;

  /** The inputs as an epoch of training shows them, augmented where the plan says so. */
  INDArray inputs(int[] indices, int epoch) throws IOException;

  /** Whether an epoch shows the sample without its centre, so that it says nothing of a label. */
  boolean isBlank(int index, int epoch);
}
