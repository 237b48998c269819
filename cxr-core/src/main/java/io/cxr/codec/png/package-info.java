/** PNG files (ISO/IEC 15948), independent of radiographs: samples in, samples out. */
@NullMarked
package io.cxr.codec.png;

import org.jspecify.annotations.NullMarked;
