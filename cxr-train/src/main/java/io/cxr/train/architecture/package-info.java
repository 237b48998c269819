/** Networks, layer by layer as their papers have them. */
@NullMarked
package io.cxr.train.architecture;

import org.jspecify.annotations.NullMarked;
