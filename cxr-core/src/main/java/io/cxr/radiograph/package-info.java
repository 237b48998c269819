/** Chest radiographs as gray pixels, and their decoding from files. */
@NullMarked
package io.cxr.radiograph;

import org.jspecify.annotations.NullMarked;
