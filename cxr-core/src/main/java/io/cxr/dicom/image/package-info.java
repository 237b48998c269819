/** Radiographs from DICOM instances: pixel decoding, grayscale transformations, attributes. */
@NullMarked
package io.cxr.dicom.image;

import org.jspecify.annotations.NullMarked;
