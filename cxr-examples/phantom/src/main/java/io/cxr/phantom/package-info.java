/** Synthetic chest phantoms for demonstrations and tests. */
@NullMarked
package io.cxr.phantom;

import org.jspecify.annotations.NullMarked;
