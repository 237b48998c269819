/** RLE Lossless of DICOM (PS3.5, annex G), apart from data sets: samples in, samples out. */
@NullMarked
package io.cxr.codec.rle;

import org.jspecify.annotations.NullMarked;
