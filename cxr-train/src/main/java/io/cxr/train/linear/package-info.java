/**
 * Linear heads on features in plain Java: Adam's steps, L-BFGS on the whole batch, and linear
 * support vector machines.
 */
@NullMarked
package io.cxr.train.linear;

import org.jspecify.annotations.NullMarked;
