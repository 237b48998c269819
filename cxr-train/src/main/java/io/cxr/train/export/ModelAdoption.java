package io.cxr.train.export;

import ai.onnx.proto.OnnxMl.ModelProto;
import io.cxr.error.ModelFormatException;
import io.cxr.file.AtomicFile;
import io.cxr.file.Sha256;
import io.cxr.model.ModelCard;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingStep;
import io.cxr.model.Resampling;
import io.cxr.model.Task;
import io.cxr.onnx.OnnxClassifier;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
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
  // What was told, for the classes that make the parts of the file.
  final Path source;
  final Task task;
  final OutputActivation activation;
  String input = "";
  String output = "";
  Values gives = Values.AUTOMATIC;
  int channels;
  int rows;
  int columns;
  Fit fit = Fit.STRETCH;
  Resampling resampling = Resampling.BILINEAR;
  int cutFrom;
  boolean fullDepth;
  PreprocessingStep normalization =
      new PreprocessingStep.Normalization(PreprocessingStep.Normalization.Kind.UNIT_RANGE);
  String heatmap = AUTOMATIC;
  String name = "";
  String version = "1";
  String architecture = "";
  String network = "";
  String licence = "";
  String url = "";
  Map<String, Double> thresholds = Map.of();
  @Nullable Path golden;
  double tolerance = 1e-4;

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
    AdoptedImages images = AdoptedImages.of(graph, this);
    List<String> notes = new ArrayList<>();
    AdoptedAnswers.Made made = new AdoptedAnswers(this).made(graph, images, notes);
    ModelCard card = new AdoptedCard(this).card(graph, images, Sha256.hex(bytes));
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
}
