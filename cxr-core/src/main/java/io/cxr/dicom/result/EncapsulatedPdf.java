package io.cxr.dicom.result;

import static io.cxr.dicom.ValueRepresentation.CS;
import static io.cxr.dicom.ValueRepresentation.DA;
import static io.cxr.dicom.ValueRepresentation.DT;
import static io.cxr.dicom.ValueRepresentation.LO;
import static io.cxr.dicom.ValueRepresentation.OB;
import static io.cxr.dicom.ValueRepresentation.ST;
import static io.cxr.dicom.ValueRepresentation.TM;

import io.cxr.dicom.Code;
import io.cxr.dicom.DataSetBuilder;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.ValueRepresentation;

/** The report as an Encapsulated PDF (PS3.3 A.45.1). */
final class EncapsulatedPdf {
  private static final String SOP_CLASS = "1.2.840.10008.5.1.4.1.1.104.1";
  static final String KIND = "encapsulated pdf";
  private static final int DOCUMENT_LENGTH = 0x00420015;

  private EncapsulatedPdf() {}

  /** The PDF file. */
  static byte[] pages(Findings findings) {
    try {
      return ReportPages.of(findings);
    } catch (NoClassDefFoundError e) {
      throw new IllegalStateException(
          "PDF report: expected org.apache.pdfbox:pdfbox on the class path, found that "
              + e.getMessage()
              + " is missing. Add the dependency, of version 3.0.8 or later.",
          e);
    }
  }

  static DicomDataSet of(Findings findings) {
    ResultContext context = findings.context();
    byte[] pdf = pages(findings);
    DicomDataSet source = context.source();
    // The page names nobody, so it identifies a patient only where the radiograph's pixels do.
    boolean burnedIn =
        source.string(DicomTag.BURNED_IN_ANNOTATION).map("YES"::equals).orElse(false);
    DataSetBuilder document =
        context
            .start(SOP_CLASS, KIND, "DOC", "report")
            .text(0x00080064, CS, "WSD")
            .text(0x00080023, DA, context.date())
            .text(0x00080033, TM, context.time())
            .text(0x0008002a, DT)
            .text(0x00189004, CS, "RESEARCH")
            .text(0x00181016, LO, ResultContext.MANUFACTURER)
            .text(0x00280301, CS, burnedIn ? "YES" : "NO")
            .copy(source, 0x00280302, CS)
            .items(
                0x00420013,
                context
                    .reference()
                    .code(
                        0x0040a170, Code.dcm(121322, "Source image for image processing operation"))
                    .build())
            .text(0x00420010, ST, ReportPages.TITLE)
            .code(0x0040a043, Code.dcm(126000, "Imaging Measurement Report"))
            .text(0x0040a493, CS, "UNVERIFIED")
            .text(0x00420012, LO, "application/pdf")
            .put(DicomElement.ofBytes(DicomTag.of(0x00420011), OB, pdf))
            .put(
                DicomElement.ofIntegers(
                    DicomTag.of(DOCUMENT_LENGTH), ValueRepresentation.UL, pdf.length));
    return context.predecessors(document, SOP_CLASS).build();
  }
}
