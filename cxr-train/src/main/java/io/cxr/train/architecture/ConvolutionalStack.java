package io.cxr.train.architecture;

import io.cxr.train.network.LayerDescription.Convolution;
import io.cxr.train.network.LayerDescription.Dense;
import io.cxr.train.network.LayerDescription.Dropout;
import io.cxr.train.network.LayerDescription.Flatten;
import io.cxr.train.network.LayerDescription.MaximumPooling;
import io.cxr.train.network.NetworkGraph;
import io.cxr.train.network.Nonlinearity;
import io.cxr.train.network.Shape;
import io.cxr.train.network.Window;
import io.cxr.train.network.Window.Padding;

/**
 * A stack of 3x3 convolutions with ReLU and 2x2 max pooling, then dense layers with ReLU, as the
 * report's two CNNs are. Not thread-safe.
 */
final class ConvolutionalStack {
  private final NetworkGraph.Builder graph;
  private int convolutions;
  private int denses;

  ConvolutionalStack(Shape images) {
    graph = NetworkGraph.builder(images);
  }

  /** Adds convolution and pooling, and dropout where the rate is above 0. */
  ConvolutionalStack convolution(int filters, double dropout) {
    convolutions++;
    graph.then(
        "conv" + convolutions,
        new Convolution(filters, Window.of(3, 1, Padding.VALID), 1, true, Nonlinearity.RELU));
    graph.then("pool" + convolutions, new MaximumPooling(Window.of(2, 2, Padding.VALID)));
    if (dropout > 0) {
      graph.then("dropout" + convolutions, new Dropout(dropout));
    }
    return this;
  }

  ConvolutionalStack dense(int units) {
    if (denses == 0) {
      graph.then("flatten", new Flatten());
    }
    denses++;
    graph.then("dense" + denses, new Dense(units, Nonlinearity.RELU));
    return this;
  }

  NetworkGraph head(Dense head) {
    graph.then(Architecture.OUTPUT, head);
    return graph.build();
  }
}
