/**
 * DICOM without a toolkit: data sets, files (PS3.10) and the radiographs in them.
 *
 * <p>{@link io.cxr.dicom.DicomFile} reads and writes data sets, {@link
 * io.cxr.dicom.image.DicomRadiographReader} turns their pixel data into gray, {@link
 * io.cxr.dicom.result.DicomResults} makes instances of what a model says, and {@link
 * io.cxr.audit.AuditTrail} records that it was asked.
 */
@NullMarked
package io.cxr.dicom;

import org.jspecify.annotations.NullMarked;
