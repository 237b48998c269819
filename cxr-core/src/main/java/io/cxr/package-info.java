/** Classification and explanation of chest radiographs: interfaces and results. */
@NullMarked
package io.cxr;

import org.jspecify.annotations.NullMarked;
