package io.cxr.train;

import io.cxr.Prediction;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.evaluation.ClassificationReport;
import io.cxr.model.ModelCard;
import io.cxr.model.OutputActivation;
import io.cxr.model.TrainingProvenance;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * Trains one network by a plan and writes the best epoch's model as soon as it is known, so that a
 * training that is interrupted or killed leaves its best model whole. Not thread-safe: one trainer,
 * one thread.
 */
public final class Trainer {
  private final TrainingPlan plan;
  private final TrainingProgress progress;

  /**
   * Prepares a training.
   *
   * @param plan what to train and how
   * @param progress who hears how it goes
   */
  public Trainer(TrainingPlan plan, TrainingProgress progress) {
    this.plan = Objects.requireNonNull(plan, "plan");
    this.progress = Objects.requireNonNull(progress, "progress");
  }

  /**
   * Trains to the end: reads the images, computes the features of a frozen base or takes them from
   * the cache, fits the weights, and writes model and history.
   *
   * @return the written model and its figures
   * @throws IOException if an image, the weights or the cache cannot be read, or the model cannot
   *     be written
   * @throws io.cxr.UnsupportedRadiographException if an image is damaged; the message names it
   * @throws TrainingDivergedException if the loss is no longer a number
   */
  public TrainingResult train() throws IOException {
    plan.split().warnings().forEach(progress::warning);
    // Before an hour of training, not after it.
    Files.createDirectories(plan.model().toAbsolutePath().resolveSibling("."));
    if (Files.isDirectory(plan.model())) {
      throw new IOException(plan.model() + ": expected a model file to write, found a folder");
    }
    return fit(LearningTask.of(plan, progress));
  }

  TrainingResult fit(LearningTask task) throws IOException {
    MultiLayerNetwork network = task.network();
    OutputActivation output = plan.architecture().output(plan.labels().size());
    TrainingFigures figures = new TrainingFigures(output);
    network.setListeners(figures);
    SampleOrder order = new SampleOrder(task.training().size(), plan.seed());
    int steps =
        plan.stepsPerEpoch()
            .orElse((task.training().size() + plan.batchSize() - 1) / plan.batchSize());

    List<TrainingHistory.Epoch> history = new ArrayList<>();
    Optional<Written> best = Optional.empty();
    double bestFigure = Double.NaN;
    double stoppingFigure = Double.NaN;
    int epochsWithoutGain = 0;
    for (int epoch = 1; epoch <= plan.epochs(); epoch++) {
      long start = System.nanoTime();
      figures.startEpoch();
      for (int step = 1; step <= steps; step++) {
        int[] batch = order.next(plan.batchSize());
        figures.expect(labels(task.training(), batch));
        network.fit(dataSet(task.training(), batch, output));
        if (Double.isNaN(figures.loss()) || Double.isInfinite(network.score())) {
          throw diverged(epoch, step, best);
        }
        progress.stepDone(epoch, plan.epochs(), step, steps, figures.loss(), figures.accuracy());
      }
      List<double[]> probabilities = probabilities(network, task.validation(), output);
      TrainingHistory.Epoch row = row(epoch, figures, task.validation(), probabilities, start);
      if (Double.isNaN(row.validationLoss())) {
        throw diverged(epoch, steps, best);
      }
      history.add(row);

      double figure = plan.monitor().of(row);
      boolean better = best.isEmpty() || plan.monitor().gain(figure, bestFigure) > 0;
      if (better) {
        bestFigure = figure;
        best = Optional.of(write(task, epoch, history, probabilities));
      } else {
        new TrainingHistory(history).writeBeside(plan.model());
      }
      progress.epochDone(row, plan.epochs(), better);

      if (plan.earlyStopping().isPresent()) {
        EarlyStopping rule = plan.earlyStopping().get();
        if (Double.isNaN(stoppingFigure)
            || plan.monitor().gain(figure, stoppingFigure) > rule.minimumDelta()) {
          stoppingFigure = figure;
          epochsWithoutGain = 0;
        } else if (++epochsWithoutGain >= rule.patience()) {
          break;
        }
      }
    }
    Written written = best.orElseThrow();
    int bestEpoch = written.epoch();
    boolean keepsLast = plan.earlyStopping().map(rule -> !rule.restoreBest()).orElse(false);
    if (keepsLast && bestEpoch != history.size()) {
      List<double[]> last = probabilities(network, task.validation(), output);
      written = write(task, history.size(), history, last);
    }
    return new TrainingResult(
        plan.model(), written.card(), new TrainingHistory(history), written.report(), bestEpoch);
  }

  /** A model on disk. */
  private record Written(int epoch, ModelCard card, ClassificationReport report) {}

  private Written write(
      LearningTask task,
      int epoch,
      List<TrainingHistory.Epoch> history,
      List<double[]> probabilities)
      throws IOException {
    ClassificationReport report = report(task.validation(), probabilities);
    ModelCard card = card(task, epoch, history, report);
    task.export(card, plan.model());
    new TrainingHistory(history).writeBeside(plan.model());
    return new Written(epoch, card, report);
  }

  private TrainingDivergedException diverged(int epoch, int step, Optional<Written> best) {
    return new TrainingDivergedException(
        "Training loss: expected a number, found none in step "
            + step
            + " of epoch "
            + epoch
            + ". Lower the learning rate, now "
            + plan.learningRate()
            + ". "
            + best.map(
                    written ->
                        "The model of epoch " + written.epoch() + " is in " + plan.model() + ".")
                .orElse("No model was written."));
  }

  private static int[] labels(Samples samples, int[] indices) {
    int[] labels = new int[indices.length];
    for (int i = 0; i < labels.length; i++) {
      labels[i] = samples.label(indices[i]);
    }
    return labels;
  }

  /** Inputs with their targets; class weights go in as a mask, which scales loss and gradient. */
  private DataSet dataSet(Samples samples, int[] indices, OutputActivation output) {
    int units = output.units(plan.labels().size());
    float[] targets = new float[indices.length * units];
    float[] weights = new float[indices.length];
    for (int i = 0; i < indices.length; i++) {
      int label = samples.label(indices[i]);
      if (units == 1) {
        targets[i] = label;
      } else {
        targets[i * units + label] = 1;
      }
      weights[i] = plan.classWeights().getOrDefault(plan.labels().get(label), 1.0).floatValue();
    }
    INDArray target = Nd4j.createFromArray(targets).reshape('c', indices.length, units);
    DataSet data = new DataSet(samples.inputs(indices), target);
    if (!plan.classWeights().isEmpty()) {
      data.setLabelsMaskArray(Nd4j.createFromArray(weights).reshape('c', indices.length, 1));
    }
    return data;
  }

  private List<double[]> probabilities(
      MultiLayerNetwork network, Samples samples, OutputActivation output) {
    List<double[]> probabilities = new ArrayList<>(samples.size());
    for (int start = 0; start < samples.size(); start += plan.batchSize()) {
      int[] indices = new int[Math.min(plan.batchSize(), samples.size() - start)];
      for (int i = 0; i < indices.length; i++) {
        indices[i] = start + i;
      }
      for (float[] row : network.output(samples.inputs(indices)).toFloatMatrix()) {
        probabilities.add(TrainingFigures.probabilities(output, row));
      }
    }
    return probabilities;
  }

  private static TrainingHistory.Epoch row(
      int epoch,
      TrainingFigures training,
      Samples validation,
      List<double[]> probabilities,
      long start) {
    double loss = 0;
    int right = 0;
    for (int i = 0; i < probabilities.size(); i++) {
      loss += TrainingFigures.loss(probabilities.get(i), validation.label(i));
      right += TrainingFigures.top(probabilities.get(i)) == validation.label(i) ? 1 : 0;
    }
    return new TrainingHistory.Epoch(
        epoch,
        training.loss(),
        training.accuracy(),
        loss / probabilities.size(),
        (double) right / probabilities.size(),
        (System.nanoTime() - start) / 1e9);
  }

  private ClassificationReport report(Samples validation, List<double[]> probabilities) {
    ClassificationReport.Builder report = ClassificationReport.builder(plan.labels());
    for (int i = 0; i < probabilities.size(); i++) {
      report.add(plan.labels().get(validation.label(i)), probabilities.get(i));
    }
    return report.build();
  }

  private ModelCard card(
      LearningTask task,
      int epoch,
      List<TrainingHistory.Epoch> history,
      ClassificationReport report) {
    Map<String, Double> metrics = new LinkedHashMap<>(report.metrics());
    metrics.put("loss", history.get(epoch - 1).validationLoss());
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("optimizer", "Adam");
    settings.put("learningRate", String.valueOf(plan.learningRate()));
    settings.put("adamEpsilon", String.valueOf(plan.adamEpsilon()));
    settings.put("batchSize", String.valueOf(plan.batchSize()));
    plan.stepsPerEpoch().ifPresent(steps -> settings.put("stepsPerEpoch", String.valueOf(steps)));
    settings.put("monitor", plan.monitor().name().toLowerCase(Locale.ROOT));
    plan.classWeights()
        .forEach((label, weight) -> settings.put("classWeight." + label, String.valueOf(weight)));
    task.weightsHash().ifPresent(hash -> settings.put("baseWeightsSha256", hash));
    Map<String, String> software = new LinkedHashMap<>();
    software.put("cxr", version(Trainer.class));
    software.put("deeplearning4j", version(MultiLayerNetwork.class));
    software.put("java", System.getProperty("java.version"));
    TrainingProvenance provenance =
        new TrainingProvenance(
            plan.data(),
            countByLabel(plan.labels(), plan.split().training()),
            countByLabel(plan.labels(), plan.split().validation()),
            plan.split().patientsApart(),
            plan.seed(),
            history.size(),
            epoch,
            settings,
            software);
    return new ModelCard(
        ModelCard.FORMAT_VERSION,
        plan.name(),
        plan.version(),
        plan.architecture().name(),
        plan.labels(),
        plan.architecture().output(plan.labels().size()),
        plan.preprocessing(),
        metrics,
        Optional.of(provenance),
        Prediction.NOTICE);
  }

  private static String version(Class<?> type) {
    return Objects.requireNonNullElse(type.getPackage().getImplementationVersion(), "unknown");
  }

  /** Counts images a label, in the labels' order; a label without an image is an error. */
  static Map<String, Integer> countByLabel(
      List<String> labels, List<LabelledRadiograph> radiographs) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    labels.forEach(label -> counts.put(label, 0));
    for (LabelledRadiograph radiograph : radiographs) {
      if (counts.computeIfPresent(radiograph.label(), (label, count) -> count + 1) == null) {
        throw new IllegalArgumentException(
            "Label of an image: expected one of " + labels + ", found " + radiograph.label());
      }
    }
    counts.forEach(
        (label, count) -> {
          if (count == 0) {
            throw new IllegalArgumentException(
                "Images of "
                    + label
                    + ": expected at least one on each side of the split, found none on one."
                    + " Add images, or change the validation share.");
          }
        });
    return counts;
  }
}
