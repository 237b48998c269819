/** Classifies and explains chest radiographs with ONNX models on ONNX Runtime. */
@NullMarked
package io.cxr.onnx;

import org.jspecify.annotations.NullMarked;
