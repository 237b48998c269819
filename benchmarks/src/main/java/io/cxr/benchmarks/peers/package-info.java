/** The cxr side of the comparison with other libraries. */
@org.jspecify.annotations.NullMarked
package io.cxr.benchmarks.peers;
