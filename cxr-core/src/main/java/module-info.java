/** Reads, describes and explains chest radiographs. Research use only. */
module io.cxr.core {
  requires static transitive org.jspecify;
  requires transitive java.desktop;
  requires static org.apache.fontbox;
  requires static org.apache.pdfbox;
  requires static org.apache.pdfbox.io;
  requires org.apache.commons.imaging;
  requires tools.jackson.core;

  exports io.cxr;
  exports io.cxr.audit;
  exports io.cxr.dataset;
  exports io.cxr.dicom;
  exports io.cxr.dicom.deidentify;
  exports io.cxr.dicom.image;
  exports io.cxr.dicom.result;
  exports io.cxr.error;
  exports io.cxr.evaluation;
  exports io.cxr.explain;
  exports io.cxr.file;
  exports io.cxr.json;
  exports io.cxr.model;
  exports io.cxr.preprocess;
  exports io.cxr.radiograph;

  uses io.cxr.dicom.CodestreamDecoder;
  uses io.cxr.radiograph.RadiographFormat;

  provides io.cxr.radiograph.RadiographFormat with
      io.cxr.radiograph.PngFormat,
      io.cxr.radiograph.JpegFormat,
      io.cxr.radiograph.TiffFormat,
      io.cxr.radiograph.BmpFormat,
      io.cxr.radiograph.GifFormat,
      io.cxr.dicom.image.DicomFormat;
}
