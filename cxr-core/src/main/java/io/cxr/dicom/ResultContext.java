package io.cxr.dicom;

import static io.cxr.dicom.ValueRepresentation.CS;
import static io.cxr.dicom.ValueRepresentation.DA;
import static io.cxr.dicom.ValueRepresentation.IS;
import static io.cxr.dicom.ValueRepresentation.LO;
import static io.cxr.dicom.ValueRepresentation.PN;
import static io.cxr.dicom.ValueRepresentation.SH;
import static io.cxr.dicom.ValueRepresentation.ST;
import static io.cxr.dicom.ValueRepresentation.TM;
import static io.cxr.dicom.ValueRepresentation.UI;

import io.cxr.LabelProbability;
import io.cxr.ModelIdentity;
import io.cxr.Prediction;
import io.cxr.explain.Explanation;
import io.cxr.model.OperatingThreshold;
import io.cxr.radiograph.Radiograph;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;

/** What all kinds of results have in common: their source, and the modules that do not differ. */
record ResultContext(
    DicomDataSet source,
    Radiograph radiograph,
    Explanation explanation,
    List<OperatingThreshold> thresholds,
    LocalDateTime created) {
  static final int STUDY = 0x0020000d;
  static final int SERIES = 0x0020000e;
  static final int INSTANCE = 0x00080018;

  static final String MANUFACTURER = "cxr";
  private static final int LONGEST_LONG_STRING = 64;

  ModelIdentity model() {
    return prediction().model();
  }

  Prediction prediction() {
    return explanation.prediction();
  }

  String uid(int tag) {
    return source.string(DicomTag.of(tag)).orElseThrow();
  }

  String resultUid(String kind) {
    return DicomUids.of("instance", uid(INSTANCE), model().sha256(), kind);
  }

  /** One device a model file. */
  String deviceUid() {
    return DicomUids.of("device", model().sha256());
  }

  String date() {
    return created.format(DateTimeFormatter.ofPattern("yyyyMMdd", Locale.ROOT));
  }

  String time() {
    return created.format(DateTimeFormatter.ofPattern("HHmmss", Locale.ROOT));
  }

  static String cut(String text) {
    return text.length() <= LONGEST_LONG_STRING ? text : text.substring(0, LONGEST_LONG_STRING);
  }

  String summary(LabelProbability label) {
    return String.format(Locale.ROOT, "%s %.1f %%", label.label(), 100 * label.probability());
  }

  /**
   * Patient, study, series, equipment and SOP common modules (PS3.3 C.7.1.1, C.7.2.1, C.7.3.1,
   * C.7.5.1, C.12.1).
   */
  DataSetBuilder start(String sopClass, String kind, String modality, String description) {
    ModelIdentity model = model();
    String version = cut(model.version());
    DataSetBuilder result =
        new DataSetBuilder()
            .text(0x00080005, CS, "ISO_IR 192")
            .text(0x00080012, DA, date())
            .text(0x00080013, TM, time())
            .text(0x00080016, UI, sopClass)
            .text(INSTANCE, UI, resultUid(kind))
            .text(0x00080201, SH, "+0000")
            // Patient.
            .copyOrEmpty(source, 0x00100010, PN)
            .copyOrEmpty(source, 0x00100020, LO)
            .copy(source, 0x00100021, LO)
            .copyOrEmpty(source, 0x00100030, DA)
            .copyOrEmpty(source, 0x00100040, CS)
            // Study.
            .text(STUDY, UI, uid(STUDY))
            .copyOrEmpty(source, 0x00080020, DA)
            .copyOrEmpty(source, 0x00080030, TM)
            .copyOrEmpty(source, 0x00080050, SH)
            .copyOrEmpty(source, 0x00080090, PN)
            .copyOrEmpty(source, 0x00200010, SH)
            .copy(source, 0x00081030, LO)
            .copy(source, 0x00101010, ValueRepresentation.AS)
            // Series: one for each kind of result, model and series of the source.
            .text(0x00080060, CS, modality)
            .text(SERIES, UI, DicomUids.of("series", uid(SERIES), model.sha256(), kind))
            .text(0x00200011, IS, "9001")
            .text(0x00080021, DA, date())
            .text(0x00080031, TM, time())
            .text(0x0008103e, LO, description)
            // Equipment.
            .text(0x00080070, LO, MANUFACTURER)
            .text(0x00081090, LO, cut(model.name()))
            .text(0x00181000, LO, model.sha256())
            .text(0x00181020, LO, version)
            .text(0x00200013, IS, "1");
    DicomDataSet equipment =
        new DataSetBuilder()
            .code(0x0040a170, Code.dcm(109102, "Processing Equipment"))
            .text(0x00080070, LO, MANUFACTURER)
            .text(0x00081090, LO, cut(model.name()))
            .text(0x00181000, LO, model.sha256())
            .text(0x00181002, UI, deviceUid())
            .text(0x00181020, LO, version)
            .text(0x0018a003, ST, Prediction.NOTICE)
            .build();
    return result.items(0x0018a001, equipment);
  }

  /** A reference to the radiograph. */
  DataSetBuilder reference() {
    return new DataSetBuilder()
        .text(0x00081150, UI, uid(0x00080016))
        .text(0x00081155, UI, uid(INSTANCE));
  }
}
