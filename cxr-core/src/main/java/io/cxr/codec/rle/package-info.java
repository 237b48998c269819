/** Run-length encoding: PackBits, and RLE Lossless of DICOM. */
@NullMarked
package io.cxr.codec.rle;

import org.jspecify.annotations.NullMarked;
