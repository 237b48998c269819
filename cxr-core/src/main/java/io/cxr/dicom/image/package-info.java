/**
 * The image of a DICOM instance as a radiograph: decoding, grayscale transformations, attributes.
 */
@NullMarked
package io.cxr.dicom.image;

import org.jspecify.annotations.NullMarked;
