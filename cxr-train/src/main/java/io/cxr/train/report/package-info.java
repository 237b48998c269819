/** Plots and reports on trained models: learning curves, confusion matrices, comparisons. */
@NullMarked
package io.cxr.train.report;

import org.jspecify.annotations.NullMarked;
