package io.cxr.dicom.result;

import io.cxr.explain.Colormap;
import io.cxr.explain.HeatmapOverlay;
import io.cxr.radiograph.Radiograph;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.DeflaterOutputStream;
import org.apache.pdfbox.cos.COSDictionary;
import org.apache.pdfbox.cos.COSName;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.graphics.color.PDColorSpace;
import org.apache.pdfbox.pdmodel.graphics.color.PDDeviceGray;
import org.apache.pdfbox.pdmodel.graphics.color.PDDeviceRGB;
import org.apache.pdfbox.pdmodel.graphics.image.PDImageXObject;

/**
 * The radiograph, and the heatmap over it, as large as a page needs them.
 *
 * @param gray a byte a pixel, row by row
 * @param rgb three bytes a pixel, row by row
 */
record ReportPictures(int rows, int columns, ByteBuffer gray, ByteBuffer rgb) {
  /** Those of the heatmap; the words about them are in {@link ReportDetails#explanation}. */
  static final Colormap COLOURS = Colormap.INFERNO;

  /** Of the longer side of a picture, for 300 dots an inch. */
  private static final int MOST_PIXELS = 1024;

  static ReportPictures of(Findings findings) {
    Radiograph radiograph = findings.radiograph();
    HeatmapOverlay overlay =
        HeatmapOverlay.builder(radiograph, findings.explanation().heatmap())
            .colormap(COLOURS)
            .longestSide(MOST_PIXELS)
            .build();
    int rows = overlay.rows();
    int columns = overlay.columns();
    ByteBuffer rgb = ByteBuffer.allocate(3 * rows * columns);
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        int colour = overlay.rgb(row, column);
        rgb.put((byte) (colour >> 16)).put((byte) (colour >> 8)).put((byte) colour);
      }
    }
    ByteBuffer gray = ByteBuffer.wrap(radiograph.fitWithin(MOST_PIXELS).toGray8());
    return new ReportPictures(rows, columns, gray, rgb.flip());
  }

  /** The radiograph in gray, for a document. */
  PDImageXObject grayImage(PDDocument document) throws IOException {
    return image(document, gray, 1);
  }

  /** The radiograph with the heatmap, for a document. */
  PDImageXObject overlayImage(PDDocument document) throws IOException {
    return image(document, rgb, 3);
  }

  /** Samples as they are: no pixel passes a conversion of colours. */
  private PDImageXObject image(PDDocument document, ByteBuffer samples, int components)
      throws IOException {
    byte[] bytes = new byte[samples.remaining()];
    samples.get(bytes);
    int line = columns * components;
    // Neighbours are alike, so their differences take less room (ISO 32000-1 7.4.4.4).
    for (int row = 0; row < rows; row++) {
      for (int i = (row + 1) * line - 1; i >= row * line + components; i--) {
        bytes[i] -= bytes[i - components];
      }
    }
    ByteArrayOutputStream deflated = new ByteArrayOutputStream();
    try (DeflaterOutputStream out = new DeflaterOutputStream(deflated)) {
      out.write(bytes);
    }
    PDColorSpace colours = components == 1 ? PDDeviceGray.INSTANCE : PDDeviceRGB.INSTANCE;
    PDImageXObject image =
        new PDImageXObject(
            document,
            new ByteArrayInputStream(deflated.toByteArray()),
            COSName.FLATE_DECODE,
            columns,
            rows,
            Byte.SIZE,
            colours);
    COSDictionary parameters = new COSDictionary();
    parameters.setInt(COSName.PREDICTOR, 2);
    parameters.setInt(COSName.COLORS, components);
    parameters.setInt(COSName.COLUMNS, columns);
    image.getCOSObject().setItem(COSName.DECODE_PARMS, parameters);
    return image;
  }
}
