package io.cxr.dicom.result;

import io.cxr.Heatmap;
import io.cxr.ModelIdentity;
import io.cxr.dicom.DicomTag;
import io.cxr.radiograph.PixelRegion;
import io.cxr.radiograph.PixelSpacing;
import io.cxr.radiograph.Radiograph;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A fact about a result that its report states.
 *
 * @param key what it is
 * @param value its value
 */
record ReportDetails(String key, String value) {

  /** All that is stated, in the order of the page. */
  static List<ReportDetails> of(Findings findings) {
    ResultContext context = findings.context();
    ModelIdentity model = context.model();
    Radiograph radiograph = findings.radiograph();
    List<ReportDetails> details = new ArrayList<>();
    add(details, "Model", model.name() + ", version " + model.version());
    add(details, "Model file, SHA-256", model.sha256());
    add(
        details,
        "Time of the result",
        context
                .created()
                .atOffset(ZoneOffset.UTC)
                .format(DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT))
            + " UTC");
    if (context.isInStudy()) {
      add(details, "Study Instance UID", context.uid(ResultContext.STUDY));
      add(details, "Series Instance UID", context.uid(ResultContext.SERIES));
      add(details, "SOP Instance UID", context.uid(ResultContext.INSTANCE));
    } else {
      add(details, "Study", "none: a picture that is no DICOM instance");
    }
    add(
        details,
        "Radiograph",
        radiograph.columns()
            + " x "
            + radiograph.rows()
            + " pixels"
            + radiograph.pixelSpacing().map(ReportDetails::spacing).orElse("")
            + context.frameLine().map(line -> ", " + line.toLowerCase(Locale.ROOT)).orElse(""));
    context.superseded().forEach(prior -> add(details, "Supersedes", prior.described()));
    if (findings.studyPrinted()) {
      add(
          details,
          "Accession Number",
          context.source().string(DicomTag.of(0x00080050)).orElse("none"));
      add(details, "Study Date", context.studyDate().orElse("none"));
    }
    add(details, "Outlined region", region(findings));
    return details;
  }

  private static void add(List<ReportDetails> details, String key, String value) {
    details.add(new ReportDetails(key, value));
  }

  private static String spacing(PixelSpacing spacing) {
    return String.format(
        Locale.ROOT,
        ", %.3f x %.3f mm apart",
        spacing.columnMillimetres(),
        spacing.rowMillimetres());
  }

  private static String region(Findings findings) {
    Optional<List<HeatmapOutline.Point>> outline =
        HeatmapOutline.of(findings.explanation().heatmap());
    if (outline.isEmpty()) {
      return "none: the heatmap is zero everywhere";
    }
    List<HeatmapOutline.Point> points = outline.get();
    double area = 0;
    for (int i = 1; i < points.size(); i++) {
      HeatmapOutline.Point from = points.get(i - 1);
      HeatmapOutline.Point to = points.get(i);
      area += (double) from.column() * to.row() - (double) to.column() * from.row();
    }
    Radiograph radiograph = findings.radiograph();
    double share = Math.abs(area) / 2 / ((double) radiograph.rows() * radiograph.columns());
    return Findings.percent(share)
        + " of the radiograph: where the heatmap is at least half of its greatest value, in one"
        + " piece";
  }

  /** What the heatmap shows and what it does not. */
  static String explanation(Findings findings) {
    Heatmap heatmap = findings.explanation().heatmap();
    PixelRegion seen = heatmap.region();
    boolean isCropped =
        seen.rows() < heatmap.radiographRows() || seen.columns() < heatmap.radiographColumns();
    String spoke =
        switch (findings.prediction().task()) {
          case EXCLUSIVE_LABELS -> "spoke for the label";
          case FINDINGS -> "spoke for the finding";
          case MEASUREMENTS -> "raised the measurement";
        };
    return "The heatmap shows which parts of the radiograph "
        + spoke
        + " \""
        + heatmap.label()
        + "\" in this model's computation, from black, the least, to pale yellow, the most."
        + (isCropped ? " The model did not see what is gray beside it." : "")
        + " It is no segmentation and no finding: it neither outlines nor measures a disease, a"
        + " strong colour does not make the probability more certain, and what the model did not"
        + " use stays dark though it may matter.";
  }
}
