package io.cxr.train.audit;

import io.cxr.Classifier;
import io.cxr.Explainer;
import io.cxr.Heatmap;
import io.cxr.LungFields;
import io.cxr.Prediction;
import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.augmentation.StyleMixing;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Shows a model every image whole, with its centre blanked, and in the look of another class, and
 * measures its heatmaps.
 */
final class ModelProbe {
  /** Points a heatmap is measured at, along each axis; a tenth of them are margin on each side. */
  private static final int POINTS = 100;

  private final Classifier classifier;
  private final Optional<Explainer> explainer;
  private final Optional<LungLocator> lungs;
  private final AuditProgress progress;

  ModelProbe(
      Classifier classifier,
      Optional<Explainer> explainer,
      Optional<LungLocator> lungs,
      AuditProgress progress) {
    this.classifier = classifier;
    this.explainer = explainer;
    this.lungs = lungs;
    this.progress = progress;
  }

  static void check(Classifier classifier, ImageFolder folder) {
    classifier.card().task().requireExclusiveLabels("Shortcut audit");
    if (!classifier.card().labels().containsAll(folder.labels())) {
      throw new IllegalArgumentException(
          "Model: expected one that knows the classes "
              + folder.labels()
              + ", found one for "
              + classifier.card().labels()
              + ". Name the classes to audit, or another model.");
    }
  }

  /** Answers to all images, NaN where the model refused. */
  private static final class Answers {
    final double[][] probabilities;
    int refused;

    Answers(int labels, int images) {
      probabilities = new double[labels][images];
      for (double[] row : probabilities) {
        Arrays.fill(row, Double.NaN);
      }
    }

    void put(int image, List<String> labels, Prediction prediction) {
      for (int label = 0; label < probabilities.length; label++) {
        probabilities[label][image] = prediction.probability(labels.get(label));
      }
    }
  }

  ModelFigures figures(
      ImageFolder folder,
      List<LabelledRadiograph> items,
      int[] classes,
      int[] patients,
      Optional<SourceFigures> source,
      long seed)
      throws IOException {
    List<String> labels = folder.labels();
    Answers whole = new Answers(labels.size(), items.size());
    Answers blanked = new Answers(labels.size(), items.size());
    Answers exchanged = new Answers(labels.size(), items.size());
    SplittableRandom random = new SplittableRandom(seed);
    List<Double> outside = new ArrayList<>();
    Map<String, List<LungHeat.Film>> inLungs = new LinkedHashMap<>();
    int empty = 0;
    for (int i = 0; i < items.size(); i++) {
      Radiograph radiograph = items.get(i).read();
      try {
        Prediction prediction = classifier.classify(radiograph);
        whole.put(i, labels, prediction);
        if (explainer.isPresent()) {
          Heatmap heatmap = explainer.get().explain(radiograph, prediction.top().label()).heatmap();
          double share = shareOutside(heatmap);
          if (Double.isNaN(share)) {
            empty++;
          } else {
            outside.add(share);
            LabelledRadiograph item = items.get(i);
            int patient = patients[i];
            lungs(folder.nameOf(item), radiograph)
                .ifPresent(
                    fields ->
                        inLungs
                            .computeIfAbsent(item.label(), label -> new ArrayList<>())
                            .add(
                                new LungHeat.Film(
                                    patient, fields.shareOf(heatmap), fields.share())));
          }
        }
      } catch (UnsupportedRadiographException e) {
        whole.refused++;
      }
      try {
        blanked.put(i, labels, answer(withoutCentre(radiograph)));
      } catch (UnsupportedRadiographException e) {
        blanked.refused++;
      }
      try {
        Radiograph other = items.get(ofAnotherClass(classes, i, random)).read();
        exchanged.put(i, labels, answer(StyleMixing.exchanged(radiograph, other)));
      } catch (UnsupportedRadiographException e) {
        exchanged.refused++;
      }
      progress.imageClassified(i + 1, items.size());
    }
    Tally tally = new Tally(labels, classes, patients, new int[classes.length], seed);
    Optional<Discrimination> blankedFigures = figures(tally, blanked, classes);
    return new ModelFigures(
        classifier.model(),
        whole.refused,
        figures(tally, whole, classes),
        blanked.refused,
        blankedFigures,
        blankedFigures
            .map(
                found ->
                    tally.separation(
                        found, answered(blanked), IntStream.range(0, labels.size()).toArray()))
            .orElse(Separation.UNDECIDED),
        figures(tally, exchanged, classes),
        outside.size(),
        empty,
        outside.isEmpty()
            ? Optional.empty()
            : Optional.of(outside.stream().mapToDouble(share -> share).average().orElse(0)),
        labels.stream()
            .filter(inLungs::containsKey)
            .map(label -> LungHeat.of(label, inLungs.getOrDefault(label, List.of()), seed))
            .toList(),
        source);
  }

  /** The lungs where they are known; a film with none says nothing of where heat should be. */
  private Optional<LungFields> lungs(String file, Radiograph radiograph) throws IOException {
    return lungs.isEmpty()
        ? Optional.empty()
        : lungs.get().locate(file, radiograph).filter(fields -> !fields.isEmpty());
  }

  /** What the model says of a changed image, which would be novel to any gate. */
  private Prediction answer(Radiograph changed) {
    return classifier.classifyUngated(List.of(changed)).get(0);
  }

  /** The index of an image of another class, by lot. There are two classes or more. */
  private static int ofAnotherClass(int[] classes, int image, SplittableRandom random) {
    int[] others =
        IntStream.range(0, classes.length).filter(i -> classes[i] != classes[image]).toArray();
    return others.length == 0 ? image : others[random.nextInt(others.length)];
  }

  private static int[] answered(Answers answers) {
    double[] first = answers.probabilities[0];
    return IntStream.range(0, first.length).filter(i -> !Double.isNaN(first[i])).toArray();
  }

  private static Optional<Discrimination> figures(Tally tally, Answers answers, int[] classes) {
    double[][] probabilities = answers.probabilities;
    int[] rows = answered(answers);
    int labels = probabilities.length;
    if (Arrays.stream(rows).map(i -> classes[i]).distinct().count() < labels) {
      return Optional.empty();
    }
    int[] tops = new int[classes.length];
    for (int i : rows) {
      for (int label = 1; label < labels; label++) {
        if (probabilities[label][i] > probabilities[tops[i]][i]) {
          tops[i] = label;
        }
      }
    }
    double[][] scores = probabilities;
    if (labels == 2) {
      // The model may know further classes, whose share is left out.
      double[] first = new double[classes.length];
      for (int i : rows) {
        first[i] =
            probabilities[0][i]
                / Math.max(Double.MIN_NORMAL, probabilities[0][i] + probabilities[1][i]);
      }
      scores = new double[][] {first};
    }
    return Optional.of(
        tally.discrimination(rows, IntStream.range(0, labels).toArray(), scores, tops, tops));
  }

  /**
   * The radiograph with its central 80 % of rows and columns at the mean gray of the rest, so that
   * not even the brightness of the lungs is left.
   */
  static Radiograph withoutCentre(Radiograph radiograph) {
    int rows = radiograph.rows();
    int columns = radiograph.columns();
    byte[] gray = radiograph.toGray8();
    int top = GrayGrid.centreStart(rows);
    int left = GrayGrid.centreStart(columns);
    long sum = 0;
    long count = 0;
    for (int i = 0; i < gray.length; i++) {
      int row = i / columns;
      int column = i % columns;
      if (row < top || row >= rows - top || column < left || column >= columns - left) {
        sum += gray[i] & 0xff;
        count++;
      }
    }
    byte mean = (byte) (count == 0 ? 0 : (sum + count / 2) / count);
    for (int row = top; row < rows - top; row++) {
      Arrays.fill(gray, row * columns + left, (row + 1) * columns - left, mean);
    }
    Radiograph blank = Radiograph.ofGray8(rows, columns, gray);
    if (radiograph.viewPosition().isPresent()) {
      blank = blank.withViewPosition(radiograph.viewPosition().get());
    }
    return radiograph.pixelSpacing().isPresent()
        ? blank.withPixelSpacing(radiograph.pixelSpacing().get())
        : blank;
  }

  /** The share of a heatmap outside the central 80 %, NaN if it is zero everywhere. */
  static double shareOutside(Heatmap heatmap) {
    double all = 0;
    double outside = 0;
    int margin = (int) Math.round(POINTS * GrayGrid.MARGIN);
    for (int i = 0; i < POINTS; i++) {
      int row = (int) ((i + 0.5) * heatmap.radiographRows() / POINTS);
      for (int j = 0; j < POINTS; j++) {
        int column = (int) ((j + 0.5) * heatmap.radiographColumns() / POINTS);
        double value = heatmap.valueAt(row, column);
        all += value;
        if (Math.min(i, j) < margin || Math.max(i, j) >= POINTS - margin) {
          outside += value;
        }
      }
    }
    return outside / all;
  }
}
