package io.cxr.audit;

import io.cxr.LabelProbability;
import io.cxr.MeasuredValue;
import io.cxr.Prediction;
import io.cxr.error.InferenceException;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.model.Measurement;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The outcome of a classification: probabilities, measured values, or a refusal. */
public sealed interface AuditOutcome {

  /**
   * A result of labels or findings.
   *
   * @param probabilities the predicted probabilities: at least one label, each label once
   */
  record Classified(List<LabelProbability> probabilities) implements AuditOutcome {
    /** Checks the values. */
    public Classified {
      probabilities =
          probabilities.stream()
              .map(
                  entry ->
                      new LabelProbability(
                          AuditRecord.wellFormed(entry.label()), entry.probability()))
              .toList();
      Set<String> labels = new HashSet<>();
      for (LabelProbability entry : probabilities) {
        labels.add(entry.label());
      }
      if (labels.isEmpty() || labels.size() < probabilities.size()) {
        throw new IllegalArgumentException(
            "Audit outcome: expected at least one label and each once, found "
                + probabilities.stream().map(LabelProbability::label).toList());
      }
    }
  }

  /**
   * A result of measurements.
   *
   * @param values the measured values with their units, without their plausible ranges, which are
   *     the model card's: at least one, each name once
   */
  record Measured(List<MeasuredValue> values) implements AuditOutcome {
    /** Checks the values. */
    public Measured {
      values =
          values.stream()
              .map(
                  entry ->
                      new MeasuredValue(
                          new Measurement(AuditRecord.wellFormed(entry.name()), entry.unit()),
                          entry.value()))
              .toList();
      List<String> names = values.stream().map(MeasuredValue::name).toList();
      if (names.isEmpty() || new HashSet<>(names).size() < names.size()) {
        throw new IllegalArgumentException(
            "Audit outcome: expected at least one measurement and each once, found " + names);
      }
    }
  }

  /**
   * No result.
   *
   * @param reason a code of capital letters, digits and underscores, such as {@code
   *     UNSUPPORTED_VIEW}; not a message, which could contain the name of a file or a patient
   */
  record Refused(String reason) implements AuditOutcome {
    private static final Pattern CODE = Pattern.compile("[A-Z][A-Z0-9_]{0,63}");

    /** Checks the value. */
    public Refused {
      if (!CODE.matcher(reason).matches()) {
        throw new IllegalArgumentException(
            "Audit outcome: expected a code of at most 64 capital letters, digits and underscores,"
                + " found other characters. Pass a reason code, not a message.");
      }
    }
  }

  /**
   * The outcome of a prediction.
   *
   * @param prediction the prediction
   * @return its probabilities or measured values
   * @throws IllegalArgumentException if a label is repeated
   */
  static AuditOutcome of(Prediction prediction) {
    return switch (prediction.task()) {
      case EXCLUSIVE_LABELS, FINDINGS -> new Classified(prediction.probabilities());
      case MEASUREMENTS -> new Measured(prediction.measurements());
    };
  }

  /**
   * The outcome of a failure, without its message.
   *
   * @param failure the reason why there is no prediction
   * @return the reason of an {@link UnsupportedRadiographException}, {@code UNREADABLE} for an
   *     {@link IOException}, {@code INFERENCE_FAILED} for an {@link InferenceException}, else
   *     {@code FAILED}
   */
  static Refused of(Exception failure) {
    if (failure instanceof UnsupportedRadiographException refusal) {
      return new Refused(refusal.reason().name());
    }
    if (failure instanceof IOException) {
      return new Refused("UNREADABLE");
    }
    return new Refused(failure instanceof InferenceException ? "INFERENCE_FAILED" : "FAILED");
  }
}
