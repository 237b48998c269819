/**
 * Metrics of a classifier on labelled radiographs, with confidence intervals: confusion matrix, ROC
 * curve, calibration, operating points.
 */
@NullMarked
package io.cxr.evaluation;

import org.jspecify.annotations.NullMarked;
