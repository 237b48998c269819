package io.cxr.pacs;

import io.cxr.dicom.DicomFile;
import io.cxr.dicom.result.DicomResults;

/** What the gateway can store for a radiograph. */
public enum ResultKind {
  /** The heatmap over the radiograph, for any viewer. */
  SC,
  /** Probabilities, thresholds and the region, by TID 1500. */
  SR,
  /** The region's outline, for viewers that apply presentation states. */
  GSPS,
  /** A page to read, as an Encapsulated PDF. */
  PDF;

  DicomFile of(DicomResults results) {
    return switch (this) {
      case SC -> results.secondaryCapture();
      case SR -> results.structuredReport();
      case GSPS -> results.presentationState();
      case PDF -> results.encapsulatedPdf();
    };
  }
}
