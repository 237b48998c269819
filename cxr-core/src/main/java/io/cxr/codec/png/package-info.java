/** PNG (ISO/IEC 15948). */
@NullMarked
package io.cxr.codec.png;

import org.jspecify.annotations.NullMarked;
