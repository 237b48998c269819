/** Run lengths: PackBits, and RLE of DICOM. */
@NullMarked
package io.cxr.codec.rle;

import org.jspecify.annotations.NullMarked;
