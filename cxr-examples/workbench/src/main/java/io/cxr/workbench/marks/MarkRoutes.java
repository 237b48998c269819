package io.cxr.workbench.marks;

import io.cxr.workbench.cases.Answer;
import io.cxr.workbench.cases.Case;
import io.cxr.workbench.cases.CaseStore;
import io.cxr.workbench.cases.Mark;
import io.cxr.workbench.http.ApiException;
import io.cxr.workbench.http.Json;
import io.cxr.workbench.http.RouteGroup;
import io.cxr.workbench.models.Models;
import io.cxr.workbench.models.WorkbenchModel;
import io.cxr.workbench.table.CsvTable;
import io.cxr.workbench.user.UserSession;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Marks of cases. An answer that is right gives the case its labels, unless the user names others;
 * one that is wrong gives none, so that a case joins the labelled set once its labels are named.
 */
public final class MarkRoutes implements RouteGroup {
  private static final int LONGEST_REMARK = 2000;
  private static final int LONGEST_LABEL = 64;
  private static final int MOST_LABELS = 64;

  private final CaseStore cases;
  private final Models models;

  /**
   * Routes.
   *
   * @param cases what is marked
   * @param models whose answers are right or wrong
   */
  public MarkRoutes(CaseStore cases, Models models) {
    this.cases = cases;
    this.models = models;
  }

  @Override
  public void register(RoutesConfig routes) {
    routes.put("/api/cases/{id}/mark", this::mark);
  }

  private void mark(Context context) {
    String user = UserSession.of(context).user();
    Case marked = cases.require(user, context.pathParam("id"));
    ObjectNode body = Json.object(context);
    String verdict = text(body, "verdict");
    if (verdict != null && !verdict.equals("right") && !verdict.equals("wrong")) {
      throw new ApiException(400, "Verdict: expected right, wrong or null, found another");
    }
    String remark = Optional.ofNullable(text(body, "remark")).orElse("").strip();
    if (remark.length() > LONGEST_REMARK) {
      throw new ApiException(
          400,
          "Remark: expected at most " + LONGEST_REMARK + " characters, found " + remark.length());
    }
    List<String> labels = labels(body);
    if (labels == null && "right".equals(verdict)) {
      labels = answered(user, marked, text(body, "model"));
    }
    boolean empty = verdict == null && labels == null && remark.isEmpty();
    Mark mark = empty ? null : new Mark(verdict, labels, remark);
    cases.mark(user, marked.id(), mark);
    context.json(mark == null ? new Mark(null, null, "") : mark);
  }

  private static @Nullable String text(ObjectNode body, String name) {
    JsonNode value = body.get(name);
    if (value == null || value.isNull()) {
      return null;
    }
    if (!value.isString()) {
      throw new ApiException(400, "Mark: expected a text as '" + name + "', found another value");
    }
    return value.asString();
  }

  /**
   * The labels that are given; null where none are. An empty list says that there is no finding.
   */
  private static @Nullable List<String> labels(ObjectNode body) {
    JsonNode given = body.get("labels");
    if (given == null || given.isNull()) {
      return null;
    }
    Set<String> labels = new LinkedHashSet<>();
    if (given.isArray() && given.size() <= MOST_LABELS) {
      for (JsonNode each : given) {
        if (!each.isString() || !isLabel(each.asString())) {
          throw badLabels();
        }
        labels.add(each.asString());
      }
      return List.copyOf(labels);
    }
    throw badLabels();
  }

  /** What a table of images can hold and a spreadsheet does not run. */
  private static boolean isLabel(String text) {
    return !text.isBlank()
        && text.equals(text.strip())
        && text.length() <= LONGEST_LABEL
        && text.indexOf('|') < 0
        && text.chars().noneMatch(Character::isISOControl)
        && !CsvTable.isFormula(text);
  }

  private static ApiException badLabels() {
    return new ApiException(
        400,
        "Labels: expected a list of at most "
            + MOST_LABELS
            + " texts of 1 to "
            + LONGEST_LABEL
            + " characters without bars, that begin with a letter or digit, found another");
  }

  /** What the model that is right said. */
  private List<String> answered(String user, Case marked, @Nullable String asked) {
    WorkbenchModel model =
        asked == null
            ? models.of(user).get(0)
            : models.find(user, asked).orElseThrow(() -> ApiException.notFound("model"));
    Answer answer = marked.answers().get(model.id());
    if (answer == null || answer.state() != Answer.State.DONE) {
      throw new ApiException(
          409,
          "NO_ANSWER",
          "Mark: expected an answer that can be right, found none of this model. Name the labels,"
              + " or wait for the answer.");
    }
    return labelsOf(answer);
  }

  private static List<String> labelsOf(Answer answer) {
    JsonNode result = Json.mapper().readTree(String.valueOf(answer.result()));
    JsonNode top = result.get("label");
    if (top != null) {
      return List.of(top.asString());
    }
    if (result.has("measurements")) {
      throw new ApiException(
          409,
          "NO_ANSWER",
          "Mark: expected labels or findings, found a model of measurements. Name the labels.");
    }
    // Of several operating points of a finding, the first decides, as in Prediction.positives().
    Map<String, Boolean> first = new LinkedHashMap<>();
    JsonNode decisions = result.get("decisions");
    if (decisions != null) {
      decisions.forEach(
          each ->
              first.putIfAbsent(each.get("label").asString(), each.get("positive").asBoolean()));
    }
    List<String> positives = new ArrayList<>();
    first.forEach(
        (label, positive) -> {
          if (positive) {
            positives.add(label);
          }
        });
    return positives;
  }
}
