/** A page of static files that reads and classifies radiographs in the browser. */
@NullMarked
package io.cxr.webpage;

import org.jspecify.annotations.NullMarked;
