/**
 * What a user says of an answer: right or wrong, the true labels, a remark; and the labelled set
 * that comes of it.
 */
@NullMarked
package io.cxr.workbench.marks;

import org.jspecify.annotations.NullMarked;
