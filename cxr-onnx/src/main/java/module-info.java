/**
 * Classifies and explains chest radiographs with ONNX models on ONNX Runtime. Research use only.
 */
module io.cxr.onnx {
  requires transitive io.cxr.core;
  requires static transitive org.jspecify;
  requires com.microsoft.onnxruntime;
  requires tools.jackson.core;
  // ONNX Runtime logs through it, and as an automatic module cannot say so.
  requires java.logging;

  exports io.cxr.onnx;
}
