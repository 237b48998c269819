package io.cxr.workbench.evaluation;

import io.cxr.workbench.dataset.UserDataSets;
import io.cxr.workbench.http.ApiException;
import io.cxr.workbench.http.Json;
import io.cxr.workbench.http.RouteGroup;
import io.cxr.workbench.models.Models;
import io.cxr.workbench.models.WorkbenchModel;
import io.cxr.workbench.user.UserSession;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import tools.jackson.databind.node.ObjectNode;

/** Evaluations, their figures and the films behind them. */
public final class EvaluationRoutes implements RouteGroup {
  private static final String ALL = "/api/evaluations";
  private static final String ONE = ALL + "/{id}";

  private final Evaluations evaluations;
  private final Models models;
  private final UserDataSets data;

  /**
   * Routes.
   *
   * @param evaluations what is asked for
   * @param models what may be evaluated
   * @param data on what
   */
  public EvaluationRoutes(Evaluations evaluations, Models models, UserDataSets data) {
    this.evaluations = evaluations;
    this.models = models;
    this.data = data;
  }

  @Override
  public void register(RoutesConfig routes) {
    routes.get(ALL, context -> context.json(evaluations.of(user(context))));
    routes.post(ALL, this::add);
    routes.get(
        ONE,
        context -> {
          context.contentType("application/json");
          context.result(evaluations.get(user(context), context.pathParam("id")));
        });
    routes.delete(
        ONE,
        context -> {
          evaluations.delete(user(context), context.pathParam("id"));
          context.status(204);
        });
    routes.post(ONE + "/items/{n}/open", this::openItem);
  }

  private static String user(Context context) {
    return UserSession.of(context).user();
  }

  private void add(Context context) throws IOException {
    String user = user(context);
    ObjectNode body = Json.object(context);
    WorkbenchModel model =
        models
            .find(user, Json.text(body, "model"))
            .orElseThrow(() -> ApiException.notFound("model"));
    UserDataSets.Chosen chosen = data.require(user, Json.text(body, "data"));
    context.status(201);
    context.json(evaluations.add(user, model, chosen));
  }

  private void openItem(Context context) throws IOException {
    String number = context.pathParam("n");
    if (!number.matches("[0-9]{1,9}")) {
      throw ApiException.notFound("film of an evaluation");
    }
    context.status(201);
    context.json(
        evaluations
            .openItem(user(context), context.pathParam("id"), Integer.parseInt(number))
            .toJson());
  }
}
