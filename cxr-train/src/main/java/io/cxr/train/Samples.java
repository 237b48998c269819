package io.cxr.train;

import org.nd4j.linalg.api.ndarray.INDArray;

/** What a network learns from: inputs of one shape and the index of their label. */
interface Samples {

  int size();

  int label(int index);

  /** The inputs with these indices, {@code [indices.length, ...]}. */
  INDArray inputs(int[] indices);
}
