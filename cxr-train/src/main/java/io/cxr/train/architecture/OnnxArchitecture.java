package io.cxr.train.architecture;

import io.cxr.model.InputShape;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.train.export.FrozenBase;
import io.cxr.train.export.OnnxBase;
import io.cxr.train.network.NetworkTable;
import io.cxr.train.network.Pooling;
import io.cxr.train.network.Shape;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A head on the features of any ONNX file, which stays as it is: one Dense layer with a unit a
 * label, on the means of a map's channels or on a vector. A map gives heatmaps, a vector none.
 * Immutable and thread-safe.
 *
 * <p>How the network wants its images is not in its file: the preprocessing must say it. Whose file
 * it is decides under what licence the model may be passed on.
 */
public final class OnnxArchitecture implements FrozenArchitecture {
  private static final int USUAL_SIZE = 224;

  private final OnnxBase file;
  private final String features;
  private final OutputActivation head;
  private final PreprocessingSpec preprocessing;
  private final FrozenBase base;

  private OnnxArchitecture(
      OnnxBase file,
      String features,
      OutputActivation head,
      PreprocessingSpec preprocessing,
      FrozenBase base) {
    DenseHead.check(head);
    this.file = file;
    this.features = features;
    this.head = head;
    this.preprocessing = preprocessing;
    this.base = base;
  }

  /**
   * A file under softmax. Images have the size that it declares, 224 x 224 where that is open, and
   * are normalised as torchvision does, until {@link #withPreprocessing} says otherwise.
   *
   * @param file an ONNX file
   * @param features the name of the value that the head is to learn from: a map or a vector
   * @return the architecture
   * @throws IOException if the file cannot be read
   * @throws io.cxr.error.ModelFormatException if it is none that can be used, or has no such value
   */
  public static OnnxArchitecture of(Path file, String features) throws IOException {
    OnnxBase base = OnnxBase.read(file);
    return of(base, features, usual(base, base.rows().orElse(USUAL_SIZE)));
  }

  /**
   * A file under softmax, with its own preprocessing.
   *
   * @param file the file
   * @param features the name of the value that the head is to learn from: a map or a vector
   * @param preprocessing from radiograph to input, of a size that the file takes
   * @return the architecture
   * @throws io.cxr.error.ModelFormatException if the file cannot be used so
   */
  public static OnnxArchitecture of(
      OnnxBase file, String features, PreprocessingSpec preprocessing) {
    return new OnnxArchitecture(
        file,
        features,
        OutputActivation.SOFTMAX,
        preprocessing,
        base(file, features, preprocessing));
  }

  /**
   * The preprocessing of most files: bilinear, square where the file does not say otherwise,
   * normalised as torchvision does.
   *
   * @param file the file
   * @param rows rows of the input
   * @return the steps
   */
  public static PreprocessingSpec usual(OnnxBase file, int rows) {
    return PreprocessingSpec.of(
        rows,
        file.columns().orElse(rows),
        Resampling.BILINEAR,
        file.channels(),
        Normalization.Kind.TORCH_MEAN_DEVIATION);
  }

  private static FrozenBase base(OnnxBase file, String features, PreprocessingSpec preprocessing) {
    InputShape input = preprocessing.inputShape();
    if (input.layout() != InputShape.Layout.CHANNELS_FIRST || input.channels() != file.channels()) {
      throw new IllegalArgumentException(
          "Preprocessing: expected "
              + file.channels()
              + " channels first for "
              + file.fileName()
              + ", found "
              + input);
    }
    return file.frozen(features, input.rows(), input.columns());
  }

  /**
   * The same base under another head.
   *
   * @param head softmax or a sigmoid a label
   * @return the architecture
   */
  public OnnxArchitecture withHead(OutputActivation head) {
    return new OnnxArchitecture(file, features, head, preprocessing, base);
  }

  /**
   * The same base with another way from radiograph to input.
   *
   * @param other the steps; their shape becomes the network's input
   * @return the architecture
   * @throws io.cxr.error.ModelFormatException if the file takes no such images
   */
  public OnnxArchitecture withPreprocessing(PreprocessingSpec other) {
    boolean same = other.inputShape().equals(preprocessing.inputShape());
    return new OnnxArchitecture(
        file, features, head, other, same ? base : base(file, features, other));
  }

  /**
   * The base.
   *
   * @return from images to the map or vector
   */
  public FrozenBase base() {
    return base;
  }

  /**
   * The base as it is trained on.
   *
   * @return with what its features are known by
   */
  public LoadedBase load() {
    return new LoadedBase(
        base,
        "onnx\n" + features + "\n" + features() + "\n" + file.sha256(),
        file.sha256(),
        (labels, seed, updater) ->
            DenseHead.alone(head, features().elements(), labels, seed, updater));
  }

  /** {@inheritDoc} It is the file's, in lower case, without its ending. */
  @Override
  public String name() {
    return file.fileName()
        .toLowerCase(Locale.ROOT)
        .replaceFirst("\\.onnx$", "")
        .replaceAll("[^a-z0-9]+", "-");
  }

  @Override
  public OutputActivation head() {
    return head;
  }

  @Override
  public Pooling pooling() {
    return Pooling.GLOBAL_AVERAGE;
  }

  @Override
  public int unfrozen() {
    return 0;
  }

  @Override
  public FeatureShape features() {
    return new FeatureShape(base.map().channels(), 1, 1);
  }

  /**
   * Whether models have heatmaps.
   *
   * @return whether the features are a map
   */
  public boolean givesMap() {
    return !base.map().flat();
  }

  @Override
  public PreprocessingSpec preprocessing() {
    return preprocessing;
  }

  @Override
  public double learningRate() {
    return PretrainedArchitecture.RATE_ON_MEANS;
  }

  /** {@inheritDoc} The file is one row. */
  @Override
  public NetworkTable summary(int labels) {
    InputShape input = preprocessing.inputShape();
    Shape map = base.map();
    List<NetworkTable.Row> rows = new ArrayList<>();
    rows.add(
        new NetworkTable.Row(
            "input",
            "InputLayer",
            List.of(),
            List.of(input.rows(), input.columns(), input.channels()),
            0,
            0));
    rows.add(
        new NetworkTable.Row(
            features,
            "Onnx",
            List.of("input"),
            map.flat()
                ? List.of(map.channels())
                : List.of(map.rows(), map.columns(), map.channels()),
            file.parameters(features),
            0));
    String below = features;
    if (givesMap()) {
      below = PretrainedArchitecture.GLOBAL_POOL;
      rows.add(
          new NetworkTable.Row(
              below, "GlobalAveragePooling2D", List.of(features), List.of(map.channels()), 0, 0));
    }
    long learnt = (map.channels() + 1L) * labels;
    rows.add(
        new NetworkTable.Row(OUTPUT, "Dense", List.of(below), List.of(labels), learnt, learnt));
    return new NetworkTable(name(), rows);
  }

  /** For model cards: without the folder that the file is in. */
  @Override
  public String toString() {
    return "OnnxArchitecture[file="
        + file.fileName()
        + ", sha256="
        + file.sha256()
        + ", features="
        + features
        + ", head="
        + head
        + ", preprocessing="
        + preprocessing
        + "]";
  }
}
