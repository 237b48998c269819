/** Labelled radiographs in folders, and their split by patient. */
@NullMarked
package io.cxr.dataset;

import org.jspecify.annotations.NullMarked;
