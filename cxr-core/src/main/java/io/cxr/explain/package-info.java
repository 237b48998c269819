/** Heatmaps that show which part of a radiograph speaks for a label. */
@NullMarked
package io.cxr.explain;

import org.jspecify.annotations.NullMarked;
