/** Benchmarks of each stage on this machine. Only compare results from the same run. */
@NullMarked
package io.cxr.benchmarks;

import org.jspecify.annotations.NullMarked;
