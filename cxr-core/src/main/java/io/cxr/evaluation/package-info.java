/** How well predictions agree with the truth. */
@NullMarked
package io.cxr.evaluation;

import org.jspecify.annotations.NullMarked;
