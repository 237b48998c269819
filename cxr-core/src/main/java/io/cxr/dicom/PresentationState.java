package io.cxr.dicom;

import static io.cxr.dicom.ValueRepresentation.CS;
import static io.cxr.dicom.ValueRepresentation.DA;
import static io.cxr.dicom.ValueRepresentation.IS;
import static io.cxr.dicom.ValueRepresentation.LO;
import static io.cxr.dicom.ValueRepresentation.PN;
import static io.cxr.dicom.ValueRepresentation.ST;
import static io.cxr.dicom.ValueRepresentation.TM;
import static io.cxr.dicom.ValueRepresentation.UI;

import io.cxr.Prediction;
import java.util.List;
import java.util.Optional;

/** The outline as a Grayscale Softcopy Presentation State (PS3.3 A.33.1). */
final class PresentationState {
  private static final String SOP_CLASS = "1.2.840.10008.5.1.4.1.1.11.1";
  private static final String LAYER = "CXR";

  private PresentationState() {}

  static DicomDataSet of(Findings findings) {
    ResultContext context = findings.context();
    DicomDataSet image = context.reference().build();
    int rows = findings.radiograph().rows();
    int columns = findings.radiograph().columns();
    DicomDataSet area =
        new DataSetBuilder()
            .sl(0x00700052, 1, 1)
            .sl(0x00700053, columns, rows)
            .text(0x00700100, CS, "SCALE TO FIT")
            .text(0x00700102, IS, "1", "1")
            .build();
    DicomDataSet caption =
        new DataSetBuilder()
            .text(0x00700003, CS, "DISPLAY")
            .text(
                0x00700006,
                ST,
                findings.summary(findings.prediction().top())
                    + "\r\n"
                    + context.modelName()
                    + "\r\n"
                    + Prediction.NOTICE)
            .fl(0x00700010, 0.02f, 0.9f)
            .fl(0x00700011, 0.98f, 0.99f)
            .text(0x00700012, CS, "LEFT")
            .build();
    DataSetBuilder annotation =
        new DataSetBuilder().text(0x00700002, CS, LAYER).items(0x00700008, caption);
    Optional<List<HeatmapOutline.Point>> outline =
        HeatmapOutline.of(findings.explanation().heatmap());
    outline.ifPresent(
        points ->
            annotation.items(
                0x00700009,
                new DataSetBuilder()
                    .text(0x00700005, CS, "PIXEL")
                    .us(0x00700020, 2)
                    .us(0x00700021, points.size())
                    .fl(0x00700022, MeasurementReport.coordinates(points))
                    .text(0x00700023, CS, "POLYLINE")
                    .text(0x00700024, CS, "N")
                    .build()));
    DataSetBuilder state =
        context
            .start(SOP_CLASS, "presentation state", "PR", "outline")
            .text(0x00189004, CS, "RESEARCH")
            .text(0x00700080, CS, "CXR_REGION")
            .text(0x00700081, LO, Prediction.NOTICE)
            .text(0x00700082, DA, context.date())
            .text(0x00700083, TM, context.time())
            .text(0x00700084, PN)
            .items(
                0x00081115,
                new DataSetBuilder()
                    .items(0x00081140, image)
                    .text(ResultContext.SERIES, UI, context.uid(ResultContext.SERIES))
                    .build())
            .items(0x0070005a, area)
            .items(0x00700001, annotation.build())
            .items(
                0x00700060,
                new DataSetBuilder().text(0x00700002, CS, LAYER).text(0x00700062, IS, "1").build())
            .text(0x20500020, CS, "IDENTITY");
    rescale(context.source(), state);
    window(context.source(), state);
    return state.build();
  }

  /** Modality LUT module: the source's own linear one; a table is left to the viewer. */
  private static void rescale(DicomDataSet source, DataSetBuilder state) {
    if (source.string(DicomTag.RESCALE_SLOPE).isPresent()
        && source.string(DicomTag.RESCALE_INTERCEPT).isPresent()) {
      state
          .copyOrEmpty(source, 0x00281052, ValueRepresentation.DS)
          .copyOrEmpty(source, 0x00281053, ValueRepresentation.DS)
          .text(0x00281054, LO, source.string(DicomTag.of(0x00281054)).orElse("US"));
    }
  }

  private static void window(DicomDataSet source, DataSetBuilder state) {
    Optional<String> centre = source.string(DicomTag.WINDOW_CENTER);
    Optional<String> width = source.string(DicomTag.WINDOW_WIDTH);
    if (centre.isPresent() && width.isPresent()) {
      state.items(
          0x00283110,
          new DataSetBuilder()
              .text(0x00281050, ValueRepresentation.DS, centre.get())
              .text(0x00281051, ValueRepresentation.DS, width.get())
              .build());
    }
  }
}
