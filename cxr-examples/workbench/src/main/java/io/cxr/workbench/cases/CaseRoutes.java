package io.cxr.workbench.cases;

import static java.lang.System.Logger.Level.INFO;

import io.cxr.dicom.DicomFile;
import io.cxr.error.CxrException;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.workbench.http.ApiException;
import io.cxr.workbench.http.Json;
import io.cxr.workbench.http.RouteGroup;
import io.cxr.workbench.models.Models;
import io.cxr.workbench.models.WorkbenchModel;
import io.cxr.workbench.user.UserSession;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Cases, their pictures and their headers. */
public final class CaseRoutes implements RouteGroup {
  private static final System.Logger LOG = System.getLogger(CaseRoutes.class.getName());

  private final CaseStore cases;
  private final Pictures pictures;
  private final Models models;
  private final Limits limits;
  private final Path incoming;

  /**
   * Routes.
   *
   * @param cases the cases
   * @param pictures of them
   * @param models what answers
   * @param limits what users may take
   * @param incoming where files lie that are not whole yet, in the file system of the cases
   */
  public CaseRoutes(
      CaseStore cases, Pictures pictures, Models models, Limits limits, Path incoming) {
    this.cases = cases;
    this.pictures = pictures;
    this.models = models;
    this.limits = limits;
    this.incoming = incoming;
  }

  @Override
  public void register(RoutesConfig routes) {
    routes.post("/api/cases", this::upload);
    routes.get(
        "/api/cases",
        context ->
            context.json(
                Map.of(
                    "cases",
                    cases.of(UserSession.of(context).user()).stream().map(Case::toJson).toList())));
    routes.post("/api/cases/delete", this::deleteSeveral);
    routes.get("/api/cases/{id}", context -> context.json(which(context).toJson()));
    routes.delete("/api/cases/{id}", this::delete);
    routes.get("/api/cases/{id}/thumbnail", this::thumbnail);
    routes.get("/api/cases/{id}/pixels", this::pixels);
    routes.get("/api/cases/{id}/heatmap", this::heatmap);
    routes.get("/api/cases/{id}/lungs", this::lungs);
    routes.get("/api/cases/{id}/header", this::header);
    routes.post("/api/models/{id}/run", this::run);
    // A film that a route cannot show is no failure of the server.
    routes.exception(
        CxrException.class,
        (error, context) -> {
          Map<String, String> json = new LinkedHashMap<>();
          json.put("error", String.valueOf(error.getMessage()));
          if (error instanceof UnsupportedRadiographException refused) {
            json.put("reason", refused.reason().name());
          }
          context.status(422).json(json);
        });
    routes.exception(
        NoSuchFileException.class,
        (error, context) ->
            context
                .status(404)
                .json(Map.of("error", String.valueOf(ApiException.notFound("case").getMessage()))));
  }

  private Case which(Context context) {
    return cases.require(UserSession.of(context).user(), context.pathParam("id"));
  }

  private void upload(Context context) throws IOException {
    Upload.Result result =
        Upload.read(
            cases,
            UserSession.of(context).user(),
            limits,
            incoming,
            context.req().getInputStream(),
            context.contentType());
    if (result.cases().isEmpty() && result.refused().isEmpty()) {
      throw new ApiException(400, "Upload: expected parts named 'file', found none");
    }
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("cases", result.cases().stream().map(Case::toJson).toList());
    json.put("refused", result.refused());
    if (result.cases().isEmpty()) {
      json.put("error", result.refused().get(0).error());
      json.put("reason", result.refused().get(0).reason());
    }
    context.status(result.cases().isEmpty() ? 413 : 201).json(json);
  }

  private void delete(Context context) throws IOException {
    Case each = which(context);
    cases.delete(each.owner(), List.of(each.id()));
    context.status(204);
  }

  private void deleteSeveral(Context context) throws IOException {
    List<String> ids = ids(Json.object(context));
    if (ids == null) {
      throw new ApiException(400, "Body: expected ids, found none");
    }
    context.json(Map.of("ids", cases.delete(UserSession.of(context).user(), ids)));
  }

  private static @Nullable List<String> ids(ObjectNode body) {
    JsonNode ids = body.get("ids");
    if (ids == null || ids.isNull()) {
      return null;
    }
    if (!ids.isArray()) {
      throw new ApiException(400, "Body: expected a list of texts as ids, found something else");
    }
    List<String> texts = new ArrayList<>();
    ids.forEach(
        id -> {
          if (!id.isString()) {
            throw new ApiException(400, "Body: expected a list of texts as ids, found others");
          }
          texts.add(id.stringValue());
        });
    return texts;
  }

  private void thumbnail(Context context) throws IOException {
    context.contentType("image/png").result(pictures.thumbnail(which(context)));
  }

  private void pixels(Context context) throws IOException {
    Pictures.Pixels pixels = pictures.pixels(which(context));
    context.header("X-Width", String.valueOf(pixels.width()));
    context.header("X-Height", String.valueOf(pixels.height()));
    context.header("X-Bits", String.valueOf(pixels.bits()));
    context.contentType("application/octet-stream").result(pixels.bytes());
  }

  private void heatmap(Context context) throws IOException {
    Case each = which(context);
    String label = context.queryParam("label");
    if (label == null) {
      throw new ApiException(400, "Heatmap: expected the parameter label, found none");
    }
    context.json(pictures.heatmap(each, model(each.owner(), context.queryParam("model")), label));
  }

  private WorkbenchModel model(String user, @Nullable String id) {
    return models
        .find(user, id == null ? models.of(user).get(0).id() : id)
        .orElseThrow(() -> ApiException.notFound("model"));
  }

  private void lungs(Context context) throws IOException {
    context.contentType("application/json").result(pictures.lungs(which(context)));
  }

  private void header(Context context) throws IOException {
    Case each = which(context);
    if (!each.dicom()) {
      throw new ApiException(404, "Header: expected a DICOM file, found another format");
    }
    boolean identity = "true".equals(context.queryParam("identity"));
    if (identity) {
      LOG.log(INFO, "User {0} asked for the identity in case {1}", each.owner(), each.id());
    }
    context.json(HeaderRow.of(DicomFile.read(cases.file(each)), identity));
  }

  private void run(Context context) {
    String user = UserSession.of(context).user();
    WorkbenchModel model = model(user, context.pathParam("id"));
    int queued = cases.queue(user, ids(Json.object(context)), model);
    context.status(202).json(Map.of("queued", queued));
  }
}
