package io.cxr.onnx;

import io.cxr.Device;
import io.cxr.ExplainingClassifier;
import io.cxr.Explanation;
import io.cxr.ModelIdentity;
import io.cxr.Outcome;
import io.cxr.Prediction;
import io.cxr.error.DeviceUnavailableException;
import io.cxr.error.InferenceException;
import io.cxr.error.ModelFormatException;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.model.ModelCard;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A chest X-ray classifier that runs one self-contained ONNX file: the network and, in the file's
 * metadata, the {@link ModelCard} with labels and preprocessing. It computes heatmaps if the graph
 * has a heatmap output.
 *
 * <p>The graph has the inputs that the card names, most graphs one, {@code input}: {@code [batch,
 * channel, row, column]} (or {@code [batch, row, column, channel]} if the card says so), 32-bit
 * floats or gray pixels as bytes. Each radiograph is preprocessed for every input; what inputs have
 * in common is computed once. The graph has an output {@code output} {@code [batch, unit]} after
 * the activation, 32-bit floats. An output {@code heatmap} {@code [batch, label, row, column]},
 * Grad-CAM after its ReLU (Selvaraju et al., ICCV 2017), is optional.
 *
 * <p>Thread-safe: any number of threads may classify with one instance; they share its native
 * threads. Preprocessing runs on the calling thread. Each call in flight takes a few megabytes of
 * direct memory, which is reused; after {@link #close} the garbage collector frees it. The code
 * that opens a classifier must close it. Research use only.
 */
public final class OnnxClassifier implements ExplainingClassifier {
  /** Beside this class in the library. */
  private static final String BUILT_IN = "chest-xray.onnx";

  private static final String BUILT_IN_ORIGIN = "The built-in model";

  private final LoadedModel loaded;
  private final ClassifierRuns runs;

  private OnnxClassifier(LoadedModel loaded, ClassifierRuns runs) {
    this.loaded = loaded;
    this.runs = runs;
  }

  /**
   * Opens a model on the CPU, with one thread per processor.
   *
   * @param file an ONNX file with a model card
   * @return the classifier; the caller closes it
   * @throws IOException if the file is missing, a directory or unreadable
   * @throws ModelFormatException if the file is not an ONNX model or has no card, or if the card
   *     does not match the graph or its outputs
   */
  public static OnnxClassifier open(Path file) throws IOException {
    return builder(file).open();
  }

  /**
   * Opens the model that ships with this library, on the CPU, with one thread per processor. Its
   * card describes its training data, performance and limits.
   *
   * @return the classifier; the caller closes it
   * @throws IllegalStateException if this build of the library contains no model
   */
  public static OnnxClassifier openDefault() {
    try {
      return builder().open();
    } catch (IOException e) {
      throw new IllegalStateException(BUILT_IN_ORIGIN + " cannot be read from the library", e);
    }
  }

  /**
   * Options for opening the model that ships with this library.
   *
   * @return a builder with the defaults of {@link #openDefault()}
   */
  public static Builder builder() {
    return new Builder(ModelSource.of(BUILT_IN_ORIGIN, OnnxClassifier::builtInModel));
  }

  /**
   * The model that ships with this library, such as to send it to other machines.
   *
   * @return the bytes of its ONNX file
   * @throws IOException if the library cannot be read
   * @throws IllegalStateException if this build of the library contains no model
   */
  public static byte[] builtInModel() throws IOException {
    try (InputStream in = OnnxClassifier.class.getResourceAsStream(BUILT_IN)) {
      if (in == null) {
        throw new IllegalStateException(
            BUILT_IN_ORIGIN
                + ": expected the resource "
                + BUILT_IN
                + " in this library, found none. Open a model file instead.");
      }
      return in.readAllBytes();
    }
  }

  /**
   * Options for opening a model.
   *
   * @param file an ONNX file with a model card
   * @return a builder with the defaults of {@link #open(Path)}
   */
  public static Builder builder(Path file) {
    Objects.requireNonNull(file, "file");
    return new Builder(ModelSource.of(file));
  }

  /**
   * Options for opening a model in memory, such as one from a database or an object store. It is
   * checked like a model in a file, and has the same SHA-256.
   *
   * @param model the bytes of an ONNX file with a model card; not copied, so they must not be
   *     changed before the model is open
   * @return a builder with the defaults of {@link #open(Path)}
   */
  public static Builder builder(byte[] model) {
    return new Builder(ModelSource.of(Objects.requireNonNull(model, "model")));
  }

  /**
   * Options for opening a model from a stream, which is read to its end immediately.
   *
   * @param model the bytes of an ONNX file with a model card; the caller closes it
   * @return a builder with the defaults of {@link #open(Path)}
   * @throws IOException if the stream fails
   * @throws ModelFormatException if it is longer than an ONNX file can be
   */
  public static Builder builder(InputStream model) throws IOException {
    return builder(NativeSession.read(Objects.requireNonNull(model, "model")));
  }

  /** Options for opening a model. Not thread-safe. */
  public static final class Builder {
    private final ModelSource source;
    private @Nullable Path cache;
    private boolean gated = true;
    private boolean viewGated = true;
    private boolean calibrated = true;
    private int batchLimit = 16;
    private SessionSettings session = SessionSettings.defaults();
    private int threads = session.threads();

    private Builder(ModelSource source) {
      this.source = source;
    }

    /**
     * A cache folder, which makes the next start of a process faster. It keeps the optimised graph
     * with its weights (about as large as the model), which is reused when the same model is opened
     * with the same version of ONNX Runtime on the same kind of processor, and ONNX Runtime's
     * native libraries (24 MB), which are otherwise unpacked at every start. Predictions are
     * bitwise identical.
     *
     * <p>The folder is created if it is missing. Libraries in it are executed, so opening fails if
     * anyone but the user of this process may write to it, or to the folders and libraries in it.
     * Damaged content is rebuilt. If the folder cannot be created or written, a warning is logged
     * and the model is opened without a cache. A model file counts as unchanged as long as its
     * size, timestamps and location on disk are. Models on devices other than the CPU are not
     * cached; libraries are, unless ONNX Runtime is already loaded.
     *
     * @param folder a folder that belongs to this user only
     * @return this builder
     */
    public Builder cache(Path folder) {
      this.cache = Objects.requireNonNull(folder, "folder");
      return this;
    }

    /**
     * Whether images that are unlike the training images are refused, if the model computes a
     * novelty score.
     *
     * @param gated by default true; false to measure the model without the gate
     * @return this builder
     */
    public Builder noveltyGate(boolean gated) {
      this.gated = gated;
      return this;
    }

    /**
     * Whether radiographs that seem lateral, rotated, mirrored or inverted are refused, if the
     * model has a view head. A view that the file itself states, as DICOM does, is looked at either
     * way.
     *
     * @param gated by default true; false to measure the model without the gate, or for a patient
     *     with dextrocardia
     * @return this builder
     */
    public Builder viewGate(boolean gated) {
      this.viewGated = gated;
      return this;
    }

    /**
     * Whether the card's calibration is applied to the network's outputs.
     *
     * @param calibrated by default true; false for the network's uncalibrated probabilities
     * @return this builder
     */
    public Builder calibration(boolean calibrated) {
      this.calibrated = calibrated;
      return this;
    }

    /**
     * The number of threads that share the work of one layer on the CPU.
     *
     * @param threads at least 1; by default the number of processors
     * @return this builder
     */
    public Builder threads(int threads) {
      this.threads = threads;
      return this;
    }

    /**
     * Where and how the model runs, all at once.
     *
     * @param settings replaces device, threads, spinning and options for CUDA
     * @return this builder
     */
    public Builder session(SessionSettings settings) {
      this.session = Objects.requireNonNull(settings, "settings");
      this.threads = settings.threads();
      return this;
    }

    /**
     * Options for a device that is an NVIDIA GPU.
     *
     * @param options how it is used; by default {@link CudaOptions#defaults()}
     * @return this builder
     */
    public Builder cuda(CudaOptions options) {
      this.session = session.withCuda(options);
      return this;
    }

    /**
     * The device that the model must run on. If that is not possible, opening fails. On an NVIDIA
     * GPU, opening runs the model once and fails if the GPU computes none of its layers; layers
     * that the CPU computes are logged as a warning.
     *
     * @param device the device; by default the CPU
     * @return this builder
     */
    public Builder device(Device device) {
      this.session = session.withDevice(device);
      return this;
    }

    /**
     * The preferred device. If the model cannot run on it, it runs on the CPU and a warning is
     * logged. {@link OnnxClassifier#device()} tells which one is used.
     *
     * @param device the device
     * @return this builder
     */
    public Builder deviceOrCpu(Device device) {
      this.session = session.withDeviceOrCpu(device);
      return this;
    }

    /**
     * The most radiographs in one native run; longer lists are split. Larger batches take more
     * memory.
     *
     * @param radiographs at least 1; by default 16
     * @return this builder
     */
    public Builder batchLimit(int radiographs) {
      this.batchLimit = radiographs;
      return this;
    }

    /**
     * Whether native threads spin while they wait for work within a run. This is faster, but takes
     * CPU time from other work.
     *
     * @param spinning by default true
     * @return this builder
     */
    public Builder spinning(boolean spinning) {
      this.session = session.withSpinning(spinning);
      return this;
    }

    /**
     * Reads the model and checks that its card matches its graph.
     *
     * @return the classifier; the caller closes it
     * @throws IllegalArgumentException if an option is out of range
     * @throws IOException if the file is missing, a directory or unreadable
     * @throws ModelFormatException if the file is not an ONNX model or has no card, or if the card
     *     does not match the graph or its outputs
     * @throws DeviceUnavailableException if the device or one of its libraries is missing
     */
    public OnnxClassifier open() throws IOException {
      List<String> wrong = new ArrayList<>();
      if (threads < 1) {
        wrong.add("threads: expected at least 1, found " + threads);
      }
      if (batchLimit < 1) {
        wrong.add("batchLimit: expected at least 1, found " + batchLimit);
      }
      if (!wrong.isEmpty()) {
        throw new IllegalArgumentException("Classifier options: " + String.join("; ", wrong));
      }
      return session.withThreads(threads).open(this::open);
    }

    private OnnxClassifier open(SessionSettings settings) throws IOException {
      LoadedModel loaded = LoadedModel.open(source, settings, cache);
      try {
        if (batchLimit > loaded.graph().largestBatch()) {
          throw new IllegalArgumentException(
              "Classifier options: batchLimit: expected at most "
                  + loaded.graph().largestBatch()
                  + " for a model of this size, found "
                  + batchLimit);
        }
        ClassifierRuns runs =
            new ClassifierRuns(
                loaded, batchLimit, calibrated, new ClassifierRuns.Gates(gated, viewGated));
        runs.requireProbabilities();
        return new OnnxClassifier(loaded, runs);
      } catch (RuntimeException e) {
        loaded.session().close();
        throw e;
      }
    }
  }

  @Override
  public ModelCard card() {
    return loaded.card();
  }

  @Override
  public ModelIdentity model() {
    return loaded.identity();
  }

  @Override
  public Device device() {
    return loaded.device();
  }

  /** The model's runs, for those that gather batches. */
  ClassifierRuns runs() {
    return runs;
  }

  /**
   * Computes the novelty score of any image, regardless of its view and of the novelty gate. For a
   * radiograph that is classified anyway, {@link Prediction#novelty()} has the score without
   * another run.
   *
   * @param picture any image
   * @return the statistic that the card's novelty gate names; near 2 for training images
   * @throws IllegalStateException if this classifier is closed
   * @throws InferenceException if the native run fails
   * @throws UnsupportedOperationException if the model computes no novelty score
   */
  public double novelty(Radiograph picture) {
    return runs.novelty(Objects.requireNonNull(picture, "picture"));
  }

  /** {@inheritDoc} It does if the graph has a heatmap output. */
  @Override
  public boolean canExplain() {
    return loaded.graph().hasHeatmap();
  }

  /**
   * {@inheritDoc}
   *
   * @throws UnsupportedRadiographException if the view is known and is not frontal, or if the
   *     novelty gate refuses the image
   */
  @Override
  public Prediction classify(Radiograph radiograph) {
    return classify(List.of(radiograph)).get(0);
  }

  /**
   * {@inheritDoc}
   *
   * @throws UnsupportedRadiographException if the view of one radiograph is known and is not
   *     frontal, before the model runs; or if the novelty gate refuses one
   */
  @Override
  public List<Prediction> classify(List<Radiograph> radiographs) {
    return predictions(radiographs, false);
  }

  @Override
  public List<Prediction> classifyUngated(List<Radiograph> images) {
    return predictions(images, true);
  }

  private List<Prediction> predictions(List<Radiograph> radiographs, boolean ungated) {
    List<Prediction> predictions = new ArrayList<>(radiographs.size());
    for (Answer answer : runs.all(List.copyOf(radiographs), () -> HeatmapChoice.NONE, ungated)) {
      predictions.add(answer.prediction());
    }
    return List.copyOf(predictions);
  }

  @Override
  public List<Outcome<Prediction>> classifyAll(List<Radiograph> radiographs) {
    List<Outcome<Prediction>> outcomes = new ArrayList<>(radiographs.size());
    for (Outcome<Answer> outcome : runs.each(List.copyOf(radiographs), () -> HeatmapChoice.NONE)) {
      outcomes.add(outcome.map(Answer::prediction));
    }
    return List.copyOf(outcomes);
  }

  /**
   * {@inheritDoc}
   *
   * @throws UnsupportedOperationException if the graph has no heatmap output; {@code
   *     io.cxr.explain.OcclusionExplainer} explains any classifier, more slowly
   * @throws UnsupportedRadiographException if the view is known and is not frontal, or if the
   *     novelty gate refuses the image
   */
  @Override
  public Explanation explain(Radiograph radiograph, String label) {
    return explain(radiograph, List.of(label)).get(0);
  }

  /**
   * {@inheritDoc}
   *
   * @throws UnsupportedOperationException if the graph has no heatmap output
   * @throws UnsupportedRadiographException if the view is known and is not frontal, or if the
   *     novelty gate refuses the image
   */
  @Override
  public List<Explanation> explain(Radiograph radiograph, List<String> labels) {
    List<String> chosen = List.copyOf(labels);
    return runs.all(List.of(radiograph), () -> choice(chosen), false).get(0).explanations();
  }

  /**
   * {@inheritDoc}
   *
   * @throws UnsupportedOperationException if the graph has no heatmap output
   * @throws UnsupportedRadiographException if the view is known and is not frontal, or if the
   *     novelty gate refuses the image
   */
  @Override
  public List<Explanation> explainPositives(Radiograph radiograph) {
    return runs.all(List.of(radiograph), this::topLabel, false).get(0).explanations();
  }

  /**
   * {@inheritDoc}
   *
   * @throws UnsupportedOperationException if the graph has no heatmap output
   * @throws UnsupportedRadiographException if the view is known and is not frontal, or if the
   *     novelty gate refuses the image
   */
  @Override
  public Explanation explain(Radiograph radiograph) {
    return explain(List.of(radiograph)).get(0);
  }

  /**
   * {@inheritDoc}
   *
   * @throws UnsupportedOperationException if the graph has no heatmap output
   * @throws UnsupportedRadiographException if the view of one radiograph is known and is not
   *     frontal, before the model runs; or if the novelty gate refuses one
   */
  @Override
  public List<Explanation> explain(List<Radiograph> radiographs) {
    List<Explanation> explanations = new ArrayList<>(radiographs.size());
    for (Answer answer : runs.all(List.copyOf(radiographs), this::topLabel, false)) {
      explanations.add(answer.explanation());
    }
    return List.copyOf(explanations);
  }

  @Override
  public List<Outcome<Explanation>> explainAll(List<Radiograph> radiographs) {
    List<Outcome<Explanation>> outcomes = new ArrayList<>(radiographs.size());
    for (Outcome<Answer> outcome : runs.each(List.copyOf(radiographs), this::topLabel)) {
      outcomes.add(outcome.map(Answer::explanation));
    }
    return List.copyOf(outcomes);
  }

  private HeatmapChoice topLabel() {
    runs.requireHeatmaps();
    return HeatmapChoice.TOP_LABEL;
  }

  private HeatmapChoice choice(List<String> labels) {
    HeatmapChoice choice = HeatmapChoice.of(loaded.card(), labels);
    runs.requireHeatmaps();
    return choice;
  }

  @Override
  public String toString() {
    return "OnnxClassifier["
        + card().name()
        + " "
        + card().version()
        + " ("
        + model().sha256().substring(0, 12)
        + ") on "
        + device()
        + ", "
        + card().labels()
        + "]";
  }

  @Override
  public void close() {
    runs.close();
  }
}
