/** Figures and pages that show how a training went: curves, confusion matrices, comparisons. */
@NullMarked
package io.cxr.train.report;

import org.jspecify.annotations.NullMarked;
