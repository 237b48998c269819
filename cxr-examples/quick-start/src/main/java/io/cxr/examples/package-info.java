/** Short runnable examples, one for each task. */
@NullMarked
package io.cxr.examples;

import org.jspecify.annotations.NullMarked;
