/** Shortcut audit: can the classes of a data set be told apart without anatomy? */
@NullMarked
package io.cxr.train.audit;

import org.jspecify.annotations.NullMarked;
