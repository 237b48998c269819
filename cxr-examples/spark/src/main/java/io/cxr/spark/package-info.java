/**
 * Scoring and training beyond one machine, on Apache Spark: the command {@code cxr-spark}, and
 * {@code SparkScoring} for programs.
 */
@NullMarked
package io.cxr.spark;

import org.jspecify.annotations.NullMarked;
