/** Data augmentation: random transformations of training images. */
@NullMarked
package io.cxr.train.augmentation;

import org.jspecify.annotations.NullMarked;
