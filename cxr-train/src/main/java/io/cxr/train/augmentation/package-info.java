/** Random changes of training radiographs, so that a network learns what does not change. */
@NullMarked
package io.cxr.train.augmentation;

import org.jspecify.annotations.NullMarked;
