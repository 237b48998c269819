package io.cxr.workbench.export;

import io.cxr.audit.AuditOutcome;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.image.DicomRadiograph;
import io.cxr.dicom.image.DicomRadiographOptions;
import io.cxr.dicom.image.DicomRadiographReader;
import io.cxr.dicom.result.DicomResults;
import io.cxr.dicom.result.RefusalReport;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import io.cxr.workbench.cases.Case;
import io.cxr.workbench.cases.CaseStore;
import io.cxr.workbench.http.ApiException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the SDK makes of a case for archives and for paper. */
final class CaseResults {
  private final CaseStore cases;

  CaseResults(CaseStore cases) {
    this.cases = cases;
  }

  /**
   * The report of a model's answer.
   *
   * @throws UnsupportedRadiographException if the model refuses the film
   */
  byte[] pdf(Case film, OnnxClassifier classifier) throws IOException {
    requireHeatmaps(classifier);
    if (!film.dicom()) {
      Radiograph picture = cases.read(film);
      return DicomResults.pdfOfPicture(
          picture, classifier.explainPositives(picture), Instant.now());
    }
    return results(instance(film), classifier).pdf();
  }

  /**
   * The DICOM instances of a model's answer, by file name: Secondary Capture, structured report,
   * presentation state and PDF; where the model refuses the film, a report of the refusal.
   */
  Map<String, byte[]> instances(Case film, OnnxClassifier classifier) throws IOException {
    if (!film.dicom()) {
      throw new ApiException(
          409,
          "NOT_DICOM",
          "DICOM results: expected a DICOM file, in whose study results belong, found another"
              + " format. Take the PDF report.");
    }
    requireHeatmaps(classifier);
    DicomFile file = instance(film);
    Map<String, byte[]> files = new LinkedHashMap<>();
    try {
      DicomResults results = results(file, classifier);
      files.put("capture.sc.dcm", results.secondaryCapture().toBytes());
      files.put("report.sr.dcm", results.structuredReport().toBytes());
      files.put("outline.pr.dcm", results.presentationState().toBytes());
      files.put("report.pdf.dcm", results.encapsulatedPdf().toBytes());
    } catch (UnsupportedRadiographException e) {
      files.put(
          "refusal.sr.dcm",
          RefusalReport.builder(file.dataSet(), classifier.model(), AuditOutcome.of(e))
              .message(e)
              .build()
              .toBytes());
    }
    return files;
  }

  private DicomFile instance(Case film) throws IOException {
    Path file = cases.file(film);
    return DicomFile.read(file);
  }

  private static DicomResults results(DicomFile file, OnnxClassifier classifier) {
    DicomRadiograph read =
        DicomRadiographReader.standard().read(file, DicomRadiographOptions.DEFAULT);
    return DicomResults.builder(read, classifier.explainPositives(read.radiograph())).build();
  }

  private static void requireHeatmaps(OnnxClassifier classifier) {
    if (!classifier.canExplain()) {
      throw new ApiException(
          409,
          "NO_HEATMAP",
          "Report: expected a model with heatmaps, found one without. Choose another model.");
    }
  }
}
