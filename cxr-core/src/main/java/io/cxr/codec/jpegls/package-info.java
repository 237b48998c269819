/** JPEG-LS (ITU-T T.87). */
@NullMarked
package io.cxr.codec.jpegls;

import org.jspecify.annotations.NullMarked;
