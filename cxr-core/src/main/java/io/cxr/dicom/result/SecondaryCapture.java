package io.cxr.dicom.result;

import static io.cxr.dicom.ValueRepresentation.CS;
import static io.cxr.dicom.ValueRepresentation.DA;
import static io.cxr.dicom.ValueRepresentation.LO;
import static io.cxr.dicom.ValueRepresentation.ST;
import static io.cxr.dicom.ValueRepresentation.TM;

import io.cxr.codec.rle.RleEncoder;
import io.cxr.dicom.Code;
import io.cxr.dicom.DataSetBuilder;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.ValueRepresentation;
import io.cxr.explain.HeatmapOverlay;
import io.cxr.radiograph.Radiograph;
import java.nio.ByteBuffer;
import java.util.List;

/** The overlay as a Secondary Capture Image (PS3.3 A.8.1). */
final class SecondaryCapture {
  private static final String SOP_CLASS = "1.2.840.10008.5.1.4.1.1.7";
  private static final int CHANNELS = 3;
  private static final Code SUPERSEDED =
      new Code("SUPERSEDED", Code.OWN, "Result that this one supersedes");

  private SecondaryCapture() {}

  static DicomDataSet of(Findings findings) {
    ResultContext context = findings.context();
    HeatmapOverlay.Builder builder =
        HeatmapOverlay.builder(findings.radiograph(), findings.explanation().heatmap())
            .prediction(findings.prediction())
            .caption(context.modelName())
            .longestSide(findings.captureSide());
    findings.detailLines().forEach(builder::caption);
    context.frameLine().ifPresent(builder::caption);
    context.supersededLine().ifPresent(builder::caption);
    HeatmapOverlay overlay = builder.build();
    DicomDataSet source = context.source();
    DataSetBuilder capture =
        context
            .start(SOP_CLASS, "secondary capture", "OT", "heatmap")
            .text(0x00080008, CS, "DERIVED", "SECONDARY")
            .text(0x00080064, CS, "WSD")
            .text(0x00080023, DA, context.date())
            .text(0x00080033, TM, context.time())
            .text(0x00189004, CS, "RESEARCH")
            .text(0x00200020, CS)
            .text(0x00082111, ST, derivation(findings, overlay))
            .text(0x00204000, ValueRepresentation.LT, String.join("\n", overlay.caption()))
            .items(
                0x00082112,
                context
                    .frameReference()
                    .code(
                        0x0040a170, Code.dcm(121322, "Source image for image processing operation"))
                    .build())
            // What the source says of names in its pixels holds for these: the caption has none.
            .copy(source, 0x00280301, CS)
            .copy(source, 0x00282110, CS)
            .text(0x00181012, DA, context.date())
            .text(0x00181014, TM, context.time())
            .text(0x00181016, LO, ResultContext.MANUFACTURER)
            .us(0x00280002, CHANNELS)
            .text(0x00280004, CS, "RGB")
            .us(0x00280006, 0)
            .us(0x00280010, overlay.pictureRows())
            .us(0x00280011, overlay.pictureColumns())
            .us(0x00280100, Byte.SIZE)
            .us(0x00280101, Byte.SIZE)
            .us(0x00280102, Byte.SIZE - 1)
            .us(0x00280103, 0)
            .put(pixelData(overlay, findings.captureRunLengths()));
    context.bodyPart(capture);
    // Without a spacing: the picture is no place to measure in.
    PixelShape shape = PixelShape.of(source);
    if (!shape.isSquare()) {
      capture.text(0x00280034, ValueRepresentation.IS, shape.ratio());
    }
    List<DicomDataSet> superseded =
        context.superseded().stream()
            .map(prior -> prior.reference().code(0x0040a170, SUPERSEDED).build())
            .toList();
    if (!superseded.isEmpty()) {
      capture.items(0x0008114a, superseded);
    }
    return capture.build();
  }

  private static String derivation(Findings findings, HeatmapOverlay overlay) {
    Radiograph radiograph = findings.radiograph();
    String caption = String.join(". ", overlay.caption());
    return overlay.rows() == radiograph.rows()
        ? caption
        : caption
            + " Reduced from "
            + radiograph.rows()
            + " x "
            + radiograph.columns()
            + " pixels.";
  }

  private static DicomElement pixelData(HeatmapOverlay overlay, boolean isRunLengths) {
    byte[] rgb = overlay.toRgb();
    if (!isRunLengths) {
      return DicomElement.ofBytes(DicomTag.PIXEL_DATA, ValueRepresentation.OB, rgb);
    }
    byte[] frame =
        RleEncoder.encode(overlay.pictureRows(), overlay.pictureColumns(), CHANNELS, 1, rgb);
    // One frame needs no table of offsets (PS3.5 A.4).
    return DicomElement.ofFragments(
        DicomTag.PIXEL_DATA, List.of(ByteBuffer.allocate(0), ByteBuffer.wrap(frame)));
  }
}
