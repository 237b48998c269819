/**
 * DICOM without a toolkit: data sets, files (PS3.10) and the radiographs in them.
 *
 * <p>{@link io.cxr.dicom.DicomFile} reads and writes data sets, {@link
 * io.cxr.dicom.DicomRadiographReader} turns their pixel data into gray.
 */
@NullMarked
package io.cxr.dicom;

import org.jspecify.annotations.NullMarked;
