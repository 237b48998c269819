/** Classification and explanation of chest radiographs: interfaces, results and errors. */
@NullMarked
package io.cxr;

import org.jspecify.annotations.NullMarked;
