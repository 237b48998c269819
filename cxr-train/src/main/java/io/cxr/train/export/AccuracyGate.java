package io.cxr.train.export;

import io.cxr.Prediction;
import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.error.CxrException;
import io.cxr.evaluation.ClassificationReport;
import io.cxr.model.ExportProvenance.Gate;
import io.cxr.model.NoveltyGate;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Compares an exported model with its source on labelled radiographs. */
final class AccuracyGate {
  /** The greatest accuracy that may be lost. */
  static final double ACCURACY_LOSS = 0.005;

  /** The greatest area under the ROC curve that may be lost. */
  static final double AUROC_LOSS = 0.005;

  /** The greatest share of the radiographs that the novelty gate may newly refuse. */
  static final double NEWLY_REFUSED = 0.02;

  /** Shares are quotients of counts, which rounding must not tip over a limit. */
  private static final double ROUNDING = 1e-9;

  /** Of the ratio of both novelties: nearly all films that passed before shall pass again. */
  private static final double RATIO_PERCENTILE = 0.95;

  private AccuracyGate() {}

  /** What one model says of all the radiographs. */
  private record Figures(int images, double accuracy, double auroc, List<Double> novelty) {
    int refused(Optional<NoveltyGate> gate) {
      return gate.isEmpty()
          ? 0
          : (int) novelty.stream().filter(score -> score > gate.get().threshold()).count();
    }
  }

  /**
   * Both models on the same radiographs.
   *
   * @param gate whether the export may take the source's place
   * @param novelty the source's novelty gate with the threshold that lets the export refuse as few:
   *     the source's times the 95th percentile of the ratio of both novelties
   */
  record Comparison(Gate gate, Optional<NoveltyGate> novelty) {}

  /** Both classifiers without their novelty gates; refusals are counted from the statistic. */
  static Comparison compare(OnnxClassifier source, OnnxClassifier export, ImageFolder folder)
      throws IOException {
    Figures before = figures(source, folder);
    Figures after = figures(export, folder);
    Optional<NoveltyGate> old = source.card().novelty();
    Optional<NoveltyGate> novelty =
        old.map(gate -> gate.withThreshold(gate.threshold() * ratio(before, after)));
    int refusedBefore = before.refused(old);
    int refusedAfter = after.refused(novelty);
    double newlyRefused = (double) (refusedAfter - refusedBefore) / before.images();
    return new Comparison(
        new Gate(
            before.images(),
            before.accuracy(),
            after.accuracy(),
            before.auroc(),
            after.auroc(),
            refusedBefore,
            refusedAfter,
            before.accuracy() - after.accuracy() <= ACCURACY_LOSS + ROUNDING
                && before.auroc() - after.auroc() <= AUROC_LOSS + ROUNDING
                && newlyRefused <= NEWLY_REFUSED + ROUNDING),
        novelty);
  }

  private static double ratio(Figures before, Figures after) {
    double[] ratios = new double[before.images()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = after.novelty().get(i) / before.novelty().get(i);
    }
    Arrays.sort(ratios);
    return ratios[(int) Math.ceil(RATIO_PERCENTILE * ratios.length) - 1];
  }

  private static Figures figures(OnnxClassifier classifier, ImageFolder folder) throws IOException {
    boolean gated = classifier.card().novelty().isPresent();
    List<Double> novelty = new ArrayList<>();
    ClassificationReport.Builder report = ClassificationReport.builder(classifier.card().labels());
    for (LabelledRadiograph item : folder.items()) {
      try {
        Radiograph radiograph = item.read();
        Prediction prediction = classifier.classify(radiograph);
        report.add(item.label(), prediction);
        if (gated) {
          novelty.add(prediction.novelty().orElseThrow().score());
        }
      } catch (CxrException e) {
        throw new IOException(
            "Validation: expected radiographs only, found " + item.file() + ": " + e.getMessage(),
            e);
      }
    }
    ClassificationReport built = report.build();
    double auroc =
        built
            .auroc()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "Validation: expected radiographs of every label of "
                            + classifier.card().labels()
                            + ", found "
                            + folder.countByLabel()));
    return new Figures(built.total(), built.accuracy(), auroc, novelty);
  }

  static String describe(Gate gate) {
    return String.format(
        Locale.ROOT,
        "accuracy %.4f to %.4f, AUROC %.4f to %.4f, refused as novel %d to %d, on %d radiographs",
        gate.sourceAccuracy(),
        gate.accuracy(),
        gate.sourceAuroc(),
        gate.auroc(),
        gate.sourceRefused(),
        gate.refused(),
        gate.images());
  }
}
