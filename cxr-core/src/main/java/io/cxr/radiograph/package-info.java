/** Frontal chest radiographs as gray pixels, and how they are read from files. */
@NullMarked
package io.cxr.radiograph;

import org.jspecify.annotations.NullMarked;
