/** Networks, layer by layer as their papers have them, and the oneDNN layers they are made of. */
@NullMarked
package io.cxr.train.architecture;

import org.jspecify.annotations.NullMarked;
