/** Network architectures, layer by layer as in their papers, and the oneDNN layers they use. */
@NullMarked
package io.cxr.train.architecture;

import org.jspecify.annotations.NullMarked;
