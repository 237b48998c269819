package io.cxr.dicom;

import static io.cxr.dicom.ValueRepresentation.CS;
import static io.cxr.dicom.ValueRepresentation.DA;
import static io.cxr.dicom.ValueRepresentation.DS;
import static io.cxr.dicom.ValueRepresentation.TM;
import static io.cxr.dicom.ValueRepresentation.UI;
import static io.cxr.dicom.ValueRepresentation.UT;

import io.cxr.LabelProbability;
import io.cxr.ModelIdentity;
import io.cxr.Prediction;
import io.cxr.model.OperatingThreshold;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A Comprehensive 3D SR by TID 1500, Measurement Report (PS3.16). */
final class MeasurementReport {
  private static final String SOP_CLASS = "1.2.840.10008.5.1.4.1.1.88.34";
  private static final Code PERCENT = new Code("%", "UCUM", "Percent");
  private static final Code FINDING = Code.dcm(121071, "Finding");
  private static final int LONGEST_CODE = 16;

  private final ResultContext context;

  private MeasurementReport(ResultContext context) {
    this.context = context;
  }

  static DicomDataSet of(ResultContext context) {
    return new MeasurementReport(context).build();
  }

  private DicomDataSet build() {
    DicomDataSet instance = context.reference().build();
    DicomDataSet series =
        new DataSetBuilder()
            .items(0x00081199, instance)
            .text(ResultContext.SERIES, UI, context.uid(ResultContext.SERIES))
            .build();
    DicomDataSet evidence =
        new DataSetBuilder()
            .items(0x00081115, series)
            .text(ResultContext.STUDY, UI, context.uid(ResultContext.STUDY))
            .build();
    DicomDataSet scheme =
        new DataSetBuilder()
            .text(0x00080102, ValueRepresentation.SH, Code.OWN)
            .text(0x00080115, ValueRepresentation.ST, "cxr: labels of models and thresholds")
            .build();
    return context
        .start(SOP_CLASS, "structured report", "SR", "cxr findings, research use only")
        .items(0x00080110, scheme)
        .text(0x00080023, DA, context.date())
        .text(0x00080033, TM, context.time())
        .items(0x00081111)
        .text(0x00189004, CS, "RESEARCH")
        .items(0x0040a372)
        .items(0x0040a375, evidence)
        .text(0x0040a491, CS, "COMPLETE")
        .text(0x0040a492, ValueRepresentation.LO, Prediction.NOTICE)
        .text(0x0040a493, CS, "UNVERIFIED")
        .text(0x0040a496, CS, "FINAL")
        .text(0x0040a040, CS, "CONTAINER")
        .code(0x0040a043, Code.dcm(126000, "Imaging Measurement Report"))
        .text(0x0040a050, CS, "SEPARATE")
        .items(0x0040a504, template("1500"))
        .items(0x0040a730, content())
        .build();
  }

  private static DicomDataSet template(String identifier) {
    return new DataSetBuilder()
        .text(0x00080105, CS, "DCMR")
        .text(0x0040db00, CS, identifier)
        .build();
  }

  private List<DicomDataSet> content() {
    List<DicomDataSet> content = new ArrayList<>();
    content.add(
        code(
                "HAS CONCEPT MOD",
                Code.dcm(121049, "Language of Content Item and Descendants"),
                new Code("en", "RFC5646", "English"))
            .build());
    content.addAll(observer());
    content.add(
        code(
                "HAS CONCEPT MOD",
                Code.dcm(121058, "Procedure reported"),
                new Code("363679005", "SCT", "Imaging procedure"))
            .build());
    content.add(
        item("CONTAINS", "CONTAINER", Code.dcm(126010, "Imaging Measurements"))
            .text(0x0040a050, CS, "SEPARATE")
            .items(0x0040a730, group())
            .build());
    return content;
  }

  /** The observer is a device: the model (TID 1001, 1002, 1004). */
  private List<DicomDataSet> observer() {
    ModelIdentity model = context.model();
    String relation = "HAS OBS CONTEXT";
    return List.of(
        code(relation, Code.dcm(121005, "Observer Type"), Code.dcm(121007, "Device")).build(),
        item(relation, "UIDREF", Code.dcm(121012, "Device Observer UID"))
            .text(0x0040a124, UI, context.deviceUid())
            .build(),
        text(relation, Code.dcm(121013, "Device Observer Name"), model.name()),
        text(
            relation, Code.dcm(121014, "Device Observer Manufacturer"), ResultContext.MANUFACTURER),
        text(relation, Code.dcm(121015, "Device Observer Model Name"), model.name()),
        text(relation, Code.dcm(121016, "Device Observer Serial Number"), model.sha256()));
  }

  /**
   * The statement on the radiograph: TID 1410 where the heatmap shows a region, else TID 1501. One
   * group for all labels, as only one of them has a region; each number says which finding it is
   * about.
   */
  private DicomDataSet group() {
    List<LabelProbability> labels = context.prediction().probabilities();
    String explained = context.explanation().heatmap().label();
    Optional<DicomDataSet> region = region();
    List<DicomDataSet> content = new ArrayList<>();
    content.add(text("HAS OBS CONTEXT", Code.dcm(112039, "Tracking Identifier"), explained));
    content.add(
        item("HAS OBS CONTEXT", "UIDREF", Code.dcm(112040, "Tracking Unique Identifier"))
            .text(0x0040a124, UI, context.resultUid("finding"))
            .build());
    content.add(code("CONTAINS", FINDING, finding(explained)).build());
    region.ifPresent(content::add);
    for (LabelProbability label : labels) {
      List<DicomDataSet> modifiers = new ArrayList<>();
      modifiers.add(code("HAS CONCEPT MOD", FINDING, finding(label.label())).build());
      modifiers.addAll(algorithm(context.model()));
      content.add(
          measurement(Code.dcm(111012, "Certainty of Finding"), label.probability(), modifiers));
      for (OperatingThreshold threshold : context.thresholds()) {
        if (threshold.label().equals(label.label())) {
          content.add(measurement(concept(threshold), threshold.threshold(), modifiers));
        }
      }
    }
    return item("CONTAINS", "CONTAINER", Code.dcm(125007, "Measurement Group"))
        .text(0x0040a050, CS, "SEPARATE")
        .items(0x0040a504, template(region.isPresent() ? "1410" : "1501"))
        .items(0x0040a730, content)
        .build();
  }

  private static Code concept(OperatingThreshold threshold) {
    boolean sensitivity = threshold.aim() == OperatingThreshold.Aim.SENSITIVITY;
    return new Code(
        sensitivity ? "THRESHOLD-SENS" : "THRESHOLD-SPEC",
        Code.OWN,
        String.format(
            Locale.ROOT,
            "Threshold for %s of %.2f",
            sensitivity ? "sensitivity" : "specificity",
            threshold.wished()));
  }

  /** Labels are a model's own words. */
  private Code finding(String label) {
    List<String> labels =
        context.prediction().probabilities().stream().map(LabelProbability::label).toList();
    String value = label.length() <= LONGEST_CODE ? label : "LABEL-" + labels.indexOf(label);
    return new Code(value, Code.OWN, ResultContext.cut(label));
  }

  /** TID 4019. */
  private static List<DicomDataSet> algorithm(ModelIdentity model) {
    String relation = "HAS CONCEPT MOD";
    return List.of(
        text(relation, Code.dcm(111001, "Algorithm Name"), model.name()),
        text(relation, Code.dcm(111003, "Algorithm Version"), model.version()),
        text(relation, Code.dcm(111002, "Algorithm Parameters"), "SHA-256 " + model.sha256()));
  }

  private static DicomDataSet measurement(
      Code concept, double share, List<DicomDataSet> modifiers) {
    DicomDataSet value =
        new DataSetBuilder()
            .code(0x004008ea, PERCENT)
            .text(0x0040a30a, DS, String.format(Locale.ROOT, "%.4f", 100 * share))
            .build();
    DataSetBuilder number = item("CONTAINS", "NUM", concept).items(0x0040a300, value);
    if (!modifiers.isEmpty()) {
      number.items(0x0040a730, modifiers);
    }
    return number.build();
  }

  private Optional<DicomDataSet> region() {
    return HeatmapOutline.of(context.explanation().heatmap())
        .map(
            points ->
                item("CONTAINS", "SCOORD", Code.dcm(111030, "Image Region"))
                    .fl(0x00700022, coordinates(points))
                    .text(0x00700023, CS, "POLYLINE")
                    .items(
                        0x0040a730,
                        new DataSetBuilder()
                            .text(0x0040a010, CS, "SELECTED FROM")
                            .text(0x0040a040, CS, "IMAGE")
                            .items(0x00081199, context.reference().build())
                            .build())
                    .build());
  }

  static float[] coordinates(List<HeatmapOutline.Point> points) {
    float[] data = new float[2 * points.size()];
    for (int i = 0; i < points.size(); i++) {
      data[2 * i] = points.get(i).column();
      data[2 * i + 1] = points.get(i).row();
    }
    return data;
  }

  private static DataSetBuilder item(String relation, String type, Code concept) {
    return new DataSetBuilder()
        .text(0x0040a010, CS, relation)
        .text(0x0040a040, CS, type)
        .code(0x0040a043, concept);
  }

  private static DataSetBuilder code(String relation, Code concept, Code value) {
    return item(relation, "CODE", concept).code(0x0040a168, value);
  }

  private static DicomDataSet text(String relation, Code concept, String value) {
    return item(relation, "TEXT", concept).text(0x0040a160, UT, value).build();
  }
}
