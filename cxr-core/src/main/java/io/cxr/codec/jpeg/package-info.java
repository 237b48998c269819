/** JPEG (ITU-T T.81): baseline, progressive, extended of 12 bits, lossless. */
@NullMarked
package io.cxr.codec.jpeg;

import org.jspecify.annotations.NullMarked;
