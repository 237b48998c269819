package io.cxr.pacs;

import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import io.cxr.ExplainingClassifier;
import io.cxr.Explanation;
import io.cxr.ModelIdentity;
import io.cxr.Prediction;
import io.cxr.audit.AuditOutcome;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.ValueRepresentation;
import io.cxr.dicom.image.DicomRadiograph;
import io.cxr.dicom.image.DicomRadiographOptions;
import io.cxr.dicom.image.DicomRadiographReader;
import io.cxr.dicom.result.DicomResults;
import io.cxr.dicom.result.RefusalReport;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.pacs.WorkItem.Status;
import io.prometheus.metrics.core.datapoints.Timer;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The way of one instance: retrieve, classify, keep the results, store them. Thread-safe. */
final class InstanceClassification {
  private static final System.Logger LOG = System.getLogger(InstanceClassification.class.getName());

  /** Memory for the decoded picture and its results, by measurement. */
  private static final long BYTES_A_PIXEL = 24;

  private static final DicomTag MODEL_NAME = DicomTag.of(0x00081090);
  private static final DicomTag SOFTWARE_VERSIONS = DicomTag.of(0x00181020);

  private final DicomWebClient archive;
  private final ExplainingClassifier classifier;
  private final GatewayState state;
  private final AuditLog audit;
  private final GatewayMetrics metrics;
  private final MemoryBudget memory;
  private final Set<ResultKind> kinds;
  private final boolean reportRefusals;
  private final Clock clock;

  InstanceClassification(
      DicomWebClient archive,
      ExplainingClassifier classifier,
      GatewayState state,
      AuditLog audit,
      GatewayMetrics metrics,
      MemoryBudget memory,
      Set<ResultKind> kinds,
      boolean reportRefusals,
      Clock clock) {
    this.archive = archive;
    this.classifier = classifier;
    this.state = state;
    this.audit = audit;
    this.metrics = metrics;
    this.memory = memory;
    this.kinds = kinds;
    this.reportRefusals = reportRefusals;
    this.clock = clock;
  }

  /** Handles an instance, or what is left to do of it. */
  Status handle(WorkItem item) throws IOException, InterruptedException {
    try (MemoryBudget.Lease lease = memory.lease()) {
      if (item.status() == Status.WAITING) {
        Status outcome = classify(item, lease);
        if (outcome != Status.PREPARED) {
          return outcome;
        }
      }
      store(item, lease);
      return state.results().finishStored(item, clock.instant());
    }
  }

  private Status classify(WorkItem item, MemoryBudget.Lease lease)
      throws IOException, InterruptedException {
    Optional<RetrievedInstance> file = Optional.empty();
    try {
      file = Optional.of(new RetrievedInstance(retrieve(item, DicomWebClient.AS_STORED, lease)));
      try {
        return classify(item, file.get(), lease);
      } catch (UnsupportedRadiographException e) {
        if (e.reason() != UnsupportedRadiographException.Reason.UNSUPPORTED_ENCODING) {
          throw e;
        }
        // The archive can decode what this reader cannot.
        file = Optional.empty();
        lease.resize(0);
        file =
            Optional.of(
                new RetrievedInstance(
                    retrieve(item, DicomWebClient.EXPLICIT_VR_LITTLE_ENDIAN, lease)));
        return classify(item, file.get(), lease);
      }
    } catch (UnsupportedRadiographException e) {
      LOG.log(INFO, "Instance {0}: {1}", String.valueOf(item.number()), e.getMessage());
      audit.refused(file.map(RetrievedInstance::bytes), item, classifier.model(), e);
      if (reportRefusals) {
        Optional<DicomFile> report = report(item, file, e);
        if (report.isPresent()) {
          state
              .results()
              .prepare(
                  item,
                  List.of(prepared(report.get())),
                  List.of(made(report.get(), classifier.model())),
                  e.reason().name(),
                  Status.REFUSED);
          return Status.PREPARED;
        }
      }
      state.results().noteAsked(item, classifier.model());
      state.queue().finish(item, Status.REFUSED, e.reason().name(), clock.instant());
      return Status.REFUSED;
    }
  }

  /** Says in the study why there is no result; empty where too little is known of the instance. */
  private Optional<DicomFile> report(
      WorkItem item, Optional<RetrievedInstance> file, UnsupportedRadiographException refusal)
      throws IOException, InterruptedException {
    Optional<DicomDataSet> source = file.flatMap(retrieved -> legible(item, retrieved));
    if (source.isEmpty()) {
      source =
          archive.describe(new DicomWebClient.Instance(item.study(), item.series(), item.uid()));
    }
    if (source.isEmpty()) {
      return Optional.empty();
    }
    try {
      RefusalReport.Builder report =
          RefusalReport.builder(source.get(), classifier.model(), AuditOutcome.of(refusal))
              .message(refusal)
              .created(clock.instant())
              .zone(clock.getZone());
      List<DicomDataSet> earlier = new ArrayList<>(earlier(item));
      if (!earlier.isEmpty()) {
        // Made before, in an attempt whose results were given up: it does not supersede itself.
        String own = text(report.build(), DicomTag.SOP_INSTANCE_UID);
        earlier.removeIf(
            one -> one.string(DicomTag.SOP_INSTANCE_UID).filter(own::equals).isPresent());
      }
      return Optional.of(report.supersedes(earlier).build());
    } catch (UnsupportedRadiographException e) {
      LOG.log(
          WARNING, "Instance {0}: no report: {1}", String.valueOf(item.number()), e.getMessage());
      return Optional.empty();
    }
  }

  private static Optional<DicomDataSet> legible(WorkItem item, RetrievedInstance file) {
    try {
      DicomDataSet dataSet = file.parsed().dataSet();
      return isAsked(item, dataSet) ? Optional.of(dataSet) : Optional.empty();
    } catch (UnsupportedRadiographException e) {
      // For which it may have been refused in the first place.
      return Optional.empty();
    }
  }

  /**
   * Says in the study that an instance was given up, which has no results that wait, so that nobody
   * takes it for one without a finding. Stored at once: taken up again, it is to be classified.
   */
  void reportGivenUp(WorkItem item, String cause) throws IOException, InterruptedException {
    if (!reportRefusals || state.results().preparedBytes(item) > 0) {
      return;
    }
    Optional<DicomDataSet> source =
        archive.describe(new DicomWebClient.Instance(item.study(), item.series(), item.uid()));
    if (source.isEmpty()) {
      return;
    }
    DicomFile report =
        RefusalReport.builder(
                source.get(), classifier.model(), new AuditOutcome.Refused(Status.FAILED.name()))
            .message("It was given up after " + item.attempts() + " attempts: " + cause + ".")
            .created(clock.instant())
            .zone(clock.getZone())
            .build();
    MadeResult made = made(report, classifier.model());
    state.results().noteMade(item, List.of(made), Status.FAILED);
    if (!archive.holds(item.study(), made.uid())) {
      archive.store(item.study(), Map.of(made.uid(), report.toBytes()));
    }
  }

  private static PreparedResult prepared(DicomFile result) {
    return new PreparedResult(text(result, DicomTag.SOP_INSTANCE_UID), result.toBytes());
  }

  private static MadeResult made(DicomFile result, ModelIdentity model) {
    return new MadeResult(
        text(result, DicomTag.SOP_INSTANCE_UID),
        text(result, DicomTag.SERIES_INSTANCE_UID),
        text(result, DicomTag.SOP_CLASS_UID),
        model);
  }

  private static String text(DicomFile result, DicomTag tag) {
    return result.dataSet().string(tag).orElseThrow();
  }

  /**
   * What results of this model come in the place of, as far as the archive has it. Where nothing
   * was made before, the archive is not asked.
   */
  private List<DicomDataSet> earlier(WorkItem item) throws IOException, InterruptedException {
    List<DicomDataSet> earlier = new ArrayList<>();
    for (MadeResult made : state.results().earlier(item, classifier.model())) {
      if (archive.holds(item.study(), made.uid())) {
        earlier.add(
            DicomDataSet.of(
                DicomElement.ofText(
                    DicomTag.STUDY_INSTANCE_UID, ValueRepresentation.UI, item.study()),
                DicomElement.ofText(
                    DicomTag.SERIES_INSTANCE_UID, ValueRepresentation.UI, made.series()),
                DicomElement.ofText(DicomTag.SOP_INSTANCE_UID, ValueRepresentation.UI, made.uid()),
                DicomElement.ofText(
                    DicomTag.SOP_CLASS_UID, ValueRepresentation.UI, made.sopClass()),
                DicomElement.ofText(MODEL_NAME, ValueRepresentation.LO, made.model().name()),
                DicomElement.ofText(
                    SOFTWARE_VERSIONS, ValueRepresentation.LO, made.model().version())));
      }
    }
    return earlier;
  }

  private byte[] retrieve(WorkItem item, String transferSyntax, MemoryBudget.Lease lease)
      throws IOException, InterruptedException {
    try (Timer timer = metrics.step("retrieve").startTimer()) {
      return archive.retrieve(
          new DicomWebClient.Instance(item.study(), item.series(), item.uid()),
          transferSyntax,
          lease);
    } catch (ArchiveException e) {
      if (e.kind() == ArchiveException.Kind.TOO_LARGE) {
        throw new UnsupportedRadiographException(
            UnsupportedRadiographException.Reason.TOO_LARGE, String.valueOf(e.getMessage()), e);
      }
      throw e;
    }
  }

  private Status classify(WorkItem item, RetrievedInstance file, MemoryBudget.Lease lease)
      throws IOException, InterruptedException {
    List<PreparedResult> results = new ArrayList<>();
    List<MadeResult> notes = new ArrayList<>();
    List<Explanation> explanations;
    try (Timer timer = metrics.step("classify").startTimer()) {
      DicomFile dicom = file.parsed();
      DicomDataSet dataSet = dicom.dataSet();
      checkIdentity(item, dataSet);
      if (DicomResults.isResult(dataSet)) {
        state.queue().finish(item, Status.SKIPPED, "RESULT", clock.instant());
        return Status.SKIPPED;
      }
      lease.resize(file.bytes().length + BYTES_A_PIXEL * pixels(dataSet));
      DicomRadiograph film =
          DicomRadiographReader.standard().read(dicom, DicomRadiographOptions.DEFAULT);
      explanations = classifier.explainPositives(film.radiograph());
      DicomResults made =
          DicomResults.builder(film, explanations)
              .created(clock.instant())
              .zone(clock.getZone())
              .supersedes(earlier(item))
              .build();
      for (ResultKind kind : kinds) {
        DicomFile result = kind.of(made);
        results.add(prepared(result));
        notes.add(made(result, explanations.get(0).prediction().model()));
      }
    }
    // Before the state: a process that dies in between leaves a record twice, not none.
    Prediction prediction = explanations.get(0).prediction();
    audit.classified(file.bytes(), item, prediction);
    state.results().prepare(item, results, notes, prediction.summary(), Status.DONE);
    return Status.PREPARED;
  }

  /** As the data set says; the reader refuses one that says it wrongly, or not at all. */
  private static long pixels(DicomDataSet dataSet) {
    long pixels = 1;
    for (DicomTag tag : List.of(DicomTag.ROWS, DicomTag.COLUMNS)) {
      long[] value = dataSet.element(tag).isPresent() ? dataSet.integers(tag) : new long[0];
      pixels *= value.length == 1 ? Math.max(value[0], 0) : 0;
    }
    return pixels;
  }

  /** A result must never come into the study of somebody else. */
  private static void checkIdentity(WorkItem item, DicomDataSet dataSet) throws ArchiveException {
    if (!isAsked(item, dataSet)) {
      throw new ArchiveException(
          ArchiveException.Kind.REFUSED,
          "Retrieve an instance: expected the instance that was asked for, found another; look into"
              + " the archive's index");
    }
  }

  private static boolean isAsked(WorkItem item, DicomDataSet dataSet) {
    return dataSet.string(DicomTag.SOP_INSTANCE_UID).filter(item.uid()::equals).isPresent()
        && dataSet.string(DicomTag.STUDY_INSTANCE_UID).filter(item.study()::equals).isPresent();
  }

  private void store(WorkItem item, MemoryBudget.Lease lease)
      throws IOException, InterruptedException {
    lease.resize(0);
    // Beside the results themselves, HTTP sends a copy.
    lease.resize(2 * state.results().preparedBytes(item));
    Map<String, byte[]> missing = new LinkedHashMap<>();
    for (PreparedResult result : state.results().prepared(item)) {
      // An attempt before may have stored it and died before it was noted.
      if (item.status() == Status.WAITING || !archive.holds(item.study(), result.uid())) {
        missing.put(result.uid(), result.file());
      }
    }
    if (!missing.isEmpty()) {
      try (Timer timer = metrics.step("store").startTimer()) {
        archive.store(item.study(), missing);
      }
    }
  }
}
