/** PNG files (ISO/IEC 15948), apart from what radiographs are: samples in, samples out. */
@NullMarked
package io.cxr.codec.png;

import org.jspecify.annotations.NullMarked;
