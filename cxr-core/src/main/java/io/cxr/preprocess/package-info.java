/** Preprocessing: from the pixels of a radiograph to the input tensor of a network. */
@NullMarked
package io.cxr.preprocess;

import org.jspecify.annotations.NullMarked;
