package io.cxr.dicom.result;

import static io.cxr.dicom.ValueRepresentation.CS;
import static io.cxr.dicom.ValueRepresentation.DA;
import static io.cxr.dicom.ValueRepresentation.SH;
import static io.cxr.dicom.ValueRepresentation.ST;
import static io.cxr.dicom.ValueRepresentation.TM;
import static io.cxr.dicom.ValueRepresentation.UI;
import static io.cxr.dicom.ValueRepresentation.UT;

import io.cxr.ModelIdentity;
import io.cxr.Prediction;
import io.cxr.dicom.Code;
import io.cxr.dicom.DataSetBuilder;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.ValueRepresentation;
import java.util.ArrayList;
import java.util.List;

/**
 * A Comprehensive 3D SR (PS3.3 A.35.13) by TID 1500, Measurement Report (PS3.16), without its
 * measurements and evaluations; and its content items.
 */
final class ReportDocument {
  static final String SOP_CLASS = "1.2.840.10008.5.1.4.1.1.88.34";

  private ReportDocument() {}

  /**
   * The document.
   *
   * @param context whose and which radiograph it is about
   * @param kind for its identifier
   * @param what for the series' description
   * @param container the root's last content item, with all that is said
   */
  static DicomDataSet of(ResultContext context, String kind, String what, DicomDataSet container) {
    DicomDataSet series =
        new DataSetBuilder()
            .items(0x00081199, context.reference().build())
            .text(ResultContext.SERIES, UI, context.uid(ResultContext.SERIES))
            .build();
    DicomDataSet evidence =
        new DataSetBuilder()
            .items(0x00081115, series)
            .text(ResultContext.STUDY, UI, context.uid(ResultContext.STUDY))
            .build();
    DicomDataSet scheme =
        new DataSetBuilder()
            .text(0x00080102, SH, Code.OWN)
            .text(0x00080115, ST, "cxr: labels of models, thresholds and refusals")
            .build();
    DataSetBuilder document =
        context
            .start(SOP_CLASS, kind, "SR", what)
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
            // Nobody signs what is for research, so it never becomes final.
            .text(0x0040a496, CS, "PRELIMINARY")
            .text(0x0040a040, CS, "CONTAINER")
            .code(0x0040a043, Code.dcm(126000, "Imaging Measurement Report"))
            .text(0x0040a050, CS, "SEPARATE")
            .items(0x0040a504, template("1500"))
            .items(0x0040a730, content(context, container));
    return context.predecessors(document, SOP_CLASS).build();
  }

  static DicomDataSet template(String identifier) {
    return new DataSetBuilder()
        .text(0x00080105, CS, "DCMR")
        .text(0x0040db00, CS, identifier)
        .build();
  }

  private static List<DicomDataSet> content(ResultContext context, DicomDataSet container) {
    List<DicomDataSet> content = new ArrayList<>();
    content.add(
        code(
                "HAS CONCEPT MOD",
                Code.dcm(121049, "Language of Content Item and Descendants"),
                new Code("en", "RFC5646", "English"))
            .build());
    content.addAll(observer(context));
    content.add(
        code(
                "HAS CONCEPT MOD",
                Code.dcm(121058, "Procedure reported"),
                new Code("363679005", "SCT", "Imaging procedure"))
            .build());
    content.add(container);
    return content;
  }

  /** The observer is a device: the model (TID 1001, 1002, 1004). */
  private static List<DicomDataSet> observer(ResultContext context) {
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

  static DataSetBuilder item(String relation, String type, Code concept) {
    return new DataSetBuilder()
        .text(0x0040a010, CS, relation)
        .text(0x0040a040, CS, type)
        .code(0x0040a043, concept);
  }

  static DataSetBuilder code(String relation, Code concept, Code value) {
    return item(relation, "CODE", concept).code(0x0040a168, value);
  }

  static DicomDataSet text(String relation, Code concept, String value) {
    return item(relation, "TEXT", concept).text(0x0040a160, UT, value).build();
  }

  static DataSetBuilder container(String relation, Code concept, List<DicomDataSet> content) {
    return item(relation, "CONTAINER", concept)
        .text(0x0040a050, CS, "SEPARATE")
        .items(0x0040a730, content);
  }
}
