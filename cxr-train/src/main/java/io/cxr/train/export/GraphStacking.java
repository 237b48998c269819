package io.cxr.train.export;

import static io.cxr.train.export.OnnxGraph.attribute;

import ai.onnx.proto.OnnxMl.ModelProto;
import io.cxr.file.AtomicFile;
import io.cxr.model.InputShape;
import io.cxr.model.ModelCard;
import io.cxr.model.ModelInput;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep;
import io.cxr.train.network.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Makes one model file of several networks and a linear layer on top of them (stacked
 * generalization: Wolpert, Neural Networks 5, 1992).
 *
 * <ul>
 *   <li>Each distinct preprocessing of the members is one input of the graph ({@link #inputs}).
 *   <li>{@code logits} {@code [N, units]} are {@code W x + b}, where {@code x} is what the members
 *       give, one after the other: logits, or channel means of frozen bases. {@code output} is
 *       their softmax or sigmoid, as the card says.
 *   <li>{@code heatmap} {@code [N, labels, h, w]} is the Grad-CAM of the stack's own logits, exact,
 *       not a mean of pictures: as the logits are linear in those of the members, so is the map
 *       before its ReLU in the members' maps before theirs. A frozen base's map is weighed as if
 *       the layer were its own head. Maps are resized to the largest of them (bilinear, pixel
 *       centres aligned, as ONNX {@code Resize} with {@code half_pixel}) and added up, then comes
 *       the ReLU. There is none, and a warning is logged, where a member has none or where members
 *       crop radiographs differently, so that their maps lie on different parts of them.
 *   <li>{@code novelty} {@code [N, 1]}, where a statistic is given: the greatest of the members'
 *       own scores, each over its bound ({@link StackNoveltyStatistic}). A stack answers from all
 *       its members, so a picture that is foreign to one of them is foreign to the stack.
 * </ul>
 *
 * <p>Names of the first member begin with {@code member1/}, and so on. Weights and layers that
 * members share are there once. The same members and values give the same bytes. Not thread-safe.
 */
public final class GraphStacking {
  private static final System.Logger LOGGER = System.getLogger(GraphStacking.class.getName());

  private final List<StackMember> members;
  private final float[][] weights;
  private final float[] bias;
  private final ModelCard card;
  private @Nullable StackNoveltyStatistic novelty;

  private GraphStacking(
      List<StackMember> members, float[][] weights, float[] bias, ModelCard card) {
    this.members = members;
    this.weights = weights;
    this.bias = bias;
    this.card = card;
  }

  /**
   * A stack.
   *
   * @param members one or more, in the order of their columns
   * @param weights of each unit, one for each column of all members
   * @param bias of each unit
   * @param card what the stack says of itself; its inputs must be those of {@link #inputs}, and its
   *     output must have as many units
   * @return a stack without novelty, until told otherwise
   * @throws IllegalArgumentException if they do not fit
   */
  public static GraphStacking of(
      List<StackMember> members, float[][] weights, float[] bias, ModelCard card) {
    List<StackMember> all = List.copyOf(members);
    int units = card.output().units(card.labels().size());
    int columns = all.stream().mapToInt(StackMember::columns).sum();
    boolean fits = !all.isEmpty() && weights.length == units && bias.length == units;
    float[][] copy = new float[weights.length][];
    for (int unit = 0; unit < weights.length; unit++) {
      fits &= weights[unit].length == columns;
      copy[unit] = weights[unit].clone();
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "Stack: expected members, and weights of "
              + units
              + " units for "
              + columns
              + " columns, found "
              + all.size()
              + " members, "
              + weights.length
              + " units and "
              + (weights.length == 0 ? 0 : weights[0].length)
              + " columns");
    }
    if (!card.inputs().equals(inputs(all))) {
      throw new IllegalArgumentException(
          "Stack: expected a card with the inputs " + inputs(all) + ", found " + card.inputs());
    }
    return new GraphStacking(all, copy, bias.clone(), card);
  }

  /**
   * The inputs of a stack: one for each distinct preprocessing.
   *
   * @param members in their order
   * @return the inputs, for the card: {@code input}, {@code input2} and so on
   */
  public static List<ModelInput> inputs(List<StackMember> members) {
    List<ModelInput> inputs = new ArrayList<>();
    for (PreprocessingSpec spec : distinct(members)) {
      String number = inputs.isEmpty() ? "" : String.valueOf(inputs.size() + 1);
      inputs.add(new ModelInput(OnnxExporter.INPUT + number, spec));
    }
    return List.copyOf(inputs);
  }

  private static List<PreprocessingSpec> distinct(List<StackMember> members) {
    LinkedHashSet<PreprocessingSpec> specs = new LinkedHashSet<>();
    members.forEach(member -> specs.add(member.preprocessing()));
    return List.copyOf(specs);
  }

  /**
   * Adds the output {@code novelty}.
   *
   * @param statistic fitted to the members' channel means ({@link StackMember#lastMapMeans})
   * @return this
   */
  public GraphStacking novelty(StackNoveltyStatistic statistic) {
    this.novelty = Objects.requireNonNull(statistic, "statistic");
    return this;
  }

  /**
   * The model file.
   *
   * @return the bytes of an ONNX file with the card
   * @throws IllegalArgumentException if the card has a gate and no statistic is given, or the
   *     statistic is of other channels
   */
  public byte[] toByteArray() {
    OnnxGraph graph = new OnnxGraph(Precision.FP32);
    List<ModelInput> inputs = inputs(members);
    inputs.forEach(input -> graph.input(input.name(), shape(input.preprocessing())));
    boolean explains = explains();
    GraphMerging merging = new GraphMerging(graph);
    List<Map<String, String>> names = new ArrayList<>();
    for (int i = 0; i < members.size(); i++) {
      StackMember member = members.get(i);
      int input = distinct(members).indexOf(member.preprocessing());
      List<String> wanted = new ArrayList<>();
      if (member.isClassifier()) {
        wanted.add(OnnxExporter.LOGITS);
      }
      if (explains || !member.isClassifier()) {
        wanted.add(member.weighted().orElseThrow().value());
      }
      if (novelty != null) {
        member.last().ifPresent(map -> wanted.add(map.value()));
      }
      names.add(merging.add(member.graph(), wanted, prefix(i), inputs.get(input).name()));
    }
    List<String> means = means(graph, names);
    head(graph, names, means);
    if (explains) {
      heatmap(graph, names);
    }
    if (novelty != null) {
      novelty.write(graph, means);
    }
    ModelProto.Builder model = OnnxExporter.model(graph);
    model.addMetadataPropsBuilder().setKey(ModelCard.METADATA_KEY).setValue(card.toJson());
    return model.build().toByteArray();
  }

  /**
   * Writes the model file.
   *
   * @param file replaced in one step
   * @throws IOException if it cannot be written
   * @throws IllegalArgumentException as {@link #toByteArray()}
   */
  public void write(Path file) throws IOException {
    AtomicFile.write(file, ByteBuffer.wrap(toByteArray()));
  }

  static Shape shape(PreprocessingSpec preprocessing) {
    InputShape shape = preprocessing.inputShape();
    return Shape.map(shape.channels(), shape.rows(), shape.columns());
  }

  static String prefix(int member) {
    return "member" + (member + 1) + "/";
  }

  private boolean explains() {
    List<String> without =
        members.stream()
            .filter(member -> member.weighted().isEmpty())
            .map(StackMember::origin)
            .toList();
    boolean alike = members.stream().map(GraphStacking::crops).distinct().count() == 1;
    if (without.isEmpty() && alike) {
      return true;
    }
    LOGGER.log(
        System.Logger.Level.WARNING,
        "The stack {0} is written without heatmaps: {1}. Explain it by occlusion.",
        card.name(),
        alike ? "these members have none: " + without : "its members crop radiographs differently");
    return false;
  }

  private static List<PreprocessingStep> crops(StackMember member) {
    return member.preprocessing().steps().stream()
        .filter(
            step ->
                step instanceof PreprocessingStep.BorderCrop
                    || step instanceof PreprocessingStep.CentreCrop
                    || step instanceof PreprocessingStep.SquarePad)
        .toList();
  }

  /** The channel means of every member's last map, {@code [N, channels]}; as far as needed. */
  private List<String> means(OnnxGraph graph, List<Map<String, String>> names) {
    List<String> all = new ArrayList<>();
    List<Integer> channels = new ArrayList<>();
    for (int i = 0; i < members.size(); i++) {
      StackMember member = members.get(i);
      boolean needed = novelty != null || !member.isClassifier();
      if (!needed || member.last().isEmpty()) {
        all.add("");
        continue;
      }
      StackMember.MapOfChannels map = member.last().get();
      channels.add(map.channels());
      String pooled =
          graph.node(
              "GlobalAveragePool",
              prefix(i) + "stack/pooled",
              List.of(Objects.requireNonNull(names.get(i).get(map.value()))));
      all.add(
          graph.node("Flatten", prefix(i) + "stack/means", List.of(pooled), attribute("axis", 1L)));
    }
    if (card.novelty().isPresent() && novelty == null) {
      throw new IllegalArgumentException(
          "Stack: the model card has a novelty gate, found no statistic for it.");
    }
    if (novelty != null && (all.contains("") || !novelty.channels().equals(channels))) {
      throw new IllegalArgumentException(
          "Stack: expected a novelty statistic on the channels of each member's last map, "
              + channels
              + (all.contains("") ? " but of a member without such a map" : "")
              + ", found one on "
              + novelty.channels());
    }
    return all;
  }

  private static String concatenated(OnnxGraph graph, String name, List<String> parts) {
    return parts.size() == 1
        ? parts.get(0)
        : graph.node("Concat", name, parts, attribute("axis", 1L));
  }

  private void head(OnnxGraph graph, List<Map<String, String>> names, List<String> means) {
    List<String> columns = new ArrayList<>();
    for (int i = 0; i < members.size(); i++) {
      columns.add(
          members.get(i).isClassifier()
              ? Objects.requireNonNull(names.get(i).get(OnnxExporter.LOGITS))
              : means.get(i));
    }
    int units = weights.length;
    int width = weights[0].length;
    float[] flat = new float[units * width];
    for (int unit = 0; unit < units; unit++) {
      System.arraycopy(weights[unit], 0, flat, unit * width, width);
    }
    String matrix = graph.constant("stack/W", flat, units, width);
    String vector = graph.constant("stack/b", bias, units);
    graph.node(
        "Gemm",
        OnnxExporter.LOGITS,
        List.of(concatenated(graph, "stack/columns", columns), matrix, vector),
        attribute("transB", 1L));
    if (card.output() == OutputActivation.SOFTMAX) {
      graph.node(
          "Softmax", OnnxExporter.OUTPUT, List.of(OnnxExporter.LOGITS), attribute("axis", 1L));
    } else {
      graph.node("Sigmoid", OnnxExporter.OUTPUT, List.of(OnnxExporter.LOGITS));
    }
    graph.output(OnnxExporter.OUTPUT, units);
    graph.output(OnnxExporter.LOGITS, units);
  }

  private void heatmap(OnnxGraph graph, List<Map<String, String>> names) {
    StackMember.MapOfChannels largest = members.get(0).weighted().orElseThrow();
    for (StackMember member : members) {
      StackMember.MapOfChannels map = member.weighted().orElseThrow();
      largest = map.positions() > largest.positions() ? map : largest;
    }
    List<String> maps = new ArrayList<>();
    int column = 0;
    for (int i = 0; i < members.size(); i++) {
      StackMember member = members.get(i);
      StackMember.MapOfChannels map = member.weighted().orElseThrow();
      String prefix = prefix(i) + "stack/";
      String kernels =
          graph.constant(
              prefix + "kernels",
              kernels(member, column),
              card.labels().size(),
              map.channels(),
              1,
              1);
      String weighted =
          graph.node(
              "Conv",
              prefix + "weighted",
              List.of(Objects.requireNonNull(names.get(i).get(map.value())), kernels));
      maps.add(resized(graph, weighted, map, largest, prefix));
      column += member.columns();
    }
    String sum = maps.size() == 1 ? maps.get(0) : graph.node("Sum", "stack/maps", maps);
    graph.node("Relu", OnnxExporter.HEATMAP, List.of(sum));
    graph.output(OnnxExporter.HEATMAP, card.labels().size(), largest.rows(), largest.columns());
  }

  /** What each channel of a member's map adds to each label's map. */
  private float[] kernels(StackMember member, int column) {
    StackMember.MapOfChannels map = member.weighted().orElseThrow();
    int labels = card.labels().size();
    float[] kernels = new float[labels * map.channels()];
    // A classifier with one unit has two maps: the logit's is the second, the first its negative.
    int skipped = member.isClassifier() ? map.channels() - member.columns() : 0;
    for (int label = 0; label < labels; label++) {
      // With one unit, the score of the second label is the logit, of the first its negative.
      boolean negative = weights.length < labels && label == 0;
      float[] row = weights[weights.length < labels ? 0 : label];
      for (int i = 0; i < member.columns(); i++) {
        float weight = member.isClassifier() ? row[column + i] : row[column + i] / map.positions();
        kernels[label * map.channels() + skipped + i] = negative ? -weight : weight;
      }
    }
    return kernels;
  }

  private static String resized(
      OnnxGraph graph,
      String map,
      StackMember.MapOfChannels from,
      StackMember.MapOfChannels to,
      String prefix) {
    if (from.rows() == to.rows() && from.columns() == to.columns()) {
      return map;
    }
    float[] scales = {
      1, 1, scale(from.rows(), to.rows()), scale(from.columns(), to.columns()),
    };
    return graph.node(
        "Resize",
        prefix + "resized",
        List.of(map, "", graph.exactConstant(prefix + "scales", scales, 4)),
        attribute("mode", "linear"),
        attribute("coordinate_transformation_mode", "half_pixel"));
  }

  /** The runtime rounds down the product of size and scale. */
  private static float scale(int from, int to) {
    float scale = (float) to / from;
    while ((int) (from * scale) < to) {
      scale = Math.nextUp(scale);
    }
    return scale;
  }
}
