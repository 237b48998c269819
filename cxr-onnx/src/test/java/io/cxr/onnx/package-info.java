/** Tests of the classifier on small networks that are built here. */
@NullMarked
package io.cxr.onnx;

import org.jspecify.annotations.NullMarked;
