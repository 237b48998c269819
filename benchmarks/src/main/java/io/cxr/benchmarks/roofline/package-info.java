/** Roofline model: whether arithmetic or memory limits a network on this machine. */
@NullMarked
package io.cxr.benchmarks.roofline;

import org.jspecify.annotations.NullMarked;
