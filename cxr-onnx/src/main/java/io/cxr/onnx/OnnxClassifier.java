package io.cxr.onnx;

import io.cxr.Classifier;
import io.cxr.Device;
import io.cxr.error.DeviceUnavailableException;
import io.cxr.Explainer;
import io.cxr.error.InferenceException;
import io.cxr.LabelProbability;
import io.cxr.error.ModelFormatException;
import io.cxr.ModelIdentity;
import io.cxr.Prediction;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.Explanation;
import io.cxr.Heatmap;
import io.cxr.model.Calibration;
import io.cxr.model.ModelCard;
import io.cxr.model.NoveltyGate;
import io.cxr.model.OutputActivation;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.Radiograph;
import io.cxr.radiograph.ViewPosition;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A chest X-ray classifier in one ONNX file: the network, and in its metadata the {@link ModelCard}
 * with labels and preprocessing. It also shows where the network looked, if the file has a heatmap
 * output.
 *
 * <p>The graph has one input {@code input} {@code [batch, channel, row, column]} (or {@code [batch,
 * row, column, channel]} where the card says so) and an output {@code output} {@code [batch, unit]}
 * after the activation, both 32-bit floats. An output {@code heatmap} {@code [batch, label, row,
 * column]}, Grad-CAM after its ReLU (Selvaraju et al., ICCV 2017), is optional.
 *
 * <p>Thread-safe: any number of threads may classify with one instance, and share its native
 * threads. Preprocessing runs on the caller's thread. Direct memory is a few megabytes for each
 * call in flight and is reused; after {@link #close} the garbage collector frees it. Whoever opens
 * a classifier closes it. Research use only.
 */
public final class OnnxClassifier implements Classifier, Explainer {
  /** Beside this class in the library. */
  private static final String BUILT_IN = "chest-xray.onnx";

  private static final String BUILT_IN_ORIGIN = "The built-in model";

  /** Rounding to 8 bits and to halves moves a sum by less. */
  private static final double PROBE_TOLERANCE = 0.02;

  private static final int PROBE_SIDE = 64;

  private static final System.Logger LOGGER = System.getLogger(OnnxClassifier.class.getName());

  private final ModelCard card;
  private final ModelIdentity model;
  private final Device device;
  private final StandardPreprocessor preprocessor;
  private final ClassifierGraph graph;
  private final int batchLimit;
  private final Optional<NoveltyGate> gate;
  private final Optional<Calibration> calibration;
  private final NativeSession session;
  private final InputStaging staging;
  private final CallsInFlight calls;

  private OnnxClassifier(
      ModelCard card,
      ModelIdentity model,
      Device device,
      ClassifierGraph graph,
      int batchLimit,
      Optional<NoveltyGate> gate,
      Optional<Calibration> calibration,
      NativeSession session) {
    this.card = card;
    this.model = model;
    this.device = device;
    this.preprocessor = StandardPreprocessor.of(card.preprocessing());
    this.graph = graph;
    this.batchLimit = graph.oneAtATime() ? 1 : batchLimit;
    this.gate = gate;
    this.calibration = calibration;
    this.session = session;
    this.staging = new InputStaging(session, graph, BatchSizes.on(device, this.batchLimit));
    this.calls = new CallsInFlight("This classifier");
  }

  /**
   * Opens a model on the CPU with all processors.
   *
   * @param file an ONNX file with a model card
   * @return the classifier; the caller closes it
   * @throws IOException if the file is missing, a directory or unreadable
   * @throws ModelFormatException if the file is no ONNX model, has no card, or its card does not
   *     fit its graph or what the graph gives
   */
  public static OnnxClassifier open(Path file) throws IOException {
    return builder(file).open();
  }

  /**
   * Opens the model that comes with this library, on the CPU with all processors: nothing to
   * download. Its card tells what it was trained on, how well it does, and its limits.
   *
   * @return the classifier; the caller closes it
   * @throws IllegalStateException if this build of the library has no model in it
   */
  public static OnnxClassifier openDefault() {
    try {
      return builder().open();
    } catch (IOException e) {
      throw new IllegalStateException(BUILT_IN_ORIGIN + " cannot be read from the library", e);
    }
  }

  /**
   * Options for opening the model that comes with this library.
   *
   * @return a builder with the defaults of {@link #openDefault()}
   */
  public static Builder builder() {
    return new Builder(ModelSource.of(BUILT_IN_ORIGIN, OnnxClassifier::builtIn));
  }

  private static byte[] builtIn() throws IOException {
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

  /** How to open a model. Not thread-safe. */
  public static final class Builder {
    private final ModelSource source;
    private Optional<Path> cache = Optional.empty();
    private boolean gated = true;
    private boolean calibrated = true;
    private int threads = Runtime.getRuntime().availableProcessors();
    private int batchLimit = 16;
    private boolean spinning = true;
    private Device device = Device.cpu();
    private boolean cpuInstead;

    private Builder(ModelSource source) {
      this.source = source;
    }

    /**
     * A folder that makes the next start of a process faster: what opening a model works out is
     * kept there, and taken from there by whoever opens the same model with the same version of
     * ONNX Runtime on the same kind of processor. That is the optimised graph with its weights
     * (about as large as the model), and ONNX Runtime's native libraries (24 MB), which are
     * otherwise unpacked at every start. Predictions are the same bit for bit.
     *
     * <p>The folder is made where it is missing. Libraries in it are run, so only the user of this
     * process may write to it, and to the folders and libraries in it: else opening fails. Damaged
     * content is built again. If it cannot be made or written, a warning is logged and the model is
     * opened without it. A model file counts as unchanged while its size, times and place on the
     * disk are. Models on other devices than the CPU are not kept; libraries are, if nothing has
     * loaded ONNX Runtime before.
     *
     * @param folder a folder of this user alone
     * @return this builder
     */
    public Builder cache(Path folder) {
      this.cache = Optional.of(folder);
      return this;
    }

    /**
     * Whether images that are unlike all that the model was trained on are refused, where the model
     * can tell.
     *
     * @param gated by default true; false for those who measure what the model would say
     * @return this builder
     */
    public Builder noveltyGate(boolean gated) {
      this.gated = gated;
      return this;
    }

    /**
     * Whether the card's calibration is applied to the network's answers.
     *
     * @param calibrated by default true; false for those who want what the network itself says
     * @return this builder
     */
    public Builder calibration(boolean calibrated) {
      this.calibrated = calibrated;
      return this;
    }

    /**
     * How many threads share the work of one layer on the CPU.
     *
     * @param threads at least 1; by default as many as there are processors
     * @return this builder
     */
    public Builder threads(int threads) {
      this.threads = threads;
      return this;
    }

    /**
     * Where the model must run. If it cannot, opening fails.
     *
     * @param device the device; by default the CPU
     * @return this builder
     */
    public Builder device(Device device) {
      this.device = Objects.requireNonNull(device, "device");
      this.cpuInstead = false;
      return this;
    }

    /**
     * Where the model runs if it can; else it runs on the CPU and a warning is logged. {@link
     * OnnxClassifier#device()} tells which it was.
     *
     * @param device the device
     * @return this builder
     */
    public Builder deviceOrCpu(Device device) {
      this.device = Objects.requireNonNull(device, "device");
      this.cpuInstead = true;
      return this;
    }

    /**
     * The most radiographs in one native run. Longer lists are split. More take more memory.
     *
     * @param radiographs at least 1; by default 16
     * @return this builder
     */
    public Builder batchLimit(int radiographs) {
      this.batchLimit = radiographs;
      return this;
    }

    /**
     * Whether native threads wait busily for work within a run. It is faster, and takes processor
     * time from others.
     *
     * @param spinning by default true
     * @return this builder
     */
    public Builder spinning(boolean spinning) {
      this.spinning = spinning;
      return this;
    }

    /**
     * Reads the model and checks that its card fits its graph.
     *
     * @return the classifier; the caller closes it
     * @throws IllegalArgumentException if an option is out of its range
     * @throws IOException if the file is missing, a directory or unreadable
     * @throws ModelFormatException if the file is no ONNX model, has no card, or its card does not
     *     fit its graph or what the graph gives
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
      if (!cpuInstead) {
        return open(device);
      }
      try {
        return open(device);
      } catch (DeviceUnavailableException e) {
        LOGGER.log(System.Logger.Level.WARNING, "Running on the CPU instead: {0}", e.getMessage());
        return open(Device.cpu());
      }
    }

    private OnnxClassifier open(Device device) throws IOException {
      ModelSource.Opened opened =
          source.open(new SessionSettings(threads, spinning, device), cache);
      NativeSession session = opened.session();
      try {
        ModelCard card = opened.card().orElseGet(() -> card(session, source.origin()));
        ClassifierGraph graph = ClassifierGraph.check(session, card);
        if (batchLimit > graph.largestBatch()) {
          throw new IllegalArgumentException(
              "Classifier options: batchLimit: expected at most "
                  + graph.largestBatch()
                  + " for a model of this size, found "
                  + batchLimit);
        }
        ModelIdentity model = new ModelIdentity(card.name(), card.version(), opened.sha256());
        Optional<NoveltyGate> gate = gated ? card.novelty() : Optional.empty();
        Optional<Calibration> calibration = calibrated ? card.calibration() : Optional.empty();
        OnnxClassifier classifier =
            new OnnxClassifier(card, model, device, graph, batchLimit, gate, calibration, session);
        classifier.requireProbabilities(opened.output());
        return classifier;
      } catch (RuntimeException e) {
        session.close();
        throw e;
      }
    }
  }

  private static ModelCard card(NativeSession session, String origin) {
    String json =
        session
            .metadata(ModelCard.METADATA_KEY)
            .orElseThrow(
                () ->
                    new ModelFormatException(
                        origin
                            + ": expected a model card in the metadata entry '"
                            + ModelCard.METADATA_KEY
                            + "', but the file has no card. Export the model with cxr, or add a"
                            + " card made by ModelCard.toJson() to the file's metadata."));
    try {
      return ModelCard.fromJson(json);
    } catch (ModelFormatException e) {
      throw new ModelFormatException(origin + ": " + e.getMessage(), e);
    }
  }

  /**
   * Refuses a network that gives something else than the probabilities that its card promises.
   *
   * @param origin what the graph tells; where it does not tell, the network is asked, with images
   *     that are far apart
   * @throws ModelFormatException if the output is no probability
   */
  private void requireProbabilities(OutputOrigin origin) {
    if (origin == OutputOrigin.LOGITS) {
      throw noProbabilities("the result of a layer without one");
    }
    if (origin == OutputOrigin.PROBABILITIES) {
      return;
    }
    for (Radiograph image : probes()) {
      try (InputStaging.Slot slot = staging.lease(1)) {
        slot.add(preprocessor, image);
        slot.run(false);
        float[] output = slot.output(0);
        card.output().probabilities(output);
        double sum = 0;
        for (float value : output) {
          sum += value;
        }
        if (card.output() == OutputActivation.SOFTMAX && Math.abs(sum - 1) > PROBE_TOLERANCE) {
          throw noProbabilities("values whose sum is " + sum);
        }
      } catch (IllegalArgumentException e) {
        throw noProbabilities(String.valueOf(e.getMessage()));
      }
    }
  }

  private ModelFormatException noProbabilities(String found) {
    return new ModelFormatException(
        session.origin()
            + ": the model card promises probabilities ("
            + card.output()
            + "), expected an output '"
            + ClassifierGraph.OUTPUT
            + "' after its activation, found "
            + found
            + ". Export the model with its softmax or sigmoid as the last layer.");
  }

  /** Black, white, and a step from one to the other. */
  private static List<Radiograph> probes() {
    byte[] black = new byte[PROBE_SIDE * PROBE_SIDE];
    byte[] white = new byte[black.length];
    byte[] step = new byte[black.length];
    Arrays.fill(white, (byte) 255);
    Arrays.fill(step, step.length / 2, step.length, (byte) 255);
    return Stream.of(black, white, step)
        .map(pixels -> Radiograph.ofGray8(PROBE_SIDE, PROBE_SIDE, pixels))
        .toList();
  }

  @Override
  public ModelCard card() {
    return card;
  }

  @Override
  public ModelIdentity model() {
    return model;
  }

  @Override
  public Device device() {
    return device;
  }

  /**
   * How unlike the images that the model was trained on a radiograph is, whatever the gate would
   * say.
   *
   * @param radiograph any radiograph
   * @return the statistic that the card's novelty gate names; near 2 for training images
   * @throws IllegalStateException if this classifier is closed
   * @throws InferenceException if the native run fails
   * @throws UnsupportedOperationException if the model cannot tell
   */
  public double novelty(Radiograph radiograph) {
    List<Radiograph> films = List.of(radiograph);
    return calls.call(
        () -> {
          if (!graph.hasNovelty()) {
            throw new UnsupportedOperationException(
                session.origin()
                    + ": expected an output '"
                    + ClassifierGraph.NOVELTY
                    + "', the file has none. Train the model again with this version of cxr.");
          }
          try (InputStaging.Slot slot = staging.lease(1)) {
            slot.add(preprocessor, films.get(0));
            slot.run(false);
            return (double) slot.novelty(0);
          }
        });
  }

  /**
   * Whether the model file can show where the network looked.
   *
   * @return whether {@code explain} works
   */
  public boolean hasHeatmap() {
    return graph.hasHeatmap();
  }

  /**
   * {@inheritDoc}
   *
   * @throws UnsupportedRadiographException if the view is known and not frontal, or the novelty
   *     gate refuses the image
   */
  @Override
  public Prediction classify(Radiograph radiograph) {
    return classify(List.of(radiograph)).get(0);
  }

  /**
   * {@inheritDoc}
   *
   * @throws UnsupportedRadiographException if the view of one radiograph is known and not frontal,
   *     before anything runs; or if the novelty gate refuses one
   */
  @Override
  public List<Prediction> classify(List<Radiograph> radiographs) {
    List<Radiograph> films = List.copyOf(radiographs);
    return calls.call(
        () -> run(films, gate, false, (slot, sample, film) -> prediction(slot.output(sample))));
  }

  @Override
  public List<Prediction> classifyUngated(List<Radiograph> images) {
    List<Radiograph> films = List.copyOf(images);
    return calls.call(
        () ->
            run(
                films,
                Optional.empty(),
                false,
                (slot, sample, film) -> prediction(slot.output(sample))));
  }

  /**
   * {@inheritDoc}
   *
   * @throws UnsupportedOperationException if the model file has no heatmap output; {@code
   *     io.cxr.explain.OcclusionExplainer} explains any classifier, more slowly
   * @throws UnsupportedRadiographException if the view is known and not frontal, or the novelty
   *     gate refuses the image
   */
  @Override
  public Heatmap explain(Radiograph radiograph, String label) {
    List<Radiograph> films = List.of(radiograph);
    Objects.requireNonNull(label, "label");
    return calls.call(
        () -> {
          int index = card.labels().indexOf(label);
          if (index < 0) {
            throw new IllegalArgumentException(
                "Label '" + label + "' is unknown to this model. Expected one of " + card.labels());
          }
          requireHeatmap();
          return run(
                  films,
                  gate,
                  true,
                  (slot, sample, film) -> heatmap(slot, sample, index, film.rows(), film.columns()))
              .get(0);
        });
  }

  /**
   * Classifies one radiograph and explains its most probable label, in one run.
   *
   * @param radiograph a frontal chest radiograph
   * @return the prediction, and the heatmap of its top label
   * @throws IllegalStateException if this classifier is closed
   * @throws InferenceException if the native run fails
   * @throws UnsupportedOperationException if the model file has no heatmap output
   * @throws UnsupportedRadiographException if the view is known and not frontal, or the novelty
   *     gate refuses the image
   */
  public Explanation explain(Radiograph radiograph) {
    return explain(List.of(radiograph)).get(0);
  }

  /**
   * Classifies radiographs in batches and explains the most probable label of each.
   *
   * @param radiographs frontal chest radiographs, any number of them
   * @return one explanation a radiograph, in their order
   * @throws IllegalStateException if this classifier is closed
   * @throws InferenceException if the native run fails
   * @throws UnsupportedOperationException if the model file has no heatmap output
   * @throws UnsupportedRadiographException if the view of one radiograph is known and not frontal,
   *     before anything runs; or if the novelty gate refuses one
   */
  public List<Explanation> explain(List<Radiograph> radiographs) {
    List<Radiograph> films = List.copyOf(radiographs);
    return calls.call(
        () -> {
          requireHeatmap();
          return run(
              films,
              gate,
              true,
              (slot, sample, film) -> explanation(slot, sample, film.rows(), film.columns()));
        });
  }

  @Override
  public String toString() {
    return "OnnxClassifier["
        + card.name()
        + " "
        + card.version()
        + " ("
        + model.sha256().substring(0, 12)
        + ") on "
        + device
        + ", "
        + card.labels()
        + "]";
  }

  @Override
  public void close() {
    calls.close(
        () -> {
          staging.close();
          session.close();
        });
  }

  /** What is read from the memory of a run for one of its radiographs. */
  private interface Reading<T> {
    T read(InputStaging.Slot slot, int sample, Radiograph radiograph);
  }

  /** Preprocesses and runs in batches, and reads one result a radiograph, in their order. */
  private <T> List<T> run(
      List<Radiograph> films,
      Optional<NoveltyGate> gate,
      boolean withHeatmaps,
      Reading<T> reading) {
    requireFrontal(films);
    List<T> results = new ArrayList<>(films.size());
    for (int from = 0; from < films.size(); from += batchLimit) {
      List<Radiograph> batch = films.subList(from, Math.min(from + batchLimit, films.size()));
      try (InputStaging.Slot slot = staging.lease(batch.size())) {
        for (Radiograph film : batch) {
          slot.add(preprocessor, film);
        }
        slot.run(withHeatmaps);
        for (int sample = 0; sample < batch.size(); sample++) {
          requireFamiliar(gate, slot.novelty(sample), from + sample, films.size());
          results.add(reading.read(slot, sample, batch.get(sample)));
        }
      }
    }
    return List.copyOf(results);
  }

  // Samples that are prepared by one thread and run by another -----------------------------------

  /** Memory for a sample of this model. */
  PreparedSample newSample() {
    return new PreparedSample(graph);
  }

  /** The most samples in one run. */
  int batchLimit() {
    return batchLimit;
  }

  /**
   * Preprocesses a radiograph on the caller's thread.
   *
   * @throws IllegalStateException if this classifier is closed
   * @throws UnsupportedRadiographException if the view is known and not frontal
   */
  void prepare(Radiograph radiograph, PreparedSample sample) {
    requireFrontal(List.of(radiograph));
    calls.call(
        () -> {
          sample.fill(preprocessor, radiograph);
          return sample;
        });
  }

  /**
   * Runs samples as one batch, at most {@link #batchLimit()}.
   *
   * @return one answer a sample, in their order; what fails for one sample fails for that one alone
   * @throws IllegalStateException if this classifier is closed
   * @throws InferenceException if the native run fails
   * @throws UnsupportedOperationException if heatmaps are asked of a model without them
   */
  List<Answer> run(List<PreparedSample> samples, boolean withHeatmaps) {
    return calls.call(
        () -> {
          if (withHeatmaps) {
            requireHeatmap();
          }
          List<Answer> answers = new ArrayList<>(samples.size());
          try (InputStaging.Slot slot = staging.lease(samples.size())) {
            for (PreparedSample sample : samples) {
              slot.add(sample);
            }
            slot.run(withHeatmaps);
            for (int i = 0; i < samples.size(); i++) {
              answers.add(answer(slot, i, samples.get(i), withHeatmaps));
            }
          }
          return answers;
        });
  }

  private Answer answer(
      InputStaging.Slot slot, int index, PreparedSample sample, boolean withHeatmaps) {
    try {
      requireFamiliar(gate, slot.novelty(index), 0, 1);
      return withHeatmaps
          ? Answer.of(explanation(slot, index, sample.rows(), sample.columns()))
          : Answer.of(prediction(slot.output(index)));
    } catch (UnsupportedRadiographException | InferenceException e) {
      return Answer.failed(e);
    }
  }

  private static void requireFrontal(List<Radiograph> films) {
    for (int i = 0; i < films.size(); i++) {
      Optional<ViewPosition> view = films.get(i).viewPosition();
      if (view.isPresent() && !view.get().isFrontal()) {
        throw new UnsupportedRadiographException(
            UnsupportedRadiographException.Reason.UNSUPPORTED_VIEW,
            "Radiograph "
                + (i + 1)
                + " of "
                + films.size()
                + ": expected a frontal view (PA or AP), found "
                + view.get()
                + ". The model knows frontal chest radiographs alone: leave other views out.");
      }
    }
  }

  private static void requireFamiliar(
      Optional<NoveltyGate> gate, float novelty, int index, int count) {
    // NaN is familiar to nobody.
    if (gate.isPresent() && !(novelty <= gate.get().threshold())) {
      throw new UnsupportedRadiographException(
          UnsupportedRadiographException.Reason.NOT_A_CHEST_RADIOGRAPH,
          String.format(
              Locale.ROOT,
              "%sexpected a frontal chest radiograph like those that the model was trained on"
                  + " (novelty at most %.2f), found one of novelty %.2f. If it is one, the model"
                  + " does not know its kind, and its answer would be a guess.",
              count == 1 ? "Radiograph: " : "Radiograph " + (index + 1) + " of " + count + ": ",
              gate.get().threshold(),
              novelty));
    }
  }

  private void requireHeatmap() {
    if (!graph.hasHeatmap()) {
      throw new UnsupportedOperationException(
          session.origin()
              + ": expected an output '"
              + ClassifierGraph.HEATMAP
              + "', the file has none. Explain this model with"
              + " io.cxr.explain.OcclusionExplainer, or export it with Grad-CAM.");
    }
  }

  private Prediction prediction(float[] output) {
    double[] probabilities;
    try {
      double[] raw = card.output().probabilities(output);
      probabilities = calibration.map(fitted -> fitted.calibrate(raw)).orElse(raw);
    } catch (IllegalArgumentException e) {
      throw new InferenceException(
          session.origin()
              + ": "
              + e.getMessage()
              + ". The weights or the preprocessing in its card are damaged: export it again.",
          e);
    }
    List<LabelProbability> entries = new ArrayList<>(probabilities.length);
    for (int i = 0; i < probabilities.length; i++) {
      entries.add(new LabelProbability(card.labels().get(i), probabilities[i]));
    }
    return new Prediction(entries, model);
  }

  private Heatmap heatmap(InputStaging.Slot slot, int sample, int label, int rows, int columns) {
    float[] activations = slot.heatmap(sample, label);
    for (float activation : activations) {
      if (!Float.isFinite(activation)) {
        throw new InferenceException(
            session.origin()
                + ": expected a heatmap of finite values, found "
                + activation
                + ". The weights are damaged: export it again.");
      }
    }
    return Heatmap.ofActivations(
        card.labels().get(label),
        graph.heatmapRows(),
        graph.heatmapColumns(),
        activations,
        preprocessor.sourceRegion(rows, columns),
        rows,
        columns);
  }

  private Explanation explanation(InputStaging.Slot slot, int sample, int rows, int columns) {
    Prediction prediction = prediction(slot.output(sample));
    int top = card.labels().indexOf(prediction.top().label());
    return new Explanation(prediction, heatmap(slot, sample, top, rows, columns));
  }
}
