package io.cxr.radiograph;

/** The meaning of the smallest pixel value (DICOM PS3.3 C.7.6.3.1.2). */
public enum PhotometricInterpretation {
  /** The smallest value is white. */
  MONOCHROME1,
  /** The smallest value is black. */
  MONOCHROME2
}
