package io.cxr.evaluation;

/**
 * A figure with the range in which it may well lie.
 *
 * @param value the figure on all samples
 * @param low the lower end
 * @param high the upper end
 */
public record Interval(double value, double low, double high) {}
