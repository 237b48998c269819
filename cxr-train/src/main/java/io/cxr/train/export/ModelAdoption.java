package io.cxr.train.export;

import static io.cxr.train.export.OnnxGraph.attribute;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnxruntime.OrtException;
import io.cxr.error.ModelFormatException;
import io.cxr.file.AtomicFile;
import io.cxr.file.Sha256;
import io.cxr.model.InputShape;
import io.cxr.model.ModelCard;
import io.cxr.model.ModelOrigin;
import io.cxr.model.OperatingThreshold;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep;
import io.cxr.model.Resampling;
import io.cxr.model.Task;
import io.cxr.onnx.OnnxClassifier;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Makes a model file of ours from an ONNX file of any maker: a classifier that others trained, of
 * which the labels, the task and the preprocessing are told here. The result is a file as any
 * other, for {@link OnnxClassifier} and all that stands on it.
 *
 * <ul>
 *   <li>Input and output have any names; where there are several outputs, one is named, or an inner
 *       value in its place, such as the logits below a rescaling. The batch axis is made free, and
 *       what the new file gives for each image of a batch is compared with what the old one gives
 *       for the image alone; where a network works for one image at a time only, the axis stays at
 *       one.
 *   <li>Whether the output holds logits or probabilities is told by the graph, or by {@link
 *       #gives}.
 *   <li>The heatmap is Grad-CAM, added to the graph, where the way from the last map to the logits
 *       is one of pools and dense layers ({@link #heatmap}); otherwise there is none, and {@code
 *       io.cxr.explain.OcclusionExplainer} explains.
 *   <li>The card holds the file's SHA-256 and what is told of its origin. It claims nothing:
 *       metrics, calibration, thresholds and gates come from films only, by {@code
 *       io.cxr.train.AdoptedFit}.
 *   <li>{@link #verify} compares with numbers of the framework that the network comes from, as a
 *       wrong pairing of weights and preprocessing shows in no other way.
 * </ul>
 *
 * <p>Refused, with what was found: what {@link io.cxr.onnx.ModelScan} refuses, several inputs,
 * conditions and loops, operator sets before 9. Not thread-safe. Nothing is written unless all went
 * well.
 */
public final class ModelAdoption {
  private static final double TOLERANCE = 1e-3;

  private final Path source;
  private final Task task;
  private final OutputActivation activation;
  private String input = "";
  private String output = "";
  private Values gives = Values.AUTOMATIC;
  private int channels;
  private int rows;
  private int columns;
  private Fit fit = Fit.STRETCH;
  private Resampling resampling = Resampling.BILINEAR;
  private int cutFrom;
  private boolean fullDepth;
  private PreprocessingStep normalization =
      new PreprocessingStep.Normalization(PreprocessingStep.Normalization.Kind.UNIT_RANGE);
  private String heatmap = AUTOMATIC;
  private String name = "";
  private String version = "1";
  private String architecture = "";
  private String network = "";
  private String licence = "";
  private String url = "";
  private Map<String, Double> thresholds = Map.of();
  private @Nullable Path golden;
  private double tolerance = 1e-4;

  /** A heatmap where the graph allows one; by {@link #heatmap}. */
  public static final String AUTOMATIC = "auto";

  /** No heatmap; by {@link #heatmap}. */
  public static final String NONE = "none";

  /** How a radiograph becomes a square, or the shape of the input. */
  public enum Fit {
    /** Resized without regard to its aspect ratio. */
    STRETCH,
    /** The longer axis cut off ({@link PreprocessingStep.CentreCrop}). */
    CENTRE_CROP,
    /** The shorter axis widened with black ({@link PreprocessingStep.SquarePad}). */
    PAD
  }

  /** What the file's output holds. */
  public enum Values {
    /** As the graph tells. */
    AUTOMATIC,
    /** Values before the activation, which is then added. */
    LOGITS,
    /** Probabilities, or measured values. */
    PROBABILITIES
  }

  private ModelAdoption(Path source, Task task, OutputActivation activation) {
    this.source = source;
    this.task = task;
    this.activation = activation;
  }

  /**
   * What was written.
   *
   * @param card the card of the new file
   * @param heatmap the value that the heatmap is made of, as the source calls it; empty without one
   * @param freeBatch whether the new file takes any number of images at once
   * @param notes what the user should know, in sentences
   */
  public record Result(
      ModelCard card, Optional<String> heatmap, boolean freeBatch, List<String> notes) {
    /** Copies the notes. */
    public Result {
      notes = List.copyOf(notes);
    }
  }

  /**
   * An adoption.
   *
   * @param source an ONNX file of any maker
   * @param task what the outputs mean, in their order
   * @param activation how the network's logits become answers
   * @return an adoption with one input, one output, a stretched bilinear resize and levels from 0
   *     to 1, until told otherwise
   * @throws IllegalArgumentException if the activation is for another task
   */
  public static ModelAdoption of(Path source, Task task, OutputActivation activation) {
    Objects.requireNonNull(source, "source");
    if (activation.task() != task.kind()) {
      throw new IllegalArgumentException(
          "Adoption: expected an activation for "
              + task.kind()
              + ", found "
              + activation
              + ", which is for "
              + activation.task());
    }
    return new ModelAdoption(source, task, activation);
  }

  /**
   * Names the input.
   *
   * @param input by default the only one
   * @return this
   */
  public ModelAdoption input(String input) {
    this.input = Objects.requireNonNull(input, "input");
    return this;
  }

  /**
   * Names the output, or any value of the graph.
   *
   * @param output by default the only one
   * @return this
   */
  public ModelAdoption output(String output) {
    this.output = Objects.requireNonNull(output, "output");
    return this;
  }

  /**
   * Tells what the output holds.
   *
   * @param gives by default what the graph tells
   * @return this
   */
  public ModelAdoption gives(Values gives) {
    this.gives = Objects.requireNonNull(gives, "gives");
    return this;
  }

  /**
   * Tells the channels where the file leaves them open.
   *
   * @param channels 1 or 3
   * @return this
   */
  public ModelAdoption channels(int channels) {
    this.channels = channels;
    return this;
  }

  /**
   * Tells the size of an image where the file leaves it open.
   *
   * @param rows rows
   * @param columns columns
   * @return this
   */
  public ModelAdoption size(int rows, int columns) {
    this.rows = rows;
    this.columns = columns;
    return this;
  }

  /**
   * Chooses how a radiograph is made to fit.
   *
   * @param fit by default {@link Fit#STRETCH}
   * @return this
   */
  public ModelAdoption fit(Fit fit) {
    this.fit = Objects.requireNonNull(fit, "fit");
    return this;
  }

  /**
   * Chooses the interpolation.
   *
   * @param resampling by default bilinear
   * @return this
   */
  public ModelAdoption resampling(Resampling resampling) {
    this.resampling = Objects.requireNonNull(resampling, "resampling");
    return this;
  }

  /**
   * Resizes to more than the input and cuts the border off, as torchvision's and timm's evaluation
   * does (256, of which the inner 224 are taken).
   *
   * @param side rows and columns of the resize; by default those of the input
   * @return this
   */
  public ModelAdoption cutFrom(int side) {
    this.cutFrom = side;
    return this;
  }

  /**
   * Keeps all bits of radiographs ({@link PreprocessingStep.FullDepth}).
   *
   * @param kept by default false
   * @return this
   */
  public ModelAdoption fullDepth(boolean kept) {
    this.fullDepth = kept;
    return this;
  }

  /**
   * Chooses the normalisation.
   *
   * @param step a {@link PreprocessingStep.Normalization} or {@link
   *     PreprocessingStep.ChannelNormalization}; numbers of one channel are taken for all; by
   *     default from 0 to 1
   * @return this
   */
  public ModelAdoption normalization(PreprocessingStep step) {
    this.normalization = Objects.requireNonNull(step, "step");
    return this;
  }

  /**
   * Chooses the heatmap.
   *
   * @param node {@link #AUTOMATIC}, the default; {@link #NONE}; or the name of a value of the
   *     graph: the map to be weighed, on the way to the logits, or a map a label, {@code [N,
   *     labels, h, w]}
   * @return this
   */
  public ModelAdoption heatmap(String node) {
    this.heatmap = Objects.requireNonNull(node, "node");
    return this;
  }

  /**
   * Names the model.
   *
   * @param name by default the file's, without its ending
   * @param version by default 1
   * @return this
   */
  public ModelAdoption name(String name, String version) {
    this.name = Objects.requireNonNull(name, "name");
    this.version = Objects.requireNonNull(version, "version");
    return this;
  }

  /**
   * Names the kind of network.
   *
   * @param architecture such as DenseNet-121; by default who wrote the file
   * @return this
   */
  public ModelAdoption architecture(String architecture) {
    this.architecture = Objects.requireNonNull(architecture, "architecture");
    return this;
  }

  /**
   * Says whose network it is.
   *
   * @param network the network and its authors in words
   * @param licence under which its weights may be used
   * @param url where they are published
   * @return this
   */
  public ModelAdoption origin(String network, String licence, String url) {
    this.network = Objects.requireNonNull(network, "network");
    this.licence = Objects.requireNonNull(licence, "licence");
    this.url = Objects.requireNonNull(url, "url");
    return this;
  }

  /**
   * Tells the thresholds that the network's authors published, on its own probabilities: operating
   * points of which the card claims no sensitivity and no specificity.
   *
   * @param published by label; by default none
   * @return this
   */
  public ModelAdoption thresholds(Map<String, Double> published) {
    this.thresholds = Map.copyOf(published);
    return this;
  }

  /**
   * Compares with numbers of the framework that the network comes from, before anything is written.
   *
   * @param file an {@code .npz} of {@code input} (what the network was fed, {@code [N, ...]}),
   *     {@code output} (what it gave: logits or probabilities, as the file's output), optionally
   *     {@code heatmap} (Grad-CAM after its ReLU, not normalised, {@code [N, labels, h, w]}) and
   *     {@code image} (the gray image that the first input was made of, uint8 or uint16 {@code
   *     [rows, columns]}, or several {@code [N, rows, columns]})
   * @param tolerance how far numbers may lie apart, as a share of the greatest of their array; 1e-4
   *     is usual
   * @return this
   */
  public ModelAdoption verify(Path file, double tolerance) {
    this.golden = Objects.requireNonNull(file, "file");
    this.tolerance = tolerance;
    return this;
  }

  /**
   * Makes the file.
   *
   * @param file replaced in one step
   * @return what was written
   * @throws IOException if a file cannot be read or written
   * @throws ModelFormatException if the source cannot be adopted; the message says why
   * @throws IllegalArgumentException if what was told does not fit the source
   * @throws VerificationException if the new file's numbers are not those of {@link #verify}
   */
  public Result write(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(source);
    String origin = "Model " + source.getFileName();
    ForeignGraph graph = ForeignGraph.read(bytes, origin, input);
    Images images = images(graph);
    List<String> notes = new ArrayList<>();
    Made made = made(graph, images, notes);
    ModelCard card = card(graph, images, Sha256.hex(bytes));
    byte[] model = withCard(made.model, card);
    Path draft = Files.createTempFile("cxr-adopt", ".onnx");
    try {
      Files.write(draft, model);
      try (OnnxClassifier classifier = OnnxClassifier.open(draft)) {
        if (golden != null) {
          notes.addAll(
              new Verification(NumpyArchive.read(golden), tolerance)
                  .compare(model, made.freeBatch, made.same, classifier));
        } else {
          notes.add(
              "Not compared with the framework that the network comes from: a wrong preprocessing"
                  + " shows in no other way (--verify).");
        }
      }
      AtomicFile.write(file, ByteBuffer.wrap(model));
    } finally {
      Files.deleteIfExists(draft);
    }
    return new Result(card, made.heatmap, made.freeBatch, notes);
  }

  private static byte[] withCard(ModelProto model, ModelCard card) {
    ModelProto.Builder changed = model.toBuilder();
    changed.addMetadataPropsBuilder().setKey(ModelCard.METADATA_KEY).setValue(card.toJson());
    return changed.build().toByteArray();
  }

  // The input ------------------------------------------------------------------------------------

  /** What the network takes; sizes without the batch's, as in the file. */
  private static final class Images {
    final int batch;
    final int[] sizes;
    final InputShape shape;

    Images(int batch, int[] sizes, InputShape shape) {
      this.batch = batch;
      this.sizes = sizes;
      this.shape = shape;
    }

    int elements() {
      return shape.elements();
    }

    long[] axes(int images) {
      return new long[] {images, sizes[0], sizes[1], sizes[2]};
    }
  }

  private Images images(ForeignGraph graph) {
    int[] axes = graph.inputSizes();
    String described = "images [N, C, rows, columns] or [N, rows, columns, C], C 1 or 3";
    if (axes.length != 4) {
      throw graph.refusal(described, "an input of " + axes.length + " axes");
    }
    boolean last = isChannels(axes[3]) && !isChannels(axes[1]);
    int known = last ? axes[3] : axes[1];
    int wanted = channels == 0 && known == 0 ? 3 : channels == 0 ? known : channels;
    if ((known != 0 && known != wanted) || !isChannels(wanted)) {
      throw graph.refusal(
          described + (channels == 0 ? "" : ", with the " + channels + " channels that were told"),
          Arrays.toString(axes).replace("0", "?"));
    }
    int[] size = last ? new int[] {axes[1], axes[2]} : new int[] {axes[2], axes[3]};
    int height = size(graph, size[0], rows, "rows");
    int width = size(graph, size[1], columns, "columns");
    InputShape.Layout layout =
        last ? InputShape.Layout.CHANNELS_LAST : InputShape.Layout.CHANNELS_FIRST;
    return new Images(
        axes[0],
        last ? new int[] {height, width, wanted} : new int[] {wanted, height, width},
        new InputShape(wanted, height, width, layout));
  }

  private static boolean isChannels(int size) {
    return size == 1 || size == 3;
  }

  private static int size(ForeignGraph graph, int known, int told, String what) {
    if (known == 0 && told == 0) {
      throw graph.refusal(
          "a size of images, which the file leaves open", "none told. Give it with --size");
    }
    if (known != 0 && told != 0 && known != told) {
      throw graph.refusal(
          "images of the size that was told, " + told + " " + what,
          known + ". Leave it out, or export the network with open sizes");
    }
    return known == 0 ? told : known;
  }

  // The output -----------------------------------------------------------------------------------

  /** The new graph. */
  private static final class Made {
    final ModelProto model;
    final Optional<String> heatmap;
    final boolean freeBatch;
    final SameOutput same;

    Made(ModelProto model, Optional<String> heatmap, boolean freeBatch, SameOutput same) {
      this.model = model;
      this.heatmap = heatmap;
      this.freeBatch = freeBatch;
      this.same = same;
    }
  }

  private Made made(ForeignGraph graph, Images images, List<String> notes) {
    String value = output(graph);
    int batch = Math.max(1, images.batch);
    float[] image = TensorRun.noise(images.elements(), 1);
    TensorRun.Value original =
        run(graph, graph.original(value), graph.inputName(), image, batch, images, value);
    int units = activation.units(task.labels().size());
    if (original.sizes().length == 0 || original.values().length != batch * units) {
      throw graph.refusal(
          units + " values an image in '" + value + "' for " + task.labels(),
          describe(original, batch)
              + ". Name another output, or give as many labels in the order of the outputs");
    }
    String inner = graph.inner(value);
    Origin found = origin(graph, inner);
    Values given = gives == Values.AUTOMATIC ? found.gives : gives;
    if (activation == OutputActivation.IDENTITY) {
      given = Values.PROBABILITIES;
    } else if (given == Values.AUTOMATIC) {
      throw graph.refusal(
          "an output that a dense layer, a softmax or a sigmoid makes",
          "'"
              + value
              + "' by "
              + graph.maker(inner).map(NodeProto::getOpType).orElse("no node")
              + ". Say what it holds with --gives logits or --gives probabilities, or name the"
              + " logits with --output");
    }
    if (gives == Values.AUTOMATIC) {
      requireActivation(graph, found);
    }
    // Who says that it holds logits means the output itself.
    boolean told = gives == Values.LOGITS || (given == Values.LOGITS && found.logits.isEmpty());
    String logits = told ? inner : found.logits;
    boolean knowsLogits = !logits.isEmpty();
    List<ForeignGraph.Output> outputs = new ArrayList<>();
    if (knowsLogits && activation != OutputActivation.IDENTITY) {
      flat(graph, logits, OnnxExporter.LOGITS, original.isOther(), units);
      boolean softmax = activation == OutputActivation.SOFTMAX;
      if (softmax) {
        graph.add(
            "Softmax", OnnxExporter.OUTPUT, List.of(OnnxExporter.LOGITS), attribute("axis", 1L));
      } else {
        graph.add("Sigmoid", OnnxExporter.OUTPUT, List.of(OnnxExporter.LOGITS));
      }
      outputs.add(new ForeignGraph.Output(OnnxExporter.LOGITS, units));
    } else {
      flat(graph, inner, OnnxExporter.OUTPUT, original.isOther(), units);
    }
    outputs.add(0, new ForeignGraph.Output(OnnxExporter.OUTPUT, units));
    SameOutput same =
        given == Values.PROBABILITIES
            ? new SameOutput(OnnxExporter.OUTPUT, units, false)
            : told
                ? new SameOutput(OnnxExporter.LOGITS, units, false)
                : new SameOutput(OnnxExporter.OUTPUT, units, true);
    boolean free = freeBatch(graph, images, original, same, notes);
    Optional<String> map =
        heatmap(
            graph,
            images,
            activation == OutputActivation.IDENTITY ? inner : logits,
            outputs,
            notes);
    return new Made(graph.build(images.sizes, free ? 0 : 1, outputs).build(), map, free, same);
  }

  private String output(ForeignGraph graph) {
    List<String> names =
        graph.source().getGraph().getOutputList().stream().map(each -> each.getName()).toList();
    if (!output.isEmpty()) {
      if (graph.maker(graph.inner(output)).isEmpty()) {
        throw graph.refusal("a value '" + output + "'", "none. Its outputs are " + names);
      }
      return output;
    }
    if (names.size() != 1) {
      throw graph.refusal("one output", names + ". Name the one with the answers with --output");
    }
    return names.get(0);
  }

  private static String describe(TensorRun.Value value, int batch) {
    return value.sizes().length == 0
        ? "no floats"
        : value.values().length / batch + ", of shape " + Arrays.toString(value.sizes());
  }

  /**
   * The output of the new graph that has to be what the old output is.
   *
   * @param name of the new one
   * @param units values an image
   * @param exponential whether the old one holds logarithms of probabilities
   */
  record SameOutput(String name, int units, boolean exponential) {
    /** What the new output should be where the old one is this. */
    float[] expected(float[] old) {
      float[] values = old.clone();
      for (int i = 0; exponential && i < values.length; i++) {
        values[i] = (float) Math.exp(values[i]);
      }
      return values;
    }
  }

  /** What makes an output, and the value below its activation. */
  private static final class Origin {
    final Values gives;
    final String activation;
    final String logits;

    Origin(Values gives, String activation, String logits) {
      this.gives = gives;
      this.activation = activation;
      this.logits = logits;
    }
  }

  private static Origin origin(ForeignGraph graph, String value) {
    String at = value;
    while (true) {
      Optional<NodeProto> maker = graph.maker(at);
      if (maker.isEmpty()) {
        return new Origin(Values.AUTOMATIC, "", "");
      }
      NodeProto node = maker.get();
      switch (node.getOpType()) {
        case "Identity", "Flatten", "Reshape", "Squeeze", "Unsqueeze", "Cast", "Dropout" ->
            at = node.getInput(0);
        case "Softmax", "Sigmoid" -> {
          return new Origin(Values.PROBABILITIES, node.getOpType(), node.getInput(0));
        }
        case "LogSoftmax" -> {
          // Softmax undoes the logarithm, whatever is added to all logits.
          return new Origin(Values.LOGITS, "Softmax", node.getInput(0));
        }
        case "Gemm", "MatMul", "Conv", "GlobalAveragePool", "ReduceMean" -> {
          return new Origin(Values.LOGITS, "", "");
        }
        case "Add" -> {
          boolean bias =
              node.getInputList().stream().anyMatch(each -> graph.constant(each).isPresent());
          return new Origin(bias ? Values.LOGITS : Values.AUTOMATIC, "", "");
        }
        default -> {
          return new Origin(Values.AUTOMATIC, "", "");
        }
      }
    }
  }

  private void requireActivation(ForeignGraph graph, Origin found) {
    boolean softmax = activation == OutputActivation.SOFTMAX;
    if (!found.activation.isEmpty()
        && activation != OutputActivation.IDENTITY
        && softmax != found.activation.equals("Softmax")) {
      throw graph.refusal(
          "an activation as it was told, " + activation,
          "a " + found.activation + " in the graph. Tell the other, with its task");
    }
  }

  /** Adds a value as 32-bit floats {@code [N, units]}. */
  private static void flat(ForeignGraph graph, String from, String name, boolean other, int units) {
    String single =
        other
            ? graph.add(
                "Cast",
                name + "/single",
                List.of(from),
                attribute("to", (long) TensorProto.DataType.FLOAT.getNumber()))
            : from;
    graph.add("Reshape", name, List.of(single, graph.integers(name + "/shape", -1, units)));
  }

  private TensorRun.Value run(
      ForeignGraph graph,
      byte[] model,
      String name,
      float[] image,
      int batch,
      Images images,
      String wanted) {
    float[] all = new float[batch * image.length];
    for (int i = 0; i < batch; i++) {
      System.arraycopy(image, 0, all, i * image.length, image.length);
    }
    try {
      return Objects.requireNonNull(
          TensorRun.run(model, name, all, images.axes(batch), List.of(wanted)).get(wanted));
    } catch (OrtException e) {
      throw new ModelFormatException(
          graph.origin()
              + ": expected a network that ONNX Runtime runs on images of "
              + Arrays.toString(images.axes(batch))
              + ", found: "
              + e.getMessage()
              + ".",
          e);
    }
  }

  /**
   * Whether the new graph gives for each image of a batch what the old one gives for it alone.
   *
   * @throws ModelFormatException if it does not even for one image
   */
  private boolean freeBatch(
      ForeignGraph graph,
      Images images,
      TensorRun.Value original,
      SameOutput same,
      List<String> notes) {
    float[] expected = Arrays.copyOf(original.values(), same.units());
    float[] two = TensorRun.noise(2 * images.elements(), 2);
    System.arraycopy(TensorRun.noise(images.elements(), 1), 0, two, 0, images.elements());
    ForeignGraph.Output wanted = new ForeignGraph.Output(same.name(), same.units());
    for (int attempt = 0; attempt < 2; attempt++) {
      if (attempt == 1) {
        graph.freeReshapes(Math.max(1, images.batch));
      }
      byte[] model = graph.build(images.sizes, 0, List.of(wanted)).build().toByteArray();
      try {
        TensorRun.Value found =
            Objects.requireNonNull(
                TensorRun.run(
                        model, OnnxExporter.INPUT, two, images.axes(2), List.of(wanted.name()))
                    .get(wanted.name()));
        if (found.values().length == 2 * same.units()
            && isNear(same.expected(expected), found.values())) {
          return true;
        }
      } catch (OrtException e) {
        // The next attempt, or one image at a time.
      }
    }
    byte[] single = graph.build(images.sizes, 1, List.of(wanted)).build().toByteArray();
    float[] image = TensorRun.noise(images.elements(), 1);
    TensorRun.Value alone = run(graph, single, OnnxExporter.INPUT, image, 1, images, wanted.name());
    if (!isNear(same.expected(expected), alone.values())) {
      throw graph.refusal(
          "a network that gives the same for an image whatever the batch",
          "other values. Export it with an open batch axis, for inference");
    }
    notes.add(
        "The network takes one image at a time: export it with an open batch axis to be faster.");
    return false;
  }

  private static boolean isNear(float[] expected, float[] found) {
    double largest = 1e-6;
    double difference = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      double each = Math.abs(expected[i] - found[i]);
      difference = each <= difference ? difference : each; // NaN goes on.
    }
    return difference <= TOLERANCE * largest;
  }

  // The heatmap ----------------------------------------------------------------------------------

  private Optional<String> heatmap(
      ForeignGraph graph,
      Images images,
      String logits,
      List<ForeignGraph.Output> outputs,
      List<String> notes) {
    if (heatmap.equals(NONE)) {
      return Optional.empty();
    }
    int labels = task.labels().size();
    Optional<LinearHead> head = logits.isEmpty() ? Optional.empty() : LinearHead.of(graph, logits);
    boolean named = !heatmap.equals(AUTOMATIC);
    String map = named ? graph.inner(heatmap) : head.map(LinearHead::map).orElse("");
    if (named && graph.maker(map).isEmpty()) {
      throw graph.refusal("a value '" + heatmap + "' for the heatmap", "none");
    }
    Optional<LinearHead.MapSize> size =
        map.isEmpty() ? Optional.empty() : mapSize(graph, images, map);
    if (head.isPresent() && size.isPresent() && map.equals(head.get().map())) {
      int units = activation.units(labels);
      boolean fits =
          head.get().units() == units
              || (head.get().units() == 0 && size.get().channels() == units);
      if (fits && head.get().fits(size.get())) {
        head.get().write(graph, single(graph, images, map), size.get(), labels);
        outputs.add(
            new ForeignGraph.Output(
                OnnxExporter.HEATMAP, labels, size.get().rows(), size.get().columns()));
        return Optional.of(ownName(map));
      }
    }
    if (named && size.isPresent() && size.get().channels() == labels) {
      graph.add("Relu", OnnxExporter.HEATMAP, List.of(single(graph, images, map)));
      outputs.add(
          new ForeignGraph.Output(
              OnnxExporter.HEATMAP, labels, size.get().rows(), size.get().columns()));
      return Optional.of(ownName(map));
    }
    if (named) {
      throw graph.refusal(
          "a map on the way to the logits, with pools and dense layers above it, or one map for each"
              + " of "
              + task.labels()
              + ", in '"
              + heatmap
              + "'",
          size.map(found -> found.toString()).orElse("no map")
              + head.map(found -> ". The way leads to '" + ownName(found.map()) + "'").orElse(""));
    }
    notes.add(
        "No heatmap: the way from the last map to the logits is none of pools and dense layers."
            + " Explain by occlusion, or name a node with --heatmap.");
    return Optional.empty();
  }

  private static String ownName(String inner) {
    return inner.substring(inner.indexOf('/') + 1);
  }

  private Optional<LinearHead.MapSize> mapSize(ForeignGraph graph, Images images, String map) {
    TensorRun.Value value = looked(graph, images, map);
    long[] sizes = value.sizes();
    return sizes.length == 4
        ? Optional.of(
            new LinearHead.MapSize(
                Math.toIntExact(sizes[1]), Math.toIntExact(sizes[2]), Math.toIntExact(sizes[3])))
        : Optional.empty();
  }

  private TensorRun.Value looked(ForeignGraph graph, Images images, String value) {
    byte[] model =
        graph.build(images.sizes, 1, List.of(new ForeignGraph.Output(value))).build().toByteArray();
    return run(
        graph, model, OnnxExporter.INPUT, TensorRun.noise(images.elements(), 1), 1, images, value);
  }

  /** The map as 32-bit floats. */
  private String single(ForeignGraph graph, Images images, String map) {
    return looked(graph, images, map).isOther()
        ? graph.add(
            "Cast",
            "heatmap/single",
            List.of(map),
            attribute("to", (long) TensorProto.DataType.FLOAT.getNumber()))
        : map;
  }

  // The card -------------------------------------------------------------------------------------

  private ModelCard card(ForeignGraph graph, Images images, String sha256) {
    String file = String.valueOf(source.getFileName());
    String maker = graph.source().getProducerName() + " " + graph.source().getProducerVersion();
    return ModelCard.builder(name.isEmpty() ? file.replaceFirst("\\.onnx$", "") : name, version)
        .architecture(
            architecture.isEmpty()
                ? "ONNX" + (maker.isBlank() ? "" : " of " + plain(maker))
                : architecture)
        .task(task)
        .output(activation)
        .preprocessing(preprocessing(images.shape))
        .thresholds(published())
        .origin(new ModelOrigin(network, file, sha256, licence, url))
        .build();
  }

  /** In the order of the labels. */
  private List<OperatingThreshold> published() {
    if (!task.labels().containsAll(thresholds.keySet())) {
      throw new IllegalArgumentException(
          "Adoption: expected thresholds of " + task.labels() + ", found " + thresholds.keySet());
    }
    List<OperatingThreshold> points = new ArrayList<>();
    for (String label : task.labels()) {
      Double threshold = thresholds.get(label);
      if (threshold != null) {
        points.add(OperatingThreshold.published(label, threshold));
      }
    }
    return points;
  }

  private static String plain(String text) {
    String plain = text.replaceAll("[^A-Za-z0-9.+_ -]", "?").trim();
    return plain.substring(0, Math.min(80, plain.length()));
  }

  private PreprocessingSpec preprocessing(InputShape shape) {
    List<PreprocessingStep> steps = new ArrayList<>();
    if (fullDepth) {
      steps.add(new PreprocessingStep.FullDepth());
    }
    switch (fit) {
      case CENTRE_CROP -> steps.add(new PreprocessingStep.CentreCrop());
      case PAD -> steps.add(new PreprocessingStep.SquarePad(0));
      case STRETCH -> {
        // The resize alone.
      }
    }
    if (cutFrom == 0) {
      steps.add(new PreprocessingStep.Resize(shape.rows(), shape.columns(), resampling));
    } else {
      steps.add(new PreprocessingStep.Resize(cutFrom, cutFrom, resampling));
      int margin = (cutFrom - shape.rows()) / 2;
      if (shape.rows() != shape.columns() || margin < 0 || cutFrom - 2 * margin != shape.rows()) {
        throw new IllegalArgumentException(
            "Adoption: expected a resize to as many pixels as the input or an even number more, for"
                + " a square input, found "
                + cutFrom
                + " for "
                + shape);
      }
      // The least share whose floor is the margin, with room for rounding.
      steps.add(new PreprocessingStep.BorderCrop((margin + 0.25) / cutFrom));
    }
    steps.add(new PreprocessingStep.ChannelReplication(shape.channels()));
    steps.add(normalization(shape.channels()));
    return new PreprocessingSpec(steps, shape.layout());
  }

  private PreprocessingStep normalization(int wanted) {
    if (normalization instanceof PreprocessingStep.ChannelNormalization each
        && each.channels() == 1
        && wanted == 3) {
      return new PreprocessingStep.ChannelNormalization(
          Collections.nCopies(3, each.means().get(0)),
          Collections.nCopies(3, each.deviations().get(0)));
    }
    return normalization;
  }
}
