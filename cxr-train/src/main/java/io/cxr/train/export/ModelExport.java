package io.cxr.train.export;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.PatientGroups;
import io.cxr.error.ModelFormatException;
import io.cxr.evaluation.CardFigures;
import io.cxr.file.AtomicFile;
import io.cxr.model.ExportProvenance;
import io.cxr.model.ExportProvenance.Gate;
import io.cxr.model.ModelCard;
import io.cxr.model.TrainingProvenance;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.onnx.SessionSettings;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes a model file of another number format or input from a trained one: half or a quarter of the
 * size, faster, and no worse than the limits allow. Outputs keep their names, shapes and type,
 * float32; the card says how the file was made.
 *
 * <ul>
 *   <li>{@link Precision#INT8} needs radiographs for calibration, and labelled ones for the gate
 *       unless it is forced: at most half a point of accuracy and 0.005 of the area under the ROC
 *       curve may be lost, and at most two points of the radiographs may newly be refused as novel.
 *       The threshold of the novelty gate is multiplied by the median ratio of both networks'
 *       novelty on the calibration radiographs. Where the gate fails and the network has depthwise
 *       convolutions, whose few weights a channel round worst, a second file is tried in which
 *       these stay float.
 *   <li>The gate holds for the other precisions, too, where labelled radiographs are given.
 *   <li>Calibration, thresholds, metrics and the novelty gate's threshold are then fitted anew, to
 *       the new file's own answers for them. Without labelled radiographs they are the source's,
 *       and the card's export entry says that they were not checked.
 *   <li>Batch normalisation is folded in any case.
 * </ul>
 *
 * <p>With {@link ExportInput#RADIOGRAPH_UINT8} or {@link ExportInput#RADIOGRAPH_UINT16} the file
 * becomes self-contained: any ONNX runtime asks it about a radiograph. If no number format is
 * chosen then, the network stays as it is in the source, whatever format that has. The answers of
 * the whole graph are compared with those of {@code OnnxClassifier} before the file is put in
 * place.
 *
 * <p>The source is otherwise a file with float inputs, one or several, and float weights, of 32 or
 * 16 bits, as training writes it. Not thread-safe. Nothing is written unless all went well.
 */
public final class ModelExport {
  private final Path source;
  private @Nullable Precision precision;
  private ExportInput input = ExportInput.FLOAT;
  private List<Path> calibration = List.of();
  private @Nullable ImageFolder validation;
  private boolean forced;
  private boolean floatDepthwise;
  private SessionSettings session = SessionSettings.defaults();

  private ModelExport(Path source) {
    this.source = source;
  }

  /**
   * What was written.
   *
   * @param card the card of the new file
   * @param bytes the size of the new file
   * @param sourceBytes the size of its source
   * @param integerLayers how many layers this export made compute with 8-bit integers; 0 where it
   *     leaves a network as it is, of int8 or not
   */
  public record Result(ModelCard card, long bytes, long sourceBytes, int integerLayers) {}

  /**
   * An export of a model.
   *
   * @param source a model file with float input
   * @return an export with float input, until told otherwise
   */
  public static ModelExport of(Path source) {
    return new ModelExport(Objects.requireNonNull(source, "source"));
  }

  /**
   * Chooses the number format.
   *
   * @param precision by default {@link Precision#FP32}; of a self-contained file by default that of
   *     its source
   * @return this
   */
  public ModelExport precision(Precision precision) {
    this.precision = Objects.requireNonNull(precision, "precision");
    return this;
  }

  /**
   * Chooses the input.
   *
   * @param input by default {@link ExportInput#FLOAT}
   * @return this
   */
  public ModelExport input(ExportInput input) {
    this.input = Objects.requireNonNull(input, "input");
    return this;
  }

  /**
   * Gives radiographs for the ranges of 8-bit activations; labels are not needed. At most 100,
   * evenly spread, are used. They should be like those that the model will see, and not those of
   * the gate.
   *
   * @param files image files
   * @return this
   */
  public ModelExport calibration(List<Path> files) {
    this.calibration = List.copyOf(files);
    return this;
  }

  /**
   * Gives labelled radiographs for the gate, that the model was not trained on.
   *
   * @param folder with a folder for each of the model's labels
   * @return this
   */
  public ModelExport validation(ImageFolder folder) {
    this.validation = Objects.requireNonNull(folder, "folder");
    return this;
  }

  /**
   * Writes the file even if the gate fails or was never asked; the card says so.
   *
   * @param forced by default false
   * @return this
   */
  public ModelExport force(boolean forced) {
    this.forced = forced;
    return this;
  }

  /**
   * Leaves depthwise convolutions of an int8 file in float from the start, not only where the gate
   * asks for it: larger by little, slower, nearer.
   *
   * @param left by default false
   * @return this
   */
  public ModelExport floatDepthwise(boolean left) {
    this.floatDepthwise = left;
    return this;
  }

  /**
   * Chooses where and how the models run that are compared.
   *
   * @param settings by default the CPU
   * @return this
   */
  public ModelExport session(SessionSettings settings) {
    this.session = Objects.requireNonNull(settings, "settings");
    return this;
  }

  /**
   * Makes the file. Opens it in ONNX Runtime before it is put in place.
   *
   * @param file replaced in one step; may be the source
   * @return what was written
   * @throws IOException if a file cannot be read or written
   * @throws ModelFormatException if the source is no model of ours
   * @throws IllegalArgumentException if what was asked does not fit, such as int8 without
   *     calibration, or a step of preprocessing that a self-contained graph cannot do
   * @throws AccuracyLossException if the gate fails and is not forced; nothing is written
   */
  public Result write(Path file) throws IOException {
    Objects.requireNonNull(file, "file");
    checkChoices();
    try (OnnxClassifier original =
        OnnxClassifier.builder(source).session(session).noveltyGate(false).viewGate(false).open()) {
      byte[] bytes = Files.readAllBytes(source);
      Attempt attempt = attempt(original, bytes, !floatDepthwise);
      if (!attempt.passed() && attempt.depthwise) {
        attempt = attempt(original, bytes, false);
      }
      if (!attempt.passed() && !forced) {
        throw refused(attempt.gate.orElseThrow());
      }
      if (input.isSelfContained()) {
        SelfContainedTrial.run(
            ModelProto.parseFrom(attempt.made), input == ExportInput.RADIOGRAPH_UINT16);
      }
      AtomicFile.write(file, ByteBuffer.wrap(attempt.made));
      return new Result(attempt.card, attempt.made.length, bytes.length, attempt.layers);
    }
  }

  /** A file that may be put in place. */
  private static final class Attempt {
    final byte[] made;
    final ModelCard card;
    final int layers;
    final boolean depthwise;
    final Optional<Gate> gate;

    Attempt(byte[] made, ModelCard card, int layers, boolean depthwise, Optional<Gate> gate) {
      this.made = made;
      this.card = card;
      this.layers = layers;
      this.depthwise = depthwise;
      this.gate = gate;
    }

    boolean passed() {
      return gate.isEmpty() || gate.get().passed();
    }
  }

  private Attempt attempt(OnnxClassifier original, byte[] bytes, boolean depthwise)
      throws IOException {
    ModelGraph graph = ModelGraph.read(bytes, "Model " + source);
    ModelCard card = original.card();
    if (validation != null) {
      card.task().requireExclusiveLabels("Export with validation images");
    }
    if (precision == null && input.isSelfContained()) {
      return unchanged(original, graph);
    }
    Precision format = precision == null ? Precision.FP32 : precision;
    checkSource(graph, card);
    GraphRewriting.widenWeights(graph);
    GraphRewriting.foldBatchNormalization(graph);
    int layers = 0;
    int images = 0;
    String range = "";
    boolean rounded = false;
    if (format == Precision.INT8) {
      GraphRewriting.convolveBatchNormalization(graph);
      CalibratedQuantization quantized =
          CalibratedQuantization.of(graph, card, calibration, depthwise);
      graph = quantized.graph();
      images = quantized.images();
      range = quantized.words();
      layers = quantized.layers();
      rounded = quantized.depthwise();
      card = withNovelty(card, quantized.noveltyRatio());
    }
    if (input == ExportInput.UINT8) {
      GraphRewriting.takeGray(graph, card);
    }
    if (format == Precision.FP16_COMPUTE) {
      HalfComputation.apply(graph);
    } else if (format != Precision.FP32) {
      // The head of an int8 network, too: it computes in 32 bits in any case.
      GraphRewriting.halveWeights(graph);
    }
    String sha256 = original.model().sha256();
    String words = words(format);
    card = withExport(card, provenance(words, sha256, images, range, Optional.empty()));
    byte[] made = bytes(graph, card);
    Optional<AccuracyGate.Comparison> compared = compared(original, made);
    Optional<Gate> gate = compared.map(AccuracyGate.Comparison::gate);
    if (compared.isPresent() && (gate.orElseThrow().passed() || forced)) {
      card =
          figures(card, made)
              .in(card)
              .novelty(compared.get().novelty().orElse(null))
              .export(provenance(words, sha256, images, range, gate))
              .build();
      made = bytes(graph, card);
    }
    return new Attempt(made, card, layers, rounded, gate);
  }

  /** The network of the source in a self-contained file, bit for bit. */
  private Attempt unchanged(OnnxClassifier original, ModelGraph graph) throws IOException {
    String sha256 = original.model().sha256();
    Optional<ExportProvenance> before = original.card().export();
    String format = before.map(ExportProvenance::precision).orElseGet(() -> format(graph));
    int images = before.map(ExportProvenance::calibrationImages).orElse(0);
    String range = before.map(ExportProvenance::range).orElse("");
    // What was measured of the source holds for the same network.
    Optional<Gate> gate = before.flatMap(ExportProvenance::gate);
    ModelCard card = withExport(original.card(), provenance(format, sha256, images, range, gate));
    byte[] made = bytes(graph, card);
    Optional<AccuracyGate.Comparison> compared = compared(original, made);
    if (compared.isPresent()) {
      gate = compared.map(AccuracyGate.Comparison::gate);
      card = withExport(card, provenance(format, sha256, images, range, gate));
      made = bytes(graph, card);
    }
    return new Attempt(made, card, 0, false, compared.map(AccuracyGate.Comparison::gate));
  }

  private static ModelCard withExport(ModelCard card, ExportProvenance export) {
    return card.toBuilder().export(export).build();
  }

  /** The format of weights in a graph that training wrote. */
  private static String format(ModelGraph graph) {
    return words(
        graph.constants().stream()
                .anyMatch(
                    tensor -> tensor.getDataType() == TensorProto.DataType.FLOAT16.getNumber())
            ? Precision.FP16
            : Precision.FP32);
  }

  private static String words(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT);
  }

  /** The file, with all in its graph if that is asked for. */
  private byte[] bytes(ModelGraph graph, ModelCard card) {
    ModelProto plain = graph.build(card);
    if (!input.isSelfContained()) {
      return plain.toByteArray();
    }
    boolean deep = input == ExportInput.RADIOGRAPH_UINT16;
    return SelfContainedGraph.of(plain, card, deep).toByteArray();
  }

  /** Rounding shifts the statistic; the threshold follows. */
  private static ModelCard withNovelty(ModelCard card, double ratio) {
    return card.toBuilder()
        .novelty(
            card.novelty().map(gate -> gate.withThreshold(gate.threshold() * ratio)).orElse(null))
        .build();
  }

  private ExportProvenance provenance(
      String format, String sha256, int images, String range, Optional<Gate> gate) {
    return new ExportProvenance(format, words(input), sha256, images, range, gate);
  }

  private void checkChoices() {
    boolean integer = precision == Precision.INT8;
    if (integer && calibration.isEmpty()) {
      throw new IllegalArgumentException(
          "Export: expected radiographs to calibrate int8 with, found none. Give a folder of them,"
              + " --calibrate DIR.");
    }
    if (integer && validation == null && !forced) {
      throw new IllegalArgumentException(
          "Export: expected labelled radiographs to check int8 with, found none. Give a folder with"
              + " one folder a label, --validate DIR, or --force to go without.");
    }
    if (!integer && !calibration.isEmpty()) {
      throw new IllegalArgumentException(
          "Export: expected calibration for int8 only, found it for "
              + (precision == null ? Precision.FP32 : precision)
              + ". Leave --calibrate out, or give --precision int8.");
    }
  }

  private void checkSource(ModelGraph graph, ModelCard card) {
    String what = "Model " + source + ": expected a model as training writes it, found ";
    String remedy = ". Export from the trained model.";
    if (graph.nodes().stream().anyMatch(node -> node.getOpType().endsWith("QuantizeLinear"))) {
      throw new ModelFormatException(what + "one that is quantised" + remedy);
    }
    Set<String> takingFloats =
        graph.inputs().stream()
            .filter(
                value ->
                    value.getType().getTensorType().getElemType()
                        == TensorProto.DataType.FLOAT.getNumber())
            .map(ValueInfoProto::getName)
            .collect(Collectors.toSet());
    if (!card.inputs().stream().allMatch(input -> takingFloats.contains(input.name()))) {
      throw new ModelFormatException(what + "one that takes no floats" + remedy);
    }
    // Scales a channel came with operator set 13.
    if (graph.operatorSet() < 13) {
      throw new ModelFormatException(
          what + "operator set " + graph.operatorSet() + ", before 13" + remedy);
    }
  }

  /** Opens the new model; compares it where labelled radiographs are there. */
  private Optional<AccuracyGate.Comparison> compared(OnnxClassifier original, byte[] made)
      throws IOException {
    Path temporary = Files.createTempFile("cxr-export", ".onnx");
    try {
      Files.write(temporary, made);
      try (OnnxClassifier export =
          OnnxClassifier.builder(temporary)
              .session(session)
              .noveltyGate(false)
              .viewGate(false)
              .open()) {
        return validation == null
            ? Optional.empty()
            : Optional.of(AccuracyGate.compare(original, export, validation));
      }
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static AccuracyLossException refused(Gate gate) {
    return new AccuracyLossException(
        "Export: expected to lose at most "
            + AccuracyGate.ACCURACY_LOSS
            + " of accuracy and "
            + AccuracyGate.AUROC_LOSS
            + " of AUROC and to refuse at most "
            + AccuracyGate.NEWLY_REFUSED
            + " more as novel, found "
            + AccuracyGate.describe(gate)
            + ". Nothing was written. Calibrate on radiographs like those that the model will"
            + " see, take fp16, or give --force.",
        gate);
  }

  /** Fitted to the answers of the new file, without the calibration of its source. */
  private CardFigures figures(ModelCard card, byte[] made) throws IOException {
    ImageFolder folder = Objects.requireNonNull(validation);
    Path temporary = Files.createTempFile("cxr-export", ".onnx");
    try {
      ModelCard plain =
          card.toBuilder()
              .calibration(null)
              .thresholds(List.of())
              .conformal(null)
              .novelty(null)
              .build();
      Files.write(temporary, ModelGraph.read(made, "Export").build(plain).toByteArray());
      return CardFigures.fit(
          card.labels(),
          card.output(),
          FileAnswers.of(temporary, folder.items(), session),
          folder.items().stream().mapToInt(item -> card.labels().indexOf(item.label())).toArray(),
          PatientGroups.of(folder.items()),
          card.training().map(TrainingProvenance::seed).orElse(1L));
    } finally {
      Files.deleteIfExists(temporary);
    }
  }
}
