/** Saliency maps that show which regions of a radiograph a prediction rests on, and overlays. */
@NullMarked
package io.cxr.explain;

import org.jspecify.annotations.NullMarked;
