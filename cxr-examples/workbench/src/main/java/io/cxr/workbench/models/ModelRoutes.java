package io.cxr.workbench.models;

import io.cxr.explain.Colormap;
import io.cxr.workbench.http.ApiException;
import io.cxr.workbench.http.RouteGroup;
import io.cxr.workbench.user.UserSession;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Models, their cards and audit verdicts, and the colours of heatmaps. */
public final class ModelRoutes implements RouteGroup {
  private static final int LEVELS = 256;

  private final Models models;

  /**
   * Routes.
   *
   * @param models the models
   */
  public ModelRoutes(Models models) {
    this.models = models;
  }

  @Override
  public void register(RoutesConfig routes) {
    routes.get(
        "/api/models", context -> context.json(models.toJson(UserSession.of(context).user())));
    routes.get("/api/models/{id}/card", this::card);
    routes.get("/api/models/{id}/audit", this::audit);
    routes.get("/api/color-maps", context -> context.json(colourMaps()));
  }

  private void card(Context context) {
    context.contentType("application/json");
    context.result(model(context).card().toJson());
  }

  private void audit(Context context) {
    context.json(
        model(context)
            .card()
            .shortcuts()
            .orElseThrow(
                () ->
                    new ApiException(
                        404,
                        "Audit: expected the verdict of a shortcut audit in the model card, found"
                            + " none. Run cxr audit on the training images.")));
  }

  private WorkbenchModel model(Context context) {
    return models
        .find(UserSession.of(context).user(), context.pathParam("id"))
        .orElseThrow(() -> ApiException.notFound("model"));
  }

  /**
   * The names of the colour maps.
   *
   * @return in lower case; the default for heatmaps is first
   */
  public static List<String> colourMapNames() {
    return List.copyOf(colourMaps().keySet());
  }

  private static Map<String, List<int[]>> colourMaps() {
    Map<String, List<int[]>> maps = new LinkedHashMap<>();
    maps.put("inferno", colours(Colormap.INFERNO));
    Arrays.stream(Colormap.values())
        .forEach(map -> maps.putIfAbsent(map.name().toLowerCase(Locale.ROOT), colours(map)));
    return maps;
  }

  private static List<int[]> colours(Colormap map) {
    int[][] levels = new int[LEVELS][];
    for (int level = 0; level < LEVELS; level++) {
      int rgb = map.rgb(level / (LEVELS - 1f));
      levels[level] = new int[] {rgb >> 16 & 255, rgb >> 8 & 255, rgb & 255};
    }
    return List.of(levels);
  }
}
