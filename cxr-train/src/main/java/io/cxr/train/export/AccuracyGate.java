package io.cxr.train.export;

import io.cxr.CxrException;
import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.evaluation.ClassificationReport;
import io.cxr.model.ExportProvenance.Gate;
import io.cxr.model.NoveltyGate;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
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

  private AccuracyGate() {}

  /** What one model says of all the radiographs. */
  private record Figures(int images, double accuracy, double auroc, int refused) {}

  /** Both classifiers without their novelty gates; refusals are counted from the statistic. */
  static Gate compare(OnnxClassifier source, OnnxClassifier export, ImageFolder folder)
      throws IOException {
    Figures before = figures(source, folder);
    Figures after = figures(export, folder);
    double newlyRefused = (double) (after.refused() - before.refused()) / before.images();
    return new Gate(
        before.images(),
        before.accuracy(),
        after.accuracy(),
        before.auroc(),
        after.auroc(),
        before.refused(),
        after.refused(),
        before.accuracy() - after.accuracy() <= ACCURACY_LOSS + ROUNDING
            && before.auroc() - after.auroc() <= AUROC_LOSS + ROUNDING
            && newlyRefused <= NEWLY_REFUSED + ROUNDING);
  }

  private static Figures figures(OnnxClassifier classifier, ImageFolder folder) throws IOException {
    Optional<NoveltyGate> novelty = classifier.card().novelty();
    ClassificationReport.Builder report = ClassificationReport.builder(classifier.card().labels());
    int refused = 0;
    for (LabelledRadiograph item : folder.items()) {
      try {
        Radiograph radiograph = item.read();
        report.add(item.label(), classifier.classify(radiograph));
        if (novelty.isPresent() && classifier.novelty(radiograph) > novelty.get().threshold()) {
          refused++;
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
    return new Figures(built.total(), built.accuracy(), auroc, refused);
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
