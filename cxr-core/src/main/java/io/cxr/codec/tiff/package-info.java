/** TIFF (TIFF 6.0) with its compression methods. */
@NullMarked
package io.cxr.codec.tiff;

import org.jspecify.annotations.NullMarked;
