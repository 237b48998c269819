/**
 * The data sets that training and evaluation may use: folders below those given at the start, and
 * each user's labelled set.
 */
@NullMarked
package io.cxr.workbench.dataset;

import org.jspecify.annotations.NullMarked;
