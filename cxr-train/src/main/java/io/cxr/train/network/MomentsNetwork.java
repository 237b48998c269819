package io.cxr.train.network;

import io.cxr.model.PreprocessingSpec;
import io.cxr.train.network.LayerDescription.Moments;
import io.cxr.train.network.NetworkGraph.Node;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network that is cut, with a layer above whose channels' means are mean and standard deviation
 * of each channel of the map below.
 *
 * @param below the network whose weights are used
 * @param cut one of its cuts
 * @param attention how much each cell counts; null where all count the same
 */
public record MomentsNetwork(Network below, String cut, @Nullable LungAttention attention)
    implements Network {
  /** The name of the layer that is added. */
  public static final String LAYER = "moments";

  /** Checks the cut. */
  public MomentsNetwork {
    if (!below.cuts().contains(cut)) {
      throw new IllegalArgumentException(
          "Moments: expected a cut of " + below.name() + ", " + below.cuts() + ", found " + cut);
    }
  }

  @Override
  public String name() {
    boolean whole = below.cuts().indexOf(cut) == below.cuts().size() - 1;
    return (whole ? "" : "compact-")
        + below.name()
        + (attention == null ? "-moments" : "-lung-moments");
  }

  /** Says the same in every process, with the checksum of the attention. */
  @Override
  public String toString() {
    return "MomentsNetwork[below=%s, cut=%s, attention=%s]".formatted(below.name(), cut, attention);
  }

  @Override
  public String title() {
    return below.title();
  }

  @Override
  public NetworkGraph graph(Shape input) {
    NetworkGraph.Builder graph = NetworkGraph.builder(input);
    for (Node node : below.graph(input).upTo(cut).nodes()) {
      graph.add(node);
    }
    graph.add(LAYER, new Moments(attention), cut);
    return graph.build();
  }

  @Override
  public List<String> cuts() {
    return List.of(LAYER);
  }

  @Override
  public PreprocessingSpec preprocessing() {
    return below.preprocessing();
  }

  @Override
  public int smallestInput() {
    return below.smallestInput();
  }

  @Override
  public String weights() {
    return below.weights();
  }
}
