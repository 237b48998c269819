/**
 * Results as DICOM instances in the original study: Secondary Capture, structured report by TID
 * 1500, presentation state, PDF, and a report on why there is no result.
 */
@NullMarked
package io.cxr.dicom.result;

import org.jspecify.annotations.NullMarked;
