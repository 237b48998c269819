/** What a machine with an NVIDIA card needs, and what runs there. */
@NullMarked
package io.cxr.benchmarks.gpu;

import org.jspecify.annotations.NullMarked;
