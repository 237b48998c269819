package io.cxr.train.network;

import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.train.network.LayerDescription.Activation;
import io.cxr.train.network.LayerDescription.Add;
import io.cxr.train.network.LayerDescription.AveragePooling;
import io.cxr.train.network.LayerDescription.BatchNormalization;
import io.cxr.train.network.LayerDescription.Concatenate;
import io.cxr.train.network.LayerDescription.Convolution;
import io.cxr.train.network.LayerDescription.Cropping;
import io.cxr.train.network.LayerDescription.MaximumPooling;
import io.cxr.train.network.LayerDescription.SeparableConvolution;
import io.cxr.train.network.LayerDescription.ZeroPadding;
import io.cxr.train.network.Window.Padding;
import java.util.List;

/**
 * NASNet-A Mobile (Zoph et al., CVPR 2018) without top, as Keras Applications has it. Each cell
 * takes the outputs of the two cells below it, so that only stem and end alone feed what is above
 * them.
 */
public final class NasNetMobile implements Network {
  private static final int STEM_CHANNELS = 32;
  private static final int CHANNELS = 44;

  /** Normal cells before each reduction and at the end. */
  private static final int CELLS = 4;

  private static final String STEM_END = "stem_bn1";
  private static final int SIZE = 224;

  @Override
  public String name() {
    return "nasnet-mobile";
  }

  @Override
  public String title() {
    return "NASNet-A Mobile (Zoph et al., CVPR 2018)";
  }

  @Override
  public NetworkGraph graph(Shape input) {
    NetworkGraph.Builder graph = NetworkGraph.builder(input);
    graph.then("stem_conv1", new Convolution(STEM_CHANNELS, 3, 2, Padding.VALID, false));
    String stem = graph.then(STEM_END, normalization());
    String first = addReduction(graph, stem, stem, CHANNELS / 4, "stem_1");
    String second = addReduction(graph, first, stem, CHANNELS / 2, "stem_2");
    String last = second;
    String before = first;
    for (int stage = 0; stage < 3; stage++) {
      int filters = CHANNELS << stage;
      if (stage > 0) {
        String reduced = addReduction(graph, last, before, filters, "reduce_" + stage * CELLS);
        before = last;
        last = reduced;
      }
      for (int i = 0; i < CELLS; i++) {
        String next = addNormal(graph, last, before, filters, cell(stage, i));
        before = last;
        last = next;
      }
    }
    activate(graph, last);
    return graph.build();
  }

  /** A normal cell's number; the first reduction takes one of its own. */
  private static String cell(int stage, int i) {
    return String.valueOf(stage * CELLS + i + (stage > 0 ? 1 : 0));
  }

  private static String addNormal(
      NetworkGraph.Builder graph, String input, String before, int filters, String id) {
    String p = adjust(graph, before, input, filters, id);
    String h = squeeze(graph, input, filters, "normal", id);
    String left = separate(graph, h, filters, 5, 1, "normal_left1_" + id);
    String right = separate(graph, p, filters, 3, 1, "normal_right1_" + id);
    String x1 = graph.add("normal_add_1_" + id, new Add(), left, right);
    left = separate(graph, p, filters, 5, 1, "normal_left2_" + id);
    right = separate(graph, p, filters, 3, 1, "normal_right2_" + id);
    String x2 = graph.add("normal_add_2_" + id, new Add(), left, right);
    left = graph.add("normal_left3_" + id, average(), h);
    String x3 = graph.add("normal_add_3_" + id, new Add(), left, p);
    left = graph.add("normal_left4_" + id, average(), p);
    right = graph.add("normal_right4_" + id, average(), p);
    String x4 = graph.add("normal_add_4_" + id, new Add(), left, right);
    left = separate(graph, h, filters, 3, 1, "normal_left5_" + id);
    String x5 = graph.add("normal_add_5_" + id, new Add(), left, h);
    return graph.add("normal_concat_" + id, new Concatenate(), p, x1, x2, x3, x4, x5);
  }

  private static String addReduction(
      NetworkGraph.Builder graph, String input, String before, int filters, String id) {
    String p = adjust(graph, before, input, filters, id);
    String h = squeeze(graph, input, filters, "reduction", id);
    String padded = graph.add("reduction_pad_1_" + id, ZeroPadding.halving(3, graph.shape(h)), h);
    Window halving = Window.of(3, 2, Padding.VALID);
    String left = separate(graph, h, filters, 5, 2, "reduction_left1_" + id);
    String right = separate(graph, p, filters, 7, 2, "reduction_right1_" + id);
    String x1 = graph.add("reduction_add_1_" + id, new Add(), left, right);
    left = graph.add("reduction_left2_" + id, new MaximumPooling(halving), padded);
    right = separate(graph, p, filters, 7, 2, "reduction_right2_" + id);
    String x2 = graph.add("reduction_add_2_" + id, new Add(), left, right);
    left = graph.add("reduction_left3_" + id, new AveragePooling(halving), padded);
    right = separate(graph, p, filters, 5, 2, "reduction_right3_" + id);
    String x3 = graph.add("reduction_add3_" + id, new Add(), left, right);
    left = graph.add("reduction_left4_" + id, average(), x1);
    String x4 = graph.numbered("add", new Add(), x2, left);
    left = separate(graph, x1, filters, 3, 1, "reduction_left4_" + id);
    right = graph.add("reduction_right5_" + id, new MaximumPooling(halving), padded);
    String x5 = graph.add("reduction_add4_" + id, new Add(), left, right);
    return graph.add("reduction_concat_" + id, new Concatenate(), x2, x3, x4, x5);
  }

  /** Brings the cell below the last one to the size of the last one. */
  private static String adjust(
      NetworkGraph.Builder graph, String p, String input, int filters, String id) {
    if (p.equals(input)) {
      return p;
    }
    if (graph.shape(p).columns() != graph.shape(input).columns()
        || graph.shape(p).rows() != graph.shape(input).rows()) {
      AveragePooling every = new AveragePooling(Window.of(1, 2, Padding.VALID));
      Convolution half = new Convolution(filters / 2, 1, 1, Padding.SAME, false);
      String x = graph.add("adjust_relu_1_" + id, new Activation(Nonlinearity.RELU), p);
      graph.add("adjust_avg_pool_1_" + id, every, x);
      String even = graph.then("adjust_conv_1_" + id, half);
      graph.numbered("zero_padding2d", new ZeroPadding(0, 1, 0, 1), x);
      graph.numbered("cropping2d", new Cropping(1, 0, 1, 0), graph.last());
      graph.then("adjust_avg_pool_2_" + id, every);
      String odd = graph.then("adjust_conv_2_" + id, half);
      graph.numbered("concatenate", new Concatenate(), even, odd);
      return graph.then("adjust_bn_" + id, normalization());
    }
    if (graph.shape(p).channels() != filters) {
      activate(graph, p);
      graph.then(
          "adjust_conv_projection_" + id, new Convolution(filters, 1, 1, Padding.SAME, false));
      return graph.then("adjust_bn_" + id, normalization());
    }
    return p;
  }

  private static String squeeze(
      NetworkGraph.Builder graph, String input, int filters, String cell, String id) {
    activate(graph, input);
    graph.then(cell + "_conv_1_" + id, new Convolution(filters, 1, 1, Padding.SAME, false));
    return graph.then(cell + "_bn_1_" + id, normalization());
  }

  /** Activation, separable convolution and batch norm, twice; the first has the stride. */
  private static String separate(
      NetworkGraph.Builder graph, String x, int filters, int kernel, int stride, String id) {
    activate(graph, x);
    Window same = Window.of(kernel, 1, Padding.SAME);
    Window first = same;
    if (stride == 2) {
      graph.then("separable_conv_1_pad_" + id, ZeroPadding.halving(kernel, graph.shape(x)));
      first = Window.of(kernel, 2, Padding.VALID);
    }
    graph.then("separable_conv_1_" + id, new SeparableConvolution(filters, first));
    String middle = graph.then("separable_conv_1_bn_" + id, normalization());
    activate(graph, middle);
    graph.then("separable_conv_2_" + id, new SeparableConvolution(filters, same));
    return graph.then("separable_conv_2_bn_" + id, normalization());
  }

  private static void activate(NetworkGraph.Builder graph, String x) {
    graph.numbered("activation", new Activation(Nonlinearity.RELU), x);
  }

  private static BatchNormalization normalization() {
    return new BatchNormalization(BatchNormalization.KERAS_EPSILON);
  }

  private static AveragePooling average() {
    return new AveragePooling(Window.of(3, 1, Padding.SAME));
  }

  @Override
  public List<String> cuts() {
    return List.of(STEM_END, graph(Shape.map(3, SIZE, SIZE)).output());
  }

  @Override
  public PreprocessingSpec preprocessing() {
    return PreprocessingSpec.of(
        SIZE, SIZE, Resampling.BILINEAR, 3, Normalization.Kind.SIGNED_UNIT_RANGE);
  }

  @Override
  public String weights() {
    return "nasnet_mobile_no_top.h5 (Apache-2.0, Google)";
  }
}
