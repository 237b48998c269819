package io.cxr.commandline;

import io.cxr.ExplainingClassifier;
import io.cxr.Explanation;
import io.cxr.LabelProbability;
import io.cxr.MeasuredValue;
import io.cxr.ModelIdentity;
import io.cxr.Prediction;
import io.cxr.audit.AuditOutcome;
import io.cxr.audit.AuditRecord;
import io.cxr.audit.AuditTrail;
import io.cxr.audit.HashedUids;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.image.DicomRadiograph;
import io.cxr.dicom.result.DicomResults;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.explain.HeatmapOverlay;
import io.cxr.file.Sha256;
import io.cxr.model.Task;
import io.cxr.onnx.InferencePipeline;
import io.cxr.onnx.PipelineResult;
import io.cxr.onnx.PipelineResults;
import io.cxr.radiograph.DecodeBuffers;
import io.cxr.radiograph.DecodeLimits;
import io.cxr.radiograph.Radiograph;
import io.cxr.radiograph.RadiographReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
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
      description = {
        "Writes a PNG for each radiograph that shows what spoke for its label: NAME.heatmap.png,",
        "with NAME the file's place below the folder that was given; of findings one for the most",
        "probable and each that reaches its threshold: NAME.FINDING.heatmap.png. Where inputs share"
            + " a NAME,"
            + " the",
        "folders that tell them apart come before it. Files of earlier runs are replaced, which is",
        "said."
      })
  private @Nullable Path heatmaps;

  @Option(
      names = "--dicom",
      paramLabel = "DIR",
      description =
          "Writes for each DICOM file what an archive can store: the heatmap as a secondary"
              + " capture, a structured report, a presentation state and a PDF to read. Named as"
              + " with --heatmap: NAME.sc.dcm, NAME.sr.dcm, NAME.pr.dcm, NAME.pdf.dcm.")
  private @Nullable Path instances;

  @Option(
      names = "--csv",
      paramLabel = "FILE.csv",
      description =
          "Writes a table at the end: a line for each radiograph with its answer and a column for"
              + " each label, finding or measurement, or the error.")
  private @Nullable Path csv;

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

  /**
   * A file on its way through the pipeline. It is opened, parsed and decoded once: what the trail
   * tells of it, and what its results are made of, is kept from there on.
   */
  private static final class Input {
    private final RadiographFiles.Named file;
    private Optional<String> sha256 = Optional.empty();
    private HashedUids uids = HashedUids.NONE;
    private final List<String> notes = new ArrayList<>();

    /** Kept for results alone, and only until they are written. */
    private @Nullable Radiograph radiograph;

    private @Nullable DicomRadiograph dicom;

    Input(RadiographFiles.Named file) {
      this.file = file;
    }

    void release() {
      radiograph = null;
      dicom = null;
    }
  }

  /**
   * How many films may be on their way where they are kept for their results: enough for threads
   * that decode while a batch runs.
   */
  private static int filmsKept() {
    return Runtime.getRuntime().availableProcessors() + 4;
  }

  @Override
  public Integer call() throws IOException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    int failed = 0;
    RadiographFiles found =
        RadiographFiles.of(
            inputs, Stream.of(heatmaps, instances).flatMap(Stream::ofNullable).toList());
    found.sayLeftOut(err);
    List<Input> files = found.files().stream().map(Input::new).toList();
    if (files.isEmpty()) {
      throw new IllegalArgumentException("Inputs: expected at least one image, found none.");
    }
    if (audit == null && auditKey != null) {
      throw new IllegalArgumentException(
          "--audit-key: expected an audit trail to use it for, found none. Add --audit FILE.");
    }
    if (csv != null) {
      OutputName.check("--csv", csv, ".csv");
    }
    ResultFiles written = new ResultFiles(found.files());
    try (AuditTrail trail = openTrail(err);
        ExplainingClassifier classifier = model.open(err);
        PipelineResults<Input> results = pipeline(classifier, trail).build().run(files)) {
      ResultTable table = csv == null ? null : new ResultTable(csv, classifier.card());
      while (results.hasNext()) {
        PipelineResult<Input> result = results.next();
        RadiographFiles.Named file = result.item().file;
        if (trail != null) {
          // A failure ends the command: nothing is shown that is not recorded.
          trail.append(record(result, classifier.model()));
        }
        try {
          Prediction prediction = prediction(result, written);
          print(out, result.item(), prediction);
          if (table != null) {
            table.add(file.path(), prediction);
          }
          for (String note : result.item().notes) {
            err.println("cxr: " + file.path() + ": " + note + ".");
          }
        } catch (IOException | RuntimeException e) {
          failed++;
          Cxr.failed(err, file.path(), e);
          if (table != null) {
            table.add(file.path(), e);
          }
          if (json) {
            out.println(Json.failure(file.path().toString(), e));
          }
        }
        result.item().release();
        out.flush();
      }
      if (table != null) {
        table.write();
      }
    }
    if (written.replaced() > 0) {
      err.printf("cxr: replaced %d result files of earlier runs.%n", written.replaced());
    }
    if (failed > 0) {
      err.printf("cxr: %d of %d radiographs failed.%n", failed, files.size());
    }
    if (!json) {
      err.println(Prediction.NOTICE);
    }
    return failed == 0 ? 0 : 1;
  }

  private boolean keepsFilms() {
    return heatmaps != null || instances != null;
  }

  private InferencePipeline.Builder<Input> pipeline(
      ExplainingClassifier classifier, @Nullable AuditTrail trail) {
    InferencePipeline.Builder<Input> builder =
        InferencePipeline.<Input>of(classifier, (input, buffers) -> decode(input, buffers, trail))
            .heatmaps(keepsFilms());
    return keepsFilms() ? builder.capacity(filmsKept()) : builder;
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
    return contained(() -> read(input, buffers, trail));
  }

  /** What one input asks too much for is that input's failure, and no end of the others. */
  private static <T> T contained(Work<T> work) throws IOException {
    try {
      return work.call();
    } catch (StackOverflowError | OutOfMemoryError e) {
      throw new UnsupportedRadiographException(
          UnsupportedRadiographException.Reason.TOO_LARGE,
          String.format(
              Locale.ROOT,
              "Image: expected one that can be read with a Java heap of %d MiB, found one that"
                  + " needs more memory (%s); raise it with CXR_JAVA_OPTIONS=-Xmx4g, or reduce the"
                  + " image",
              Runtime.getRuntime().maxMemory() >> 20,
              e.getClass().getSimpleName()),
          e);
    }
  }

  private interface Work<T> {
    T call() throws IOException;
  }

  private Radiograph read(Input input, DecodeBuffers buffers, @Nullable AuditTrail trail)
      throws IOException {
    Path file = input.file.path();
    long most = DecodeLimits.DEFAULT.bytes();
    if (!Files.isRegularFile(file) || Files.size(file) > most) {
      // A folder, nothing, a pipe or too much, of which the reader says what it says of all.
      return keep(
          input,
          keepsFilms()
              ? RadiographReader.standard().read(file)
              : RadiographReader.standard().read(file, buffers));
    }
    byte[] encoded;
    try (InputStream in = Files.newInputStream(file)) {
      encoded = in.readNBytes((int) most + 1);
    }
    if (trail != null && encoded.length <= most) {
      input.sha256 = Optional.of(Sha256.hex(encoded));
    }
    if (!DicomFile.isDicom(encoded, encoded.length)) {
      return keep(
          input,
          keepsFilms()
              ? RadiographReader.standard().read(encoded)
              : RadiographReader.standard().read(encoded, buffers));
    }
    DicomFile parsed = DicomFile.read(encoded, DecodeLimits.DEFAULT);
    if (trail != null) {
      input.uids = trail.hash(parsed.dataSet());
    }
    DicomRadiograph read = dicom.read(parsed, input.notes::add);
    if (instances != null) {
      input.dicom = read;
    }
    return keep(input, read.radiograph());
  }

  private Radiograph keep(Input input, Radiograph radiograph) {
    if (heatmaps != null) {
      input.radiograph = radiograph;
    }
    return radiograph;
  }

  private AuditRecord record(PipelineResult<Input> result, ModelIdentity model) {
    AuditOutcome outcome =
        result
            .failure()
            .<AuditOutcome>map(AuditOutcome::of)
            .orElseGet(() -> AuditOutcome.of(result.prediction().orElseThrow()));
    Input input = result.item();
    return new AuditRecord(Instant.now(), input.sha256, input.uids, model, outcome, caller);
  }

  private Prediction prediction(PipelineResult<Input> result, ResultFiles written)
      throws IOException {
    if (result.failure().orElse(null) instanceof IOException unreadable) {
      throw unreadable;
    }
    Prediction prediction = result.outcome().orThrow();
    if (!result.explanations().isEmpty()) {
      contained(
          () -> {
            writeResults(result.item(), result.explanations(), written);
            return prediction;
          });
    }
    return prediction;
  }

  private void writeResults(Input input, List<Explanation> explanations, ResultFiles written)
      throws IOException {
    if (heatmaps != null && input.radiograph != null) {
      for (Explanation explanation : explanations) {
        byte[] png =
            HeatmapOverlay.builder(input.radiograph, explanation.heatmap())
                .prediction(explanation.prediction())
                .build()
                .toPng();
        written.write(heatmaps, input.file, suffix(explanation) + ".heatmap.png", png);
      }
    }
    // Other files than DICOM have no study that results could belong to.
    if (instances != null && input.dicom != null) {
      writeInstances(
          instances, input.file, DicomResults.builder(input.dicom, explanations).build(), written);
    }
  }

  /** Findings have a picture each, whose names differ in whatever file system. */
  private static String suffix(Explanation explanation) {
    if (explanation.prediction().task() != Task.Kind.FINDINGS) {
      return "";
    }
    String label = explanation.heatmap().label();
    String plain = label.replaceAll("[^A-Za-z0-9-]", "_");
    boolean alone =
        explanation.prediction().labels().stream()
                .filter(each -> each.replaceAll("[^A-Za-z0-9-]", "_").equalsIgnoreCase(plain))
                .count()
            == 1;
    return "."
        + plain
        + (alone ? "" : "_" + (explanation.prediction().labels().indexOf(label) + 1));
  }

  private static void writeInstances(
      Path folder, RadiographFiles.Named file, DicomResults results, ResultFiles written)
      throws IOException {
    // All of them before the first is written: a film has its whole set of results or none.
    byte[] capture = results.secondaryCapture().toBytes();
    byte[] report = results.structuredReport().toBytes();
    byte[] presentation = results.presentationState().toBytes();
    byte[] pdf = results.encapsulatedPdf().toBytes();
    written.write(folder, file, ".sc.dcm", capture);
    written.write(folder, file, ".sr.dcm", report);
    written.write(folder, file, ".pr.dcm", presentation);
    written.write(folder, file, ".pdf.dcm", pdf);
  }

  private void print(PrintWriter out, Input input, Prediction prediction) {
    RadiographFiles.Named file = input.file;
    if (json) {
      out.println(Json.prediction(file.path().toString(), prediction, input.notes));
      return;
    }
    StringBuilder line = new StringBuilder(file.path().toString());
    for (LabelProbability entry : prediction.probabilities()) {
      line.append(
          String.format(Locale.ROOT, "  %s %.2f %%", entry.label(), 100 * entry.probability()));
    }
    for (MeasuredValue value : prediction.measurements()) {
      line.append("  ").append(value.format()).append(value.isPlausible() ? "" : " (implausible)");
    }
    if (prediction.task() == Task.Kind.FINDINGS && !prediction.operatingPoints().isEmpty()) {
      line.append("  [").append(prediction.summary()).append(']');
    }
    prediction
        .labelSet()
        .ifPresent(
            set ->
                line.append(
                    String.format(
                        Locale.ROOT,
                        "  (%.0f %%: %s)",
                        100 * set.coverage(),
                        set.labels().isEmpty() ? "none" : String.join(", ", set.labels()))));
    out.println(line);
  }
}
