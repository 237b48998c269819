/** Evaluations of a model on a data set, and the films behind their figures. */
@NullMarked
package io.cxr.workbench.evaluation;

import org.jspecify.annotations.NullMarked;
