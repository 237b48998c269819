/** A service that explains radiographs. Research use only. */
module io.cxr.service {
  requires io.cxr.onnx;
  requires jdk.httpserver;
  requires static org.jspecify;
}
