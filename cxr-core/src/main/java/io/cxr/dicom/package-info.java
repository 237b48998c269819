/**
 * DICOM without a toolkit: data sets, files (PS3.10) and the radiographs in them.
 *
 * <p>{@link io.cxr.dicom.DicomFile} reads and writes data sets, {@link
 * io.cxr.dicom.image.DicomRadiographReader} reads their pixel data as gray values, {@link
 * io.cxr.dicom.result.DicomResults} encodes a model's results as instances, and {@link
 * io.cxr.audit.AuditTrail} records classifications.
 */
@NullMarked
package io.cxr.dicom;

import org.jspecify.annotations.NullMarked;
