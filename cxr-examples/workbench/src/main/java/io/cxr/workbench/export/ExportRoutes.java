package io.cxr.workbench.export;

import io.cxr.workbench.cases.Case;
import io.cxr.workbench.cases.CaseStore;
import io.cxr.workbench.dataset.UserDataSets;
import io.cxr.workbench.http.ApiException;
import io.cxr.workbench.http.RouteGroup;
import io.cxr.workbench.marks.LabelledSet;
import io.cxr.workbench.models.Models;
import io.cxr.workbench.models.WorkbenchModel;
import io.cxr.workbench.user.UserSession;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Tables, the labelled set, reports and DICOM results, as files to keep. */
public final class ExportRoutes implements RouteGroup {
  private static final String OF_CASE = "/api/cases/{id}/";
  private static final String ZIP = "application/zip";

  /** Each takes the memory of a decoded film and of its pages. */
  private static final int AT_ONCE = 2;

  private final CaseStore cases;
  private final Models models;
  private final UserDataSets data;
  private final CaseResults results;
  private final Semaphore making = new Semaphore(AT_ONCE, true);

  /**
   * Routes.
   *
   * @param cases what is exported
   * @param models whose answers
   * @param data has the labelled sets
   */
  public ExportRoutes(CaseStore cases, Models models, UserDataSets data) {
    this.cases = cases;
    this.models = models;
    this.data = data;
    this.results = new CaseResults(cases);
  }

  @Override
  public void register(RoutesConfig routes) {
    routes.get("/api/export/cases.csv", this::table);
    routes.get("/api/export/labelled.zip", this::labelled);
    routes.get(OF_CASE + "report.pdf", this::report);
    routes.get(OF_CASE + "dicom.zip", this::dicom);
  }

  private static String user(Context context) {
    return UserSession.of(context).user();
  }

  private WorkbenchModel model(Context context) {
    String user = user(context);
    String id = context.queryParam("model");
    return id == null
        ? models.of(user).get(0)
        : models.find(user, id).orElseThrow(() -> ApiException.notFound("model"));
  }

  /** An answer that a browser saves; its name tells nothing of a patient. */
  private static void file(Context context, String type, String name) {
    context.contentType(type);
    context.header("Content-Disposition", "attachment; filename=\"" + name + "\"");
  }

  private void table(Context context) {
    byte[] text =
        // The mark by which spreadsheets know UTF-8.
        ("\uFEFF" + CasesCsv.of(cases.of(user(context)), model(context)))
            .getBytes(StandardCharsets.UTF_8);
    file(context, "text/csv; charset=utf-8", "cases.csv");
    context.result(text);
  }

  private void labelled(Context context) throws IOException {
    LabelledSet set = data.labelled(user(context));
    if (set.size() == 0) {
      throw new ApiException(
          409,
          "NO_LABELS",
          "Labelled set: expected cases with labels, found none. Mark answers as right, or name the"
              + " labels of cases.");
    }
    file(context, ZIP, "labelled.zip");
    OutputStream out = context.outputStream();
    set.zip(out, cases);
    out.flush();
  }

  /** Makes something of a case. */
  private interface Making<T> {
    T of(Case film, WorkbenchModel model) throws IOException;
  }

  private <T> T make(Context context, Making<T> making) throws IOException {
    Case film = cases.require(user(context), context.pathParam("id"));
    WorkbenchModel model = model(context);
    this.making.acquireUninterruptibly();
    try {
      return making.of(film, model);
    } finally {
      this.making.release();
    }
  }

  private void report(Context context) throws IOException {
    byte[] pdf = make(context, (film, model) -> results.pdf(film, model.classifier()));
    file(context, "application/pdf", "report.pdf");
    context.result(pdf);
  }

  private void dicom(Context context) throws IOException {
    Map<String, byte[]> files =
        make(context, (film, model) -> results.instances(film, model.classifier()));
    file(context, ZIP, "dicom.zip");
    ZipOutputStream zip = new ZipOutputStream(context.outputStream(), StandardCharsets.UTF_8);
    for (Map.Entry<String, byte[]> each : files.entrySet()) {
      zip.putNextEntry(new ZipEntry(each.getKey()));
      zip.write(each.getValue());
      zip.closeEntry();
    }
    zip.finish();
    zip.flush();
  }
}
