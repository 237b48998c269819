package io.cxr.dicom.result;

import static io.cxr.dicom.ValueRepresentation.CS;
import static io.cxr.dicom.ValueRepresentation.DS;
import static io.cxr.dicom.ValueRepresentation.UI;
import static io.cxr.dicom.result.ReportDocument.code;
import static io.cxr.dicom.result.ReportDocument.item;
import static io.cxr.dicom.result.ReportDocument.text;

import io.cxr.Heatmap;
import io.cxr.LabelProbability;
import io.cxr.MeasuredValue;
import io.cxr.ModelIdentity;
import io.cxr.Prediction;
import io.cxr.dicom.Code;
import io.cxr.dicom.DataSetBuilder;
import io.cxr.dicom.DicomDataSet;
import io.cxr.model.OperatingThreshold;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What was found, as a {@link ReportDocument} with measurements. */
final class MeasurementReport {
  private static final Code PERCENT = new Code("%", "UCUM", "Percent");
  private static final Code FINDING = Code.dcm(121071, "Finding");
  private static final Code OUT_OF_RANGE = Code.dcm(114009, "Value out of range");
  private static final int LONGEST_CODE = 16;
  private static final int DIGITS = 7;

  private final Findings findings;
  private final ResultContext context;

  private MeasurementReport(Findings findings) {
    this.findings = findings;
    this.context = findings.context();
  }

  static DicomDataSet of(Findings findings) {
    DicomDataSet measurements =
        ReportDocument.container(
                "CONTAINS",
                Code.dcm(126010, "Imaging Measurements"),
                new MeasurementReport(findings).groups())
            .build();
    return ReportDocument.of(findings.context(), "structured report", "findings", measurements);
  }

  private List<DicomDataSet> groups() {
    Prediction prediction = findings.prediction();
    List<DicomDataSet> groups = new ArrayList<>();
    switch (prediction.task()) {
      case EXCLUSIVE_LABELS -> groups.add(group());
      case FINDINGS -> prediction.probabilities().forEach(finding -> groups.add(group(finding)));
      case MEASUREMENTS -> prediction.measurements().forEach(value -> groups.add(group(value)));
    }
    return groups;
  }

  /** The statement on one finding: TID 1410 where there is its region, else TID 1501. */
  private DicomDataSet group(LabelProbability finding) {
    return group(finding.label(), measurements(finding));
  }

  /** The statement on one measurement, which is the concept of its number. */
  private DicomDataSet group(MeasuredValue value) {
    DicomDataSet measured =
        new DataSetBuilder()
            .code(0x004008ea, new Code(value.unit(), "UCUM", ResultContext.cut(value.unit())))
            .text(0x0040a30a, DS, decimal(value.value()))
            .build();
    DataSetBuilder number =
        item("CONTAINS", "NUM", finding(value.name())).items(0x0040a300, measured);
    if (!value.isPlausible()) {
      number.code(0x0040a301, OUT_OF_RANGE);
    }
    number.items(0x0040a730, modifiers(value.name()));
    return group(value.name(), List.of(number.build()));
  }

  /**
   * A number of at most 16 characters (PS3.5 6.2), to the seven digits that a network's 32 bits
   * have.
   */
  static String decimal(double value) {
    BigDecimal rounded = new BigDecimal(value).round(new MathContext(DIGITS)).stripTrailingZeros();
    String plain = rounded.toPlainString();
    return plain.length() <= LONGEST_CODE ? plain : rounded.toString();
  }

  /** A group with a region, if the label has one. */
  private DicomDataSet group(String label, List<DicomDataSet> measurements) {
    Optional<DicomDataSet> region = findings.heatmap(label).flatMap(this::region);
    List<DicomDataSet> content = new ArrayList<>();
    content.add(text("HAS OBS CONTEXT", Code.dcm(112039, "Tracking Identifier"), label));
    content.add(
        item("HAS OBS CONTEXT", "UIDREF", Code.dcm(112040, "Tracking Unique Identifier"))
            .text(0x0040a124, UI, context.resultUid("finding " + label))
            .build());
    content.add(code("CONTAINS", FINDING, finding(label)).build());
    region.ifPresent(content::add);
    content.addAll(measurements);
    return ReportDocument.container("CONTAINS", Code.dcm(125007, "Measurement Group"), content)
        .items(0x0040a504, ReportDocument.template(region.isPresent() ? "1410" : "1501"))
        .build();
  }

  /**
   * The statement on the radiograph: TID 1410 where the heatmap shows a region, else TID 1501. One
   * group for all labels, as only one of them has a region; each number says which finding it is
   * about.
   */
  private DicomDataSet group() {
    List<LabelProbability> labels = findings.prediction().probabilities();
    String explained = findings.explanation().heatmap().label();
    Optional<DicomDataSet> region = region(findings.explanation().heatmap());
    List<DicomDataSet> content = new ArrayList<>();
    content.add(text("HAS OBS CONTEXT", Code.dcm(112039, "Tracking Identifier"), explained));
    content.add(
        item("HAS OBS CONTEXT", "UIDREF", Code.dcm(112040, "Tracking Unique Identifier"))
            .text(0x0040a124, UI, context.resultUid("finding"))
            .build());
    content.add(code("CONTAINS", FINDING, finding(explained)).build());
    region.ifPresent(content::add);
    labels.forEach(label -> content.addAll(measurements(label)));
    return ReportDocument.container("CONTAINS", Code.dcm(125007, "Measurement Group"), content)
        .items(0x0040a504, ReportDocument.template(region.isPresent() ? "1410" : "1501"))
        .build();
  }

  /** What a number is about, and what computed it. */
  private List<DicomDataSet> modifiers(String label) {
    List<DicomDataSet> modifiers = new ArrayList<>();
    modifiers.add(code("HAS CONCEPT MOD", FINDING, finding(label)).build());
    modifiers.addAll(algorithm(context.model()));
    return modifiers;
  }

  /** The probability of a label, and its thresholds. */
  private List<DicomDataSet> measurements(LabelProbability label) {
    List<DicomDataSet> modifiers = modifiers(label.label());
    List<DicomDataSet> measurements = new ArrayList<>();
    measurements.add(
        measurement(Code.dcm(111012, "Certainty of Finding"), label.probability(), modifiers));
    for (OperatingThreshold threshold : findings.thresholds(label.label())) {
      measurements.add(measurement(concept(threshold), threshold.threshold(), modifiers));
    }
    return measurements;
  }

  private static Code concept(OperatingThreshold threshold) {
    if (threshold.aim() == OperatingThreshold.Aim.PUBLISHED) {
      return new Code("THRESHOLD-PUBL", Code.OWN, "Threshold published with the model");
    }
    boolean sensitivity = threshold.aim() == OperatingThreshold.Aim.SENSITIVITY;
    return new Code(
        sensitivity ? "THRESHOLD-SENS" : "THRESHOLD-SPEC",
        Code.OWN,
        String.format(
            Locale.ROOT,
            "Threshold for %s of %.2f",
            sensitivity ? "sensitivity" : "specificity",
            threshold.target()));
  }

  /** Labels are a model's own words. */
  private Code finding(String label) {
    List<String> labels = findings.prediction().labels();
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

  private Optional<DicomDataSet> region(Heatmap heatmap) {
    return HeatmapOutline.of(heatmap)
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
                            .items(0x00081199, context.frameReference().build())
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
}
