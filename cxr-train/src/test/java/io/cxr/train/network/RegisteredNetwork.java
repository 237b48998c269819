package io.cxr.train.network;

import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.train.network.LayerDescription.Activation;
import io.cxr.train.network.LayerDescription.Add;
import io.cxr.train.network.LayerDescription.Convolution;
import io.cxr.train.network.LayerDescription.MaximumPooling;
import io.cxr.train.network.Window.Padding;
import java.util.List;

/** A network as a user registers one: two convolutions side by side. */
public final class RegisteredNetwork implements Network {

  @Override
  public String name() {
    return "side-by-side";
  }

  @Override
  public String title() {
    return "Two convolutions side by side";
  }

  @Override
  public NetworkGraph graph(Shape input) {
    NetworkGraph.Builder graph = NetworkGraph.builder(input);
    String below = graph.then("pool", new MaximumPooling(Window.of(2, 2, Padding.VALID)));
    String left = graph.add("left", new Convolution(8, 3, 1, Padding.SAME, true), below);
    String right = graph.add("right", new Convolution(8, 1, 1, Padding.SAME, false), below);
    graph.add("sum", new Add(), left, right);
    graph.then("out", new Activation(Nonlinearity.RELU));
    return graph.build();
  }

  @Override
  public List<String> cuts() {
    return List.of("pool", "sum", "out");
  }

  @Override
  public PreprocessingSpec preprocessing() {
    return PreprocessingSpec.of(32, 32, Resampling.BILINEAR, 3, Normalization.Kind.UNIT_RANGE);
  }

  @Override
  public String weights() {
    return "none";
  }
}
