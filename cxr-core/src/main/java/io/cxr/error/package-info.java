/** The exceptions of this library: one sealed hierarchy of unchecked exceptions. */
@NullMarked
package io.cxr.error;

import org.jspecify.annotations.NullMarked;
