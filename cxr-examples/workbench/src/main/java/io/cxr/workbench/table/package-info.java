/** Tables as comma-separated values that spreadsheets open without harm. */
@NullMarked
package io.cxr.workbench.table;

import org.jspecify.annotations.NullMarked;
