/** Trains chest X-ray networks on labelled radiographs and writes them as model files. */
@NullMarked
package io.cxr.train;

import org.jspecify.annotations.NullMarked;
