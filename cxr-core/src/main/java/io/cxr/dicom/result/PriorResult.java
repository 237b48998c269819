package io.cxr.dicom.result;

import static io.cxr.dicom.ValueRepresentation.UI;

import io.cxr.dicom.DataSetBuilder;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomTag;
import java.util.List;

/** An earlier result of the same radiograph, as others refer to it. */
record PriorResult(String study, String series, String instance, String sopClass, String model) {

  /**
   * The reference to an instance.
   *
   * @throws IllegalArgumentException if it lacks an identifier
   */
  static PriorResult of(DicomDataSet instance) {
    String name =
        instance.string(DicomTag.of(0x00081090)).orElse("an earlier model")
            + instance.string(DicomTag.of(0x00181020)).map(version -> " " + version).orElse("");
    return new PriorResult(
        uid(instance, DicomTag.STUDY_INSTANCE_UID),
        uid(instance, DicomTag.SERIES_INSTANCE_UID),
        uid(instance, DicomTag.SOP_INSTANCE_UID),
        uid(instance, DicomTag.SOP_CLASS_UID),
        name);
  }

  private static String uid(DicomDataSet instance, DicomTag tag) {
    return instance
        .string(tag)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "Earlier result: expected an instance with "
                        + tag
                        + ", found none. Pass it as the archive has it."));
  }

  /** An item of Hierarchical SOP Instance Reference (PS3.3 C.17.2.1). */
  DicomDataSet hierarchical() {
    DicomDataSet inSeries =
        new DataSetBuilder()
            .text(ResultContext.SERIES, UI, series)
            .items(0x00081199, List.of(reference().build()))
            .build();
    return new DataSetBuilder()
        .text(ResultContext.STUDY, UI, study)
        .items(0x00081115, inSeries)
        .build();
  }

  DataSetBuilder reference() {
    return new DataSetBuilder().text(0x00081150, UI, sopClass).text(0x00081155, UI, instance);
  }

  /** For people: whose result it was, and which. */
  String described() {
    return "a result of " + model + ", SOP Instance UID " + instance;
  }
}
