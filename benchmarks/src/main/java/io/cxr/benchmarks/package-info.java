/** How long each stage takes on this machine. Figures are ratios: compare within one run. */
@NullMarked
package io.cxr.benchmarks;

import org.jspecify.annotations.NullMarked;
