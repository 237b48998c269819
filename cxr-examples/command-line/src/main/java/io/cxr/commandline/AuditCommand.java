package io.cxr.commandline;

import io.cxr.LungFields;
import io.cxr.dataset.ImageSet;
import io.cxr.dataset.MaskFolder;
import io.cxr.dataset.PatientSplit;
import io.cxr.error.ModelFormatException;
import io.cxr.file.AtomicFile;
import io.cxr.onnx.LungFinder;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.onnx.SessionSettings;
import io.cxr.train.audit.AuditProgress;
import io.cxr.train.audit.ShortcutAudit;
import io.cxr.train.audit.ShortcutReport;
import io.cxr.train.audit.UnreadImage;
import io.cxr.train.export.ModelFeatures;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Asks whether classes can be told apart by what is not anatomy. */
@Command(
    name = "audit",
    description = {
      "Tells whether the classes of a data set can be told apart by what is not anatomy: borders,",
      "gray values, file properties. With a model, whether it reads them.",
      "Exit code 0 whatever the verdict, 1 if some images could not be read, 2 for wrong usage."
    },
    mixinStandardHelpOptions = true)
final class AuditCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private DataOptions data;

  @Mixin private DeviceOption device;

  @Mixin private SubsetOption subset;

  @Option(
      names = "--model",
      paramLabel = "MODEL.onnx",
      description = {
        "Also shows this model the images with their centre blanked, measures how much of its",
        "heatmaps lies in the lungs, and tries to tell sources by its features (--patients with a",
        "column source)."
      })
  private @Nullable Path model;

  @Option(
      names = "--masks",
      paramLabel = "DIR",
      description = {
        "Where the lungs are: PNG files, bright where lung is, CLASS/film.png or CLASS-film.png"
            + " for",
        "CLASS/film.jpg. A lung model finds them otherwise."
      })
  private @Nullable Path masks;

  @Option(
      names = "--lungs",
      paramLabel = "LUNGS.onnx",
      description = "The lung model; by default the one of this software.")
  private @Nullable Path lungs;

  @Option(
      names = "--validation",
      paramLabel = "SHARE",
      description = {
        "Asks the model only about the images that cxr train --validation SHARE measures on;",
        "0.2 is the default there. All images otherwise, those that it was trained on, too."
      })
  private @Nullable Double validation;

  @Option(names = "--split-seed", paramLabel = "N", description = "The --seed of that training; 1.")
  private long splitSeed = 1;

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @Option(names = "--html", paramLabel = "FILE", description = "Writes the report as one page.")
  private @Nullable Path html;

  @Option(names = "--folds", paramLabel = "N", description = "Parts of the cross-validation; 5.")
  private int folds = 5;

  @Option(names = "--seed", paramLabel = "N", description = "Chooses the parts; 0.")
  private long seed;

  @Override
  public Integer call() throws IOException {
    if (html != null) {
      OutputName.check("--html", html, ".html", ".htm");
    }
    PrintWriter err = spec.commandLine().getErr();
    ImageSet folder = data.open(err);
    ShortcutReport report;
    try (ProgressBars bars = new ProgressBars(err)) {
      ShortcutAudit.Builder audit =
          ShortcutAudit.of(folder).folds(folds).seed(seed).progress(progress(bars));
      if (validation != null) {
        audit.modelImages(PatientSplit.of(folder, validation, splitSeed).validation());
      }
      if (subset.isGiven() && (model == null || validation != null)) {
        throw new IllegalArgumentException(
            "--subset: expected a model and no --validation, found "
                + (model == null ? "no --model" : "--validation"));
      }
      report = model == null ? audit.run() : runWith(model, folder, audit, err);
    }
    if (html != null) {
      AtomicFile.write(html, report.toHtml());
      err.println("Wrote " + html);
    }
    for (UnreadImage image : report.unread()) {
      err.println("cxr: " + image.file() + ": " + image.reason());
    }
    err.flush();
    PrintWriter out = spec.commandLine().getOut();
    out.println(json ? report.toJson() : report.format());
    out.flush();
    return report.unread().isEmpty() ? 0 : 1;
  }

  private ShortcutReport runWith(
      Path model, ImageSet folder, ShortcutAudit.Builder audit, PrintWriter err)
      throws IOException {
    // Without their centre, images are no chest radiographs: they are to be answered all the same.
    SessionSettings session = device.settings();
    try (OnnxClassifier classifier =
            OnnxClassifier.builder(model)
                .session(session)
                .noveltyGate(false)
                .viewGate(false)
                .open();
        LungFinder finder =
            lungs == null ? LungFinder.openDefault(session) : LungFinder.open(lungs, session)) {
      if (subset.isGiven()) {
        audit.modelImages(subset.of(folder, classifier.card()));
      }
      MaskFolder drawn = masks == null ? null : MaskFolder.open(masks);
      audit.lungs(
          (file, radiograph) ->
              drawn == null
                  ? Optional.of(finder.find(radiograph))
                  : drawn.read(file).map(LungFields::ofMask));
      if (classifier.canExplain()) {
        audit.model(classifier, classifier);
      } else {
        audit.model(classifier);
      }
      return runWithFeatures(model, session, audit, err);
    }
  }

  /** Models whose features cannot be told are audited without. */
  private static ShortcutReport runWithFeatures(
      Path model, SessionSettings session, ShortcutAudit.Builder audit, PrintWriter err)
      throws IOException {
    ModelFeatures features;
    try {
      features = ModelFeatures.open(model, session);
    } catch (ModelFormatException e) {
      err.println("cxr: " + e.getMessage());
      return audit.run();
    }
    try (features) {
      return audit.features(features::of).run();
    }
  }

  private static AuditProgress progress(ProgressBars bars) {
    return new AuditProgress() {
      @Override
      public void imageRead(int done, int total) {
        bars.imagePrepared(done, total);
      }

      @Override
      public void imageClassified(int done, int total) {
        bars.imagePrepared(done, total);
      }
    };
  }
}
