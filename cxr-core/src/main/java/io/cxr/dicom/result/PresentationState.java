package io.cxr.dicom.result;

import static io.cxr.dicom.ValueRepresentation.CS;
import static io.cxr.dicom.ValueRepresentation.DA;
import static io.cxr.dicom.ValueRepresentation.IS;
import static io.cxr.dicom.ValueRepresentation.LO;
import static io.cxr.dicom.ValueRepresentation.PN;
import static io.cxr.dicom.ValueRepresentation.ST;
import static io.cxr.dicom.ValueRepresentation.TM;
import static io.cxr.dicom.ValueRepresentation.UI;

import io.cxr.Prediction;
import io.cxr.dicom.DataSetBuilder;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.ValueRepresentation;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The outline as a Softcopy Presentation State: a grayscale one (PS3.3 A.33.1), or over a coloured
 * source a colour one (A.33.2), which the grayscale one may not refer to.
 */
final class PresentationState {
  private static final String GRAYSCALE = "1.2.840.10008.5.1.4.1.1.11.1";
  private static final String COLOUR = "1.2.840.10008.5.1.4.1.1.11.2";
  private static final String LAYER = "CXR";

  private PresentationState() {}

  static DicomDataSet of(Findings findings) {
    ResultContext context = findings.context();
    boolean gray =
        context
            .source()
            .string(DicomTag.PHOTOMETRIC_INTERPRETATION)
            .orElse("MONOCHROME2")
            .toUpperCase(Locale.ROOT)
            .startsWith("MONOCHROME");
    int rows = findings.radiograph().rows();
    int columns = findings.radiograph().columns();
    DataSetBuilder area =
        new DataSetBuilder()
            .sl(0x00700052, 1, 1)
            .sl(0x00700053, columns, rows)
            .text(0x00700100, CS, "SCALE TO FIT");
    PixelShape.of(context.source()).writeTo(area);
    DicomDataSet caption =
        new DataSetBuilder()
            .text(0x00700003, CS, "DISPLAY")
            .text(
                0x00700006,
                ST,
                String.join("\r\n", findings.answerLines())
                    + "\r\n"
                    + context.modelName()
                    + context.frameLine().map(line -> "\r\n" + line).orElse("")
                    + context.supersededLine().map(line -> "\r\n" + line).orElse("")
                    + "\r\n"
                    + Prediction.NOTICE)
            .fl(0x00700010, 0.02f, 0.88f)
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
            .start(gray ? GRAYSCALE : COLOUR, "presentation state", "PR", "outline")
            .text(0x00189004, CS, "RESEARCH")
            .text(0x00700080, CS, "CXR_REGION")
            .text(0x00700081, LO, Prediction.NOTICE)
            .text(0x00700082, DA, context.date())
            .text(0x00700083, TM, context.time())
            .text(0x00700084, PN)
            .items(
                0x00081115,
                new DataSetBuilder()
                    .items(0x00081140, context.frameReference().build())
                    .text(ResultContext.SERIES, UI, context.uid(ResultContext.SERIES))
                    .build())
            .items(0x0070005a, area.build())
            .items(0x00700001, annotation.build())
            .items(
                0x00700060,
                new DataSetBuilder().text(0x00700002, CS, LAYER).text(0x00700062, IS, "1").build());
    context.bodyPart(state);
    if (gray) {
      new GrayscaleTransforms(context.source(), findings.options().voi()).writeTo(state);
    } else {
      state.put(
          DicomElement.ofBytes(
              DicomTag.of(0x00282000), ValueRepresentation.OB, InputProfile.srgb()));
    }
    return state.build();
  }
}
