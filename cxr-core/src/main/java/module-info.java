/** Reads, describes and explains chest radiographs. Research use only. */
module io.cxr.core {
  requires static transitive org.jspecify;
  requires com.fasterxml.jackson.annotation;
  requires java.desktop;
  requires org.apache.commons.imaging;
  requires tools.jackson.databind;

  exports io.cxr;
  exports io.cxr.dataset;
  exports io.cxr.evaluation;
  exports io.cxr.explain;
  exports io.cxr.model;
  exports io.cxr.preprocess;
  exports io.cxr.radiograph;

  // The model card is read and written by reflection.
  opens io.cxr.model to
      tools.jackson.databind;
  opens io.cxr.preprocess to
      tools.jackson.databind;
}
