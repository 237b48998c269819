/** Data sets of labelled radiographs, and their split by patient. */
@NullMarked
package io.cxr.dataset;

import org.jspecify.annotations.NullMarked;
