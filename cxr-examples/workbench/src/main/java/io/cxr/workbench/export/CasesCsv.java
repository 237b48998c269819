package io.cxr.workbench.export;

import io.cxr.model.Task;
import io.cxr.workbench.cases.Answer;
import io.cxr.workbench.cases.Case;
import io.cxr.workbench.cases.Mark;
import io.cxr.workbench.http.Json;
import io.cxr.workbench.models.WorkbenchModel;
import io.cxr.workbench.table.CsvTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A user's cases as a table: what a model answered, and what the user thinks of it. */
final class CasesCsv {
  private CasesCsv() {}

  static String of(List<Case> cases, WorkbenchModel model) {
    boolean measured = model.card().task().kind() == Task.Kind.MEASUREMENTS;
    List<String> labels = model.card().labels();
    List<String> header =
        new ArrayList<>(
            List.of(
                "case",
                "name",
                "folder",
                "added",
                "format",
                "width",
                "height",
                "bytes",
                "model",
                "state",
                "label",
                "probability"));
    labels.forEach(label -> header.add((measured ? "value of " : "probability of ") + label));
    header.addAll(
        List.of(
            "positive", "label set", "novelty", "reason", "error", "verdict", "labels", "remark"));
    CsvTable table = new CsvTable(header);
    String name = model.card().name() + " " + model.card().version();
    for (Case each : cases) {
      table.row(row(each, model.id(), name, labels, measured));
    }
    return table.toString();
  }

  private static List<@Nullable Object> row(
      Case each, String model, String name, List<String> labels, boolean measured) {
    List<@Nullable Object> row = new ArrayList<>();
    row.add(each.id());
    row.add(each.name());
    row.add(each.folder());
    row.add(each.added());
    row.add(each.format());
    row.add(each.width());
    row.add(each.height());
    row.add(each.bytes());
    row.add(name);
    Answer answer = each.answers().get(model);
    JsonNode result =
        answer == null || answer.result() == null
            ? Json.mapper().missingNode()
            : Json.mapper().readTree(answer.result());
    row.add(answer == null ? "not asked" : answer.state().name().toLowerCase(Locale.ROOT));
    row.add(answer == null ? null : answer.topLabel());
    row.add(answer == null ? null : answer.topProbability());
    for (String label : labels) {
      row.add(
          number(measured ? measurement(result, label) : result.path("probabilities").path(label)));
    }
    row.add(answer == null ? null : positives(answer));
    row.add(texts(result.path("labelSet").path("labels")));
    row.add(number(result.path("novelty").path("score")));
    row.add(answer == null ? null : answer.reason());
    row.add(answer == null ? null : answer.error());
    Mark mark = each.mark();
    row.add(mark == null ? null : mark.verdict());
    row.add(mark == null || mark.labels() == null ? null : String.join("; ", mark.labels()));
    row.add(mark == null ? null : mark.remark());
    return row;
  }

  private static JsonNode measurement(JsonNode result, String name) {
    for (JsonNode each : result.path("measurements")) {
      if (each.path("name").asString("").equals(name)) {
        return each.path("value");
      }
    }
    return Json.mapper().missingNode();
  }

  private static @Nullable Double number(JsonNode value) {
    return value.isNumber() ? value.asDouble() : null;
  }

  private static @Nullable String texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(each -> texts.add(each.asString()));
    return texts.isEmpty() ? null : String.join("; ", texts);
  }

  /** The operating points that are reached. */
  private static @Nullable String positives(Answer answer) {
    if (answer.decisions() == null) {
      return null;
    }
    List<String> reached = new ArrayList<>();
    for (JsonNode each : Json.mapper().readTree(answer.decisions())) {
      if (each.path("positive").asBoolean(false)) {
        reached.add(each.path("id").asString(""));
      }
    }
    return String.join("; ", reached);
  }
}
