/** What a user takes away: tables, the labelled set, reports and DICOM results. */
@NullMarked
package io.cxr.workbench.export;

import org.jspecify.annotations.NullMarked;
