package io.cxr.commandline;

import io.cxr.CxrException;
import io.cxr.LabelProbability;
import io.cxr.Prediction;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomResults;
import io.cxr.explain.Explanation;
import io.cxr.explain.HeatmapOverlay;
import io.cxr.model.ModelCard;
import io.cxr.onnx.InferencePipeline;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.onnx.PipelineResult;
import io.cxr.onnx.PipelineResults;
import io.cxr.radiograph.DecodeBuffers;
import io.cxr.radiograph.DecodeLimits;
import io.cxr.radiograph.Radiograph;
import io.cxr.radiograph.RadiographReader;
import io.cxr.train.AtomicFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Classifies radiographs. */
@Command(
    name = "classify",
    description = "Classifies radiographs; a bad file is named and does not stop the others.",
    mixinStandardHelpOptions = true)
final class ClassifyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(
      names = "--model",
      paramLabel = "MODEL.onnx",
      description = "The model; by default the one that comes with the library.")
  private @Nullable Path model;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE|DIR",
      description = "Radiographs, or folders of them.")
  private List<Path> inputs;

  @Option(names = "--json", description = "Prints one JSON object a radiograph.")
  private boolean json;

  @Option(
      names = "--heatmap",
      paramLabel = "DIR",
      description = "Writes a PNG for each radiograph that shows what spoke for its label.")
  private @Nullable Path heatmaps;

  @Option(
      names = "--dicom",
      paramLabel = "DIR",
      description =
          "Writes for each DICOM file what an archive can store: the heatmap as a secondary capture,"
              + " a structured report and a presentation state.")
  private @Nullable Path instances;

  @Option(
      names = "--cache",
      paramLabel = "DIR",
      description = "Keeps the optimised model there, so that the next start is faster.")
  private @Nullable Path cache;

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    int failed = 0;
    List<RadiographFiles.Named> files = RadiographFiles.of(inputs);
    if (files.isEmpty()) {
      throw new IllegalArgumentException("Inputs: expected at least one image, found none.");
    }
    try (OnnxClassifier classifier = open();
        PipelineResults<RadiographFiles.Named> results =
            InferencePipeline.of(classifier, ClassifyCommand::decode)
                .heatmaps(heatmaps != null || instances != null)
                .build()
                .run(files)) {
      while (results.hasNext()) {
        PipelineResult<RadiographFiles.Named> result = results.next();
        RadiographFiles.Named file = result.item();
        try {
          print(out, file, prediction(result, classifier.card()));
        } catch (IOException | CxrException e) {
          failed++;
          err.println("cxr: " + file.path() + ": " + Cxr.reason(e));
          err.flush();
          if (json) {
            out.println(Json.line(Json.failure(file.path().toString(), e)));
          }
        }
        out.flush();
      }
    }
    if (failed > 0) {
      err.printf("cxr: %d of %d radiographs failed.%n", failed, files.size());
    }
    if (!json) {
      err.println(Prediction.NOTICE);
    }
    return failed == 0 ? 0 : 1;
  }

  private OnnxClassifier open() throws IOException {
    OnnxClassifier.Builder builder =
        model == null ? OnnxClassifier.builder() : OnnxClassifier.builder(model);
    return cache == null ? builder.open() : builder.cache(cache).open();
  }

  private static Radiograph decode(RadiographFiles.Named file, DecodeBuffers buffers)
      throws IOException {
    return RadiographReader.standard().read(file.path(), buffers);
  }

  private Prediction prediction(PipelineResult<RadiographFiles.Named> result, ModelCard card)
      throws IOException {
    Exception failure = result.failure().orElse(null);
    if (failure instanceof IOException unreadable) {
      throw unreadable;
    }
    if (failure instanceof RuntimeException refused) {
      throw refused;
    }
    Prediction prediction = result.prediction().orElseThrow();
    Explanation explanation = result.explanation().orElse(null);
    if (heatmaps != null && explanation != null) {
      RadiographFiles.Named file = result.item();
      Path target = heatmaps.resolve(file.name() + ".heatmap.png");
      Files.createDirectories(target.toAbsolutePath().getParent());
      // Read again: a film for every item on its way would be a lot of memory.
      HeatmapOverlay.builder(Radiograph.read(file.path()), explanation.heatmap())
          .prediction(prediction)
          .build()
          .write(target);
    }
    if (instances != null && explanation != null) {
      writeInstances(instances, result.item(), explanation, card);
    }
    return prediction;
  }

  /** Other files than DICOM have no study that results could belong to. */
  private static void writeInstances(
      Path folder, RadiographFiles.Named file, Explanation explanation, ModelCard card)
      throws IOException {
    byte[] encoded = Files.readAllBytes(file.path());
    if (!DicomFile.isDicom(encoded, encoded.length)) {
      return;
    }
    DicomResults results =
        DicomResults.builder(
                DicomFile.read(encoded, DecodeLimits.DEFAULT).dataSet(),
                Radiograph.read(encoded),
                explanation)
            .thresholds(card.thresholds())
            .build();
    Path target = folder.resolve(file.name().toString());
    Files.createDirectories(target.toAbsolutePath().getParent());
    write(target, ".sc.dcm", results.secondaryCapture());
    write(target, ".sr.dcm", results.structuredReport());
    write(target, ".pr.dcm", results.presentationState());
  }

  private static void write(Path target, String suffix, DicomFile instance) throws IOException {
    AtomicFile.write(
        target.resolveSibling(target.getFileName() + suffix), ByteBuffer.wrap(instance.toBytes()));
  }

  private void print(PrintWriter out, RadiographFiles.Named file, Prediction prediction) {
    if (json) {
      out.println(Json.line(Json.prediction(file.path().toString(), prediction)));
      return;
    }
    StringBuilder line = new StringBuilder(file.path().toString());
    for (LabelProbability entry : prediction.probabilities()) {
      line.append(
          String.format(Locale.ROOT, "  %s %.2f %%", entry.label(), 100 * entry.probability()));
    }
    out.println(line);
  }
}
