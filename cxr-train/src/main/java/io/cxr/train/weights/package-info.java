/** Pretrained weights in Keras' HDF5 layout. */
@NullMarked
package io.cxr.train.weights;

import org.jspecify.annotations.NullMarked;
