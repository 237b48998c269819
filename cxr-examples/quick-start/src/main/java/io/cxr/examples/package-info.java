/** Runnable answers to single questions. */
@NullMarked
package io.cxr.examples;

import org.jspecify.annotations.NullMarked;
