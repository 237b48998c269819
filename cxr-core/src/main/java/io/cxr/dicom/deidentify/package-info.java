/** De-identification by the Basic Application Confidentiality Profile of DICOM PS3.15 annex E. */
@NullMarked
package io.cxr.dicom.deidentify;

import org.jspecify.annotations.NullMarked;
