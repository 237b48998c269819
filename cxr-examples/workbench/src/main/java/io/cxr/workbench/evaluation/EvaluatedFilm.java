package io.cxr.workbench.evaluation;

import io.cxr.Prediction;
import io.cxr.dataset.LabelState;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.model.Task;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A film of an evaluation with what a model said of it.
 *
 * @param film with the truth
 * @param file its name in the data set
 * @param prediction the answer, or null where there is none
 * @param refusal why there is none, as a code, or null
 */
record EvaluatedFilm(
    LabelledRadiograph film,
    String file,
    @Nullable Prediction prediction,
    @Nullable String refusal) {

  Optional<Prediction> answer() {
    return Optional.ofNullable(prediction);
  }

  /** The code of a film without an answer. */
  String code() {
    return refusal == null ? "FAILED" : refusal;
  }

  /** The probabilities, in an order of labels. */
  static double[] probabilities(Prediction prediction, List<String> labels) {
    return labels.stream().mapToDouble(prediction::probability).toArray();
  }

  /** As pages see it, in its place. */
  Map<String, @Nullable Object> toJson(int n, Task task) {
    boolean findings = task.kind() == Task.Kind.FINDINGS;
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("n", n);
    json.put("name", file);
    json.put("truth", findings ? film.findings().in(LabelState.PRESENT) : film.label());
    if (findings) {
      // What is neither there nor here is not known.
      json.put("absent", film.findings().in(LabelState.ABSENT));
    }
    json.put(
        "predicted",
        answer()
            .map(each -> findings ? each.positives() : (Object) each.top().label())
            .orElse(null));
    json.put(
        "probabilities",
        answer()
            .map(
                each -> {
                  List<Double> values = new ArrayList<>();
                  for (double value : probabilities(each, task.labels())) {
                    values.add(value);
                  }
                  return values;
                })
            .orElse(null));
    json.put("refused", refusal);
    return json;
  }
}
