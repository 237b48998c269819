package io.cxr.commandline;

import io.cxr.CxrException;
import io.cxr.LabelProbability;
import io.cxr.ModelIdentity;
import io.cxr.Prediction;
import io.cxr.UnsupportedRadiographException;
import io.cxr.dicom.AuditOutcome;
import io.cxr.dicom.AuditRecord;
import io.cxr.dicom.AuditTrail;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomResults;
import io.cxr.dicom.HashedUids;
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
import io.cxr.train.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
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

  @Mixin private ModelOption model;

  @Mixin private DicomReadingOption dicom;

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
              + " a structured report, a presentation state and a PDF to read.")
  private @Nullable Path instances;

  @Option(
      names = "--audit",
      paramLabel = "FILE.jsonl",
      description =
          "Appends a record for each input: when, who, hashes of file and UIDs, the model, and"
              + " probabilities or the reason of a refusal. No result is shown without its record.")
  private @Nullable Path audit;

  @Option(
      names = "--caller",
      paramLabel = "NAME",
      description = "Who asks, for the audit trail; by default the user of this process.")
  private String caller = System.getProperty("user.name", "unknown");

  @Option(
      names = "--audit-key",
      paramLabel = "FILE",
      description =
          "A file of 16 random bytes or more: UIDs are hashed with it, so that nobody without it"
              + " finds known ones in the audit trail.")
  private @Nullable Path auditKey;

  /** A file on its way through the pipeline; what the trail tells of it is set by its decoding. */
  private static final class Input {
    private final RadiographFiles.Named file;
    private Optional<String> sha256 = Optional.empty();
    private HashedUids uids = HashedUids.NONE;
    private final List<String> notes = new ArrayList<>();

    Input(RadiographFiles.Named file) {
      this.file = file;
    }
  }

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    int failed = 0;
    List<Input> files = RadiographFiles.of(inputs).stream().map(Input::new).toList();
    if (files.isEmpty()) {
      throw new IllegalArgumentException("Inputs: expected at least one image, found none.");
    }
    if (audit == null && auditKey != null) {
      throw new IllegalArgumentException(
          "--audit-key: expected an audit trail to use it for, found none. Add --audit FILE.");
    }
    try (AuditTrail trail = openTrail(err);
        OnnxClassifier classifier = model.open();
        PipelineResults<Input> results =
            InferencePipeline.<Input>of(
                    classifier, (input, buffers) -> decode(input, buffers, trail))
                .heatmaps(heatmaps != null || instances != null)
                .build()
                .run(files)) {
      while (results.hasNext()) {
        PipelineResult<Input> result = results.next();
        RadiographFiles.Named file = result.item().file;
        if (trail != null) {
          // A failure ends the command: nothing is shown that is not recorded.
          trail.append(record(result, classifier.model()));
        }
        try {
          print(out, result.item(), prediction(result, classifier.card()));
          for (String note : result.item().notes) {
            err.println("cxr: " + file.path() + ": " + note + ".");
          }
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

  private @Nullable AuditTrail openTrail(PrintWriter err) throws IOException {
    if (audit == null) {
      return null;
    }
    AuditTrail.Builder builder = AuditTrail.builder(audit);
    if (auditKey != null) {
      builder.key(Files.readAllBytes(auditKey));
    }
    AuditTrail trail = builder.open();
    trail
        .setAside()
        .ifPresent(
            torn ->
                err.printf(
                    "cxr: %s: its last line was torn by a crash; what was left of it is in %s.%n",
                    audit, torn));
    return trail;
  }

  private Radiograph decode(Input input, DecodeBuffers buffers, @Nullable AuditTrail trail)
      throws IOException {
    Path file = input.file.path();
    long most = DecodeLimits.DEFAULT.bytes();
    if (trail == null || !Files.isRegularFile(file) || Files.size(file) > most) {
      return dicom.read(file, buffers, input.notes::add);
    }
    // The trail speaks of the very bytes that are decoded, so the file is read once.
    byte[] encoded;
    try (InputStream in = Files.newInputStream(file)) {
      encoded = in.readNBytes((int) most);
    }
    input.sha256 = Optional.of(AuditTrail.sha256(encoded));
    input.uids = uids(encoded, trail);
    return dicom.read(encoded, buffers, input.notes::add);
  }

  private static HashedUids uids(byte[] encoded, AuditTrail trail) {
    if (!DicomFile.isDicom(encoded, encoded.length)) {
      return HashedUids.NONE;
    }
    try {
      return trail.hash(DicomFile.read(encoded, DecodeLimits.DEFAULT).dataSet());
    } catch (UnsupportedRadiographException e) {
      // Decoding refuses it likewise, and that is recorded.
      return HashedUids.NONE;
    }
  }

  private AuditRecord record(PipelineResult<Input> result, ModelIdentity model) {
    AuditOutcome outcome =
        result
            .failure()
            .map(AuditOutcome::of)
            .orElseGet(() -> AuditOutcome.of(result.prediction().orElseThrow()));
    Input input = result.item();
    return new AuditRecord(Instant.now(), input.sha256, input.uids, model, outcome, caller);
  }

  private Prediction prediction(PipelineResult<Input> result, ModelCard card) throws IOException {
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
      RadiographFiles.Named file = result.item().file;
      Path target = heatmaps.resolve(file.name() + ".heatmap.png");
      Files.createDirectories(target.toAbsolutePath().getParent());
      // Read again: a film for every item on its way would be a lot of memory.
      HeatmapOverlay.builder(dicom.read(file.path()), explanation.heatmap())
          .prediction(prediction)
          .build()
          .write(target);
    }
    if (instances != null && explanation != null) {
      writeInstances(instances, result.item().file, explanation, card);
    }
    return prediction;
  }

  /** Other files than DICOM have no study that results could belong to. */
  private void writeInstances(
      Path folder, RadiographFiles.Named file, Explanation explanation, ModelCard card)
      throws IOException {
    byte[] encoded = Files.readAllBytes(file.path());
    if (!DicomFile.isDicom(encoded, encoded.length)) {
      return;
    }
    DicomResults results =
        DicomResults.builder(
                DicomFile.read(encoded, DecodeLimits.DEFAULT).dataSet(),
                dicom.read(file.path()),
                explanation)
            .thresholds(card.thresholds())
            .build();
    Path target = folder.resolve(file.name().toString());
    Files.createDirectories(target.toAbsolutePath().getParent());
    write(target, ".sc.dcm", results.secondaryCapture());
    write(target, ".sr.dcm", results.structuredReport());
    write(target, ".pr.dcm", results.presentationState());
    write(target, ".pdf.dcm", results.encapsulatedPdf());
  }

  private static void write(Path target, String suffix, DicomFile instance) throws IOException {
    AtomicFile.write(
        target.resolveSibling(target.getFileName() + suffix), ByteBuffer.wrap(instance.toBytes()));
  }

  private void print(PrintWriter out, Input input, Prediction prediction) {
    RadiographFiles.Named file = input.file;
    if (json) {
      Map<String, Object> object = Json.prediction(file.path().toString(), prediction);
      if (!input.notes.isEmpty()) {
        object.put("notes", input.notes);
      }
      out.println(Json.line(object));
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
