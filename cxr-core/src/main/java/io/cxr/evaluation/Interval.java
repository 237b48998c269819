package io.cxr.evaluation;

/**
 * A metric with its 95 % confidence interval.
 *
 * @param value the metric on all samples
 * @param low the lower bound
 * @param high the upper bound
 */
public record Interval(double value, double low, double high) {}
