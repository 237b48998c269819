/**
 * A workbench in the browser: radiographs, what models answer, training and evaluation, for one or
 * several users on one computer. Research use only.
 */
@NullMarked
package io.cxr.workbench;

import org.jspecify.annotations.NullMarked;
