package io.cxr.train.network;

import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.train.network.LayerDescription.Convolution;
import io.cxr.train.network.LayerDescription.MaximumPooling;
import io.cxr.train.network.Window.Padding;
import java.util.List;
import java.util.stream.IntStream;

/** VGG-16 (Simonyan and Zisserman, ICLR 2015) without top, as Keras Applications has it. */
public final class Vgg16 implements Network {
  /** Filters and convolutions of each block. */
  private static final int[][] BLOCKS = {{64, 2}, {128, 2}, {256, 3}, {512, 3}, {512, 3}};

  @Override
  public String name() {
    return "vgg16";
  }

  @Override
  public String title() {
    return "VGG-16 (Simonyan and Zisserman, ICLR 2015)";
  }

  @Override
  public NetworkGraph graph(Shape input) {
    NetworkGraph.Builder graph = NetworkGraph.builder(input);
    for (int block = 1; block <= BLOCKS.length; block++) {
      int filters = BLOCKS[block - 1][0];
      for (int i = 1; i <= BLOCKS[block - 1][1]; i++) {
        graph.then(
            "block" + block + "_conv" + i,
            new Convolution(filters, Window.of(3, 1, Padding.SAME), 1, true, Nonlinearity.RELU));
      }
      graph.then(poolName(block), new MaximumPooling(Window.of(2, 2, Padding.VALID)));
    }
    return graph.build();
  }

  private static String poolName(int block) {
    return "block" + block + "_pool";
  }

  @Override
  public List<String> cuts() {
    return IntStream.rangeClosed(1, BLOCKS.length).mapToObj(Vgg16::poolName).toList();
  }

  /** {@inheritDoc} Divided by 255, as the report has it; Keras' weights were learnt otherwise. */
  @Override
  public PreprocessingSpec preprocessing() {
    return PreprocessingSpec.of(224, 224, Resampling.NEAREST, 3, Normalization.Kind.UNIT_RANGE);
  }

  @Override
  public String weights() {
    return "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5 (CC BY 4.0, Visual Geometry Group)";
  }
}
