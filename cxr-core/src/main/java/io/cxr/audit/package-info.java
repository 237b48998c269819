/** A chained, tamper-evident record of what was classified, by which model and how it ended. */
@NullMarked
package io.cxr.audit;

import org.jspecify.annotations.NullMarked;
