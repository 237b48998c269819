package io.cxr.dicom.result;

import io.cxr.ModelIdentity;
import io.cxr.audit.AuditOutcome;
import io.cxr.dicom.Code;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomFile;
import io.cxr.error.CxrException;
import io.cxr.error.UnsupportedRadiographException;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A report in the radiograph's study that it was not classified, and why, so that a missing result
 * is not mistaken for a normal one: a Comprehensive 3D SR (PS3.3 A.35.13) by TID 1500 (PS3.16). Its
 * Qualitative Evaluations contain the Summary of Analyses (CID 6042), which is Not Attempted for a
 * radiograph that was refused and Failed after an error, the reason's code, and an explanation.
 *
 * <pre>{@code
 * DicomFile report =
 *     RefusalReport.builder(instance, classifier.card().identity(), AuditOutcome.of(refusal))
 *         .message(refusal)
 *         .build();
 * }</pre>
 *
 * <p>Its UIDs are derived from the radiograph's SOP Instance UID, the model's SHA-256 and the
 * reason. {@link DicomResults#isResult} recognises it as a result.
 */
public final class RefusalReport {
  private static final Code SUMMARY = Code.dcm(111065, "Summary of Analyses");
  private static final Code NOT_ATTEMPTED = Code.dcm(111225, "Not Attempted");
  private static final Code FAILED = Code.dcm(111224, "Failed");
  private static final Code REASON = new Code("REFUSAL-REASON", Code.OWN, "Reason of refusal");
  private static final Code COMMENT = Code.dcm(121106, "Comment");
  private static final int LONGEST_CODE = 16;

  private RefusalReport() {}

  /**
   * Starts a report.
   *
   * @param source the instance; if it cannot be read, the archive's metadata are enough: Study,
   *     Series and SOP Instance UID and SOP Class UID, and the known attributes of patient and
   *     study
   * @param model the model that was to classify it
   * @param outcome the reason, from {@link AuditOutcome#of(Exception)}
   * @return a builder with the current time
   */
  public static Builder builder(
      DicomDataSet source, ModelIdentity model, AuditOutcome.Refused outcome) {
    return new Builder(source, model, outcome);
  }

  /** Collects the content of the report. Not thread-safe. */
  public static final class Builder {
    private final DicomDataSet source;
    private final ModelIdentity model;
    private final AuditOutcome.Refused outcome;
    private Optional<String> message = Optional.empty();
    private List<PriorResult> superseded = List.of();
    private Instant created = Instant.now();
    private ZoneId zone = ZoneId.systemDefault();

    private Builder(DicomDataSet source, ModelIdentity model, AuditOutcome.Refused outcome) {
      this.source = Objects.requireNonNull(source, "source");
      this.model = Objects.requireNonNull(model, "model");
      this.outcome = Objects.requireNonNull(outcome, "outcome");
    }

    /**
     * Adds the message of the failure: what was expected, what was found and what to do.
     *
     * @param failure an exception of this library, whose messages contain no patient data
     * @return this
     */
    public Builder message(CxrException failure) {
      return message(String.valueOf(failure.getMessage()));
    }

    /**
     * Adds an explanation.
     *
     * @param text without patient data
     * @return this
     */
    public Builder message(String text) {
      this.message = Optional.of(text).filter(sentence -> !sentence.isBlank());
      return this;
    }

    /**
     * Sets the earlier results that this report supersedes.
     *
     * @param earlier as for {@link DicomResults.Builder#supersedes}
     * @return this
     * @throws IllegalArgumentException if one lacks an identifier
     */
    public Builder supersedes(List<DicomDataSet> earlier) {
      this.superseded = earlier.stream().map(PriorResult::of).toList();
      return this;
    }

    /**
     * Sets the time of the report.
     *
     * @param created by default now
     * @return this
     */
    public Builder created(Instant created) {
      this.created = Objects.requireNonNull(created, "created");
      return this;
    }

    /**
     * Sets the time zone of the report's dates and times, as {@link DicomResults.Builder#zone}.
     *
     * @param zone by default the system's
     * @return this
     */
    public Builder zone(ZoneId zone) {
      this.zone = Objects.requireNonNull(zone, "zone");
      return this;
    }

    /**
     * Creates the report.
     *
     * @return the instance, in Explicit VR Little Endian with text in UTF-8
     * @throws UnsupportedRadiographException if the source lacks Study, Series or SOP Instance UID
     *     or SOP Class UID
     */
    public DicomFile build() {
      ResultContext context =
          new ResultContext(source, model, created, zone, OptionalInt.empty(), superseded);
      return DicomResults.file(
          ReportDocument.of(
              context, "refusal report " + outcome.reason(), "no result", evaluations()));
    }

    private DicomDataSet evaluations() {
      boolean refused =
          Arrays.stream(UnsupportedRadiographException.Reason.values())
              .anyMatch(reason -> reason.name().equals(outcome.reason()));
      List<DicomDataSet> content = new ArrayList<>();
      content.add(
          ReportDocument.code("CONTAINS", SUMMARY, refused ? NOT_ATTEMPTED : FAILED).build());
      String reason = outcome.reason();
      String value =
          reason.length() <= LONGEST_CODE ? reason : "R-" + Integer.toHexString(reason.hashCode());
      content.add(
          ReportDocument.code(
                  "CONTAINS",
                  REASON,
                  new Code(value, Code.OWN, reason.toLowerCase(Locale.ROOT).replace('_', ' ')))
              .build());
      content.add(
          ReportDocument.text(
              "CONTAINS",
              COMMENT,
              "This radiograph was not classified"
                  + (refused ? ": it was refused. " : ": an attempt failed. ")
                  + message.orElse("")));
      return ReportDocument.container(
              "CONTAINS", new Code("C0034375", "UMLS", "Qualitative Evaluations"), content)
          .build();
    }
  }
}
