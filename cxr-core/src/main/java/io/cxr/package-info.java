/** Classifies and explains chest radiographs: the interfaces, their results and their errors. */
@NullMarked
package io.cxr;

import org.jspecify.annotations.NullMarked;
