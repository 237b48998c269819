/** Asks whether the classes of a data set can be told apart by what is not anatomy. */
@NullMarked
package io.cxr.train.audit;

import org.jspecify.annotations.NullMarked;
