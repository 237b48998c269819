/** A hash-chained, tamper-evident record of what was classified, by which model and its outcome. */
@NullMarked
package io.cxr.audit;

import org.jspecify.annotations.NullMarked;
