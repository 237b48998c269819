/** Benchmarks for a machine with an NVIDIA GPU, and how they are packed for it. */
@NullMarked
package io.cxr.benchmarks.gpu;

import org.jspecify.annotations.NullMarked;
