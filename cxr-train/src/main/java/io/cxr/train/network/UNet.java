package io.cxr.train.network;

import io.cxr.train.network.LayerDescription.Activation;
import io.cxr.train.network.LayerDescription.BatchNormalization;
import io.cxr.train.network.LayerDescription.Concatenate;
import io.cxr.train.network.LayerDescription.Convolution;
import io.cxr.train.network.LayerDescription.MaximumPooling;
import io.cxr.train.network.LayerDescription.UpSampling;
import io.cxr.train.network.Window.Padding;
import java.util.ArrayList;
import java.util.List;

/**
 * U-Net (Ronneberger, Fischer and Brox, MICCAI 2015), small: a contracting path, an expanding one
 * that takes its maps in again, and one logit for each place. Unlike the paper's it pads, it
 * normalises each convolution over the batch, it doubles maps by nearest neighbours, and its first
 * convolution has stride 2, so that it gives half as many rows and columns as it takes: the outline
 * of an organ is smooth, and the full size would take most of the time.
 */
public final class UNet {
  private static final double EPSILON = 1e-5;

  private final NetworkGraph.Builder graph;

  private UNet(Shape images) {
    graph = NetworkGraph.builder(images);
  }

  /**
   * The layers.
   *
   * @param images the shape of one image; rows and columns divisible by 2 to the number of levels
   * @param filters how many channels each level has, the finest first; at least one level
   * @return the graph, which ends with a map of one channel of logits
   */
  public static NetworkGraph graph(Shape images, List<Integer> filters) {
    int least = 1 << filters.size();
    if (filters.isEmpty() || images.rows() % least != 0 || images.columns() % least != 0) {
      throw new IllegalArgumentException(
          "U-Net: expected a level or more, and rows and columns divisible by "
              + least
              + ", found "
              + filters.size()
              + " levels on "
              + images);
    }
    UNet net = new UNet(images);
    List<String> skips = new ArrayList<>();
    for (int level = 0; level < filters.size(); level++) {
      if (level > 0) {
        net.graph.then("pool" + level, new MaximumPooling(Window.of(2, 2, Padding.VALID)));
      }
      net.convolution("down" + level + "a", filters.get(level), level == 0 ? 2 : 1);
      skips.add(net.convolution("down" + level + "b", filters.get(level), 1));
    }
    for (int level = filters.size() - 2; level >= 0; level--) {
      String up = net.graph.then("double" + level, new UpSampling(2));
      net.graph.add("join" + level, new Concatenate(), skips.get(level), up);
      net.convolution("up" + level + "a", filters.get(level), 1);
      net.convolution("up" + level + "b", filters.get(level), 1);
    }
    net.graph.then(
        "logits", new Convolution(1, Window.of(1, 1, Padding.VALID), 1, true, Nonlinearity.LINEAR));
    return net.graph.build();
  }

  private String convolution(String name, int filters, int stride) {
    graph.then(name, new Convolution(filters, 3, stride, Padding.SAME, false));
    graph.then(name + "_bn", new BatchNormalization(EPSILON));
    return graph.then(name + "_relu", new Activation(Nonlinearity.RELU));
  }
}
