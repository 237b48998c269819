/** Plots and pages about trained models: learning curves, confusion matrices, comparisons. */
@NullMarked
package io.cxr.train.report;

import org.jspecify.annotations.NullMarked;
