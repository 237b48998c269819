/** Export of trained networks to ONNX model files with a model card and a heatmap output. */
@NullMarked
package io.cxr.train.export;

import org.jspecify.annotations.NullMarked;
