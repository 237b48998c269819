/** Writes trained networks as ONNX model files that carry their card and explain themselves. */
@NullMarked
package io.cxr.train.export;

import org.jspecify.annotations.NullMarked;
