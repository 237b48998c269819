package io.cxr.workbench.training;

import io.cxr.workbench.dataset.UserDataSets;
import io.cxr.workbench.http.ApiException;
import io.cxr.workbench.http.Json;
import io.cxr.workbench.http.RouteGroup;
import io.cxr.workbench.user.UserSession;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Presets and training jobs. */
public final class TrainingRoutes implements RouteGroup {
  private static final int LONGEST_NAME = 64;
  private static final int MOST_EPOCHS = 1000;

  /** What minutes are told for where no data set is named. */
  private static final int USUAL_IMAGES = 1000;

  private static final String OF_JOB = "/api/jobs/{id}";

  private final Trainings trainings;
  private final UserDataSets data;

  /**
   * Routes.
   *
   * @param trainings the jobs
   * @param data what may be trained on
   */
  public TrainingRoutes(Trainings trainings, UserDataSets data) {
    this.trainings = trainings;
    this.data = data;
  }

  @Override
  public void register(RoutesConfig routes) {
    routes.get("/api/presets", this::presets);
    routes.get("/api/jobs", context -> context.json(trainings.of(user(context))));
    routes.post("/api/jobs", this::add);
    routes.get(
        OF_JOB, context -> context.json(trainings.get(user(context), context.pathParam("id"))));
    routes.post(
        OF_JOB + "/stop",
        context -> context.json(trainings.stop(user(context), context.pathParam("id"))));
    routes.post(
        OF_JOB + "/resume",
        context -> context.json(trainings.resume(user(context), context.pathParam("id"))));
    routes.get(
        OF_JOB + "/log",
        context -> {
          context.contentType("text/plain; charset=utf-8");
          context.result(trainings.log(user(context), context.pathParam("id")));
        });
    routes.delete(
        OF_JOB,
        context -> {
          trainings.delete(user(context), context.pathParam("id"));
          context.status(204);
        });
  }

  private static String user(Context context) {
    return UserSession.of(context).user();
  }

  private void presets(Context context) {
    String asked = context.queryParam("data");
    int images = asked == null ? USUAL_IMAGES : data.require(user(context), asked).images();
    List<Map<String, Object>> presets = new ArrayList<>();
    for (Preset preset : Preset.values()) {
      Map<String, Object> json = new LinkedHashMap<>();
      json.put("id", preset.id());
      json.put("title", preset.title());
      json.put("description", preset.description());
      json.put("epochs", preset.epochs());
      json.put("curves", preset.hasEpochs());
      json.put("images", images);
      double seconds = trainings.cost(preset).seconds(images, preset.epochs());
      json.put("minutes", Math.max(1, Math.round(seconds / 60)));
      presets.add(json);
    }
    context.json(presets);
  }

  private void add(Context context) throws IOException {
    String user = user(context);
    ObjectNode body = Json.object(context);
    UserDataSets.Chosen chosen = data.require(user, Json.text(body, "data"));
    Preset preset =
        Preset.of(Json.text(body, "preset"))
            .orElseThrow(
                () -> new ApiException(400, "Preset: expected one of /api/presets, found another"));
    int epochs =
        preset.hasEpochs()
            ? (int) whole(body, "epochs", preset.epochs(), 1, MOST_EPOCHS)
            : preset.epochs();
    long seed = whole(body, "seed", 1, 0, Integer.MAX_VALUE);
    context.status(201);
    context.json(
        trainings.add(
            user,
            new Trainings.Request(chosen.id(), preset, name(body), epochs, seed),
            chosen::in));
  }

  /** The model's name, which goes into its card. */
  private static String name(ObjectNode body) {
    String name = Json.text(body, "name").strip();
    if (name.isEmpty()
        || name.length() > LONGEST_NAME
        || name.chars().anyMatch(Character::isISOControl)) {
      throw new ApiException(
          400,
          "Name: expected 1 to "
              + LONGEST_NAME
              + " characters on one line, found "
              + name.length());
    }
    return name;
  }

  private static long whole(ObjectNode body, String name, long usual, long least, long most) {
    @Nullable JsonNode value = body.get(name);
    if (value == null || value.isNull()) {
      return usual;
    }
    if (!value.isIntegralNumber() || value.asLong() < least || value.asLong() > most) {
      throw new ApiException(
          400,
          "Body: expected a whole number from "
              + least
              + " to "
              + most
              + " as '"
              + name
              + "', found another value");
    }
    return value.asLong();
  }
}
