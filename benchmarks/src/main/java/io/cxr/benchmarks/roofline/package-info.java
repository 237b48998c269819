/** What limits a network on this machine: arithmetic or memory. */
@NullMarked
package io.cxr.benchmarks.roofline;

import org.jspecify.annotations.NullMarked;
