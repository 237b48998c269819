package io.cxr.workbench.cases;

import io.cxr.Explanation;
import io.cxr.Heatmap;
import io.cxr.radiograph.PixelRegion;
import io.cxr.radiograph.Radiograph;
import io.cxr.workbench.http.ApiException;
import io.cxr.workbench.http.Json;
import io.cxr.workbench.models.WorkbenchModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import tools.jackson.databind.JsonNode;

/**
 * Pictures of cases: thumbnails, pixels, heatmaps and outlines of the lungs. What is small is kept
 * beside the file once it is made. Thread-safe; so few are decoded at once that many pages do not
 * take all memory.
 */
public final class Pictures {
  private static final int THUMBNAIL_SIDE = 160;
  private static final String THUMBNAIL = "thumbnail.png";
  private static final String LUNGS = "lungs.json";
  private static final int DECODED_AT_ONCE = 2;
  private static final int EXPLAINED_AT_ONCE = 8;
  private static final int BITS_OF_BYTE = 8;

  private final CaseStore cases;
  private final Lungs lungs;
  private final Semaphore decoding = new Semaphore(DECODED_AT_ONCE, true);
  private final Object[] explaining = new Object[EXPLAINED_AT_ONCE];

  /**
   * Pictures of cases.
   *
   * @param cases where the files are
   * @param lungs finds lungs
   */
  public Pictures(CaseStore cases, Lungs lungs) {
    this.cases = cases;
    this.lungs = lungs;
    Arrays.setAll(explaining, lock -> new Object());
  }

  /** Something to do with a decoded radiograph. */
  private interface Use<T> {
    T of(Radiograph radiograph) throws IOException;
  }

  private <T> T decoded(Case each, Use<T> use) throws IOException {
    decoding.acquireUninterruptibly();
    try {
      return use.of(cases.read(each));
    } finally {
      decoding.release();
    }
  }

  /**
   * A small picture.
   *
   * @param each the case
   * @return PNG of at most 160 pixels a side
   * @throws IOException if the case is deleted meanwhile
   */
  public byte[] thumbnail(Case each) throws IOException {
    Optional<byte[]> kept = cases.kept(each, THUMBNAIL);
    return kept.isPresent()
        ? kept.get()
        : decoded(each, radiograph -> keepThumbnail(each, radiograph));
  }

  byte[] keepThumbnail(Case each, Radiograph radiograph) throws IOException {
    Optional<byte[]> kept = cases.kept(each, THUMBNAIL);
    if (kept.isPresent()) {
      return kept.get();
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Radiograph small = radiograph.fitWithin(THUMBNAIL_SIDE);
    Radiograph.ofGray8(small.rows(), small.columns(), small.toGray8()).writePng(out);
    byte[] png = out.toByteArray();
    cases.keep(each, THUMBNAIL, png);
    return png;
  }

  /**
   * The pixels as they are shown, black at 0.
   *
   * @param width of the picture
   * @param height of the picture
   * @param bits 8 or 16
   * @param bytes row by row, little-endian
   */
  @SuppressWarnings("ArrayRecordComponent") // Written out once, never compared.
  record Pixels(int width, int height, int bits, byte[] bytes) {}

  /** The pixels, of 8 bits if the film has no more, else scaled to 16. */
  Pixels pixels(Case each) throws IOException {
    return decoded(
        each,
        radiograph -> {
          if (radiograph.bitsStored() <= BITS_OF_BYTE) {
            return new Pixels(
                radiograph.columns(), radiograph.rows(), BITS_OF_BYTE, radiograph.toGray8());
          }
          short[] gray = radiograph.toGray16();
          ByteBuffer bytes =
              ByteBuffer.allocate(Math.multiplyExact(Short.BYTES, gray.length))
                  .order(ByteOrder.LITTLE_ENDIAN);
          bytes.asShortBuffer().put(gray);
          return new Pixels(radiograph.columns(), radiograph.rows(), Short.SIZE, bytes.array());
        });
  }

  /** A heatmap as pages see it. */
  @SuppressWarnings("ArrayRecordComponent") // Written out once, never compared.
  private record HeatmapJson(
      String label, int rows, int columns, float[] values, RegionJson region) {
    static HeatmapJson of(Heatmap heatmap) {
      FloatBuffer values = heatmap.values();
      float[] copy = new float[values.remaining()];
      values.get(copy);
      return new HeatmapJson(
          heatmap.label(),
          heatmap.rows(),
          heatmap.columns(),
          copy,
          RegionJson.of(heatmap.region()));
    }
  }

  /** What part of the picture a heatmap covers, in pixels. */
  private record RegionJson(int x, int y, int width, int height) {
    static RegionJson of(PixelRegion region) {
      return new RegionJson(region.column(), region.row(), region.columns(), region.rows());
    }
  }

  /**
   * The heatmap of a label. One run of the model gives those of all its labels, which are kept.
   *
   * @param each the case
   * @param model what answered
   * @param label one of its labels
   * @return {@code {label,rows,columns,values,region}}
   * @throws IOException if the case is deleted meanwhile
   */
  JsonNode heatmap(Case each, WorkbenchModel model, String label) throws IOException {
    if (!model.classifier().canExplain()) {
      throw new ApiException(404, "Heatmap: expected a model with heatmaps, found one without");
    }
    if (!model.card().labels().contains(label)) {
      throw new ApiException(404, "Heatmap: expected a label of the model, found another");
    }
    // A page that walks through the labels asks for the next before the first run is over.
    synchronized (explaining[Math.floorMod(each.id().hashCode(), EXPLAINED_AT_ONCE)]) {
      return Json.mapper().readTree(heatmaps(each, model)).path(label);
    }
  }

  private byte[] heatmaps(Case each, WorkbenchModel model) throws IOException {
    String name = "heatmaps-" + model.id() + ".json";
    Optional<byte[]> kept = cases.kept(each, name);
    if (kept.isPresent()) {
      return kept.get();
    }
    byte[] json =
        decoded(
            each,
            radiograph -> {
              Map<String, HeatmapJson> all = new LinkedHashMap<>();
              for (Explanation explanation :
                  model.classifier().explain(radiograph, model.card().labels())) {
                HeatmapJson heatmap = HeatmapJson.of(explanation.heatmap());
                all.put(heatmap.label, heatmap);
              }
              return Json.mapper().writeValueAsBytes(all);
            });
    cases.keep(each, name, json);
    return json;
  }

  /**
   * The outlines of the lungs.
   *
   * @param each the case
   * @return JSON of {@code {outlines:[[[x,y],..],..]}} in pixels of the picture; none if no lung
   *     was found
   * @throws IOException if the case is deleted meanwhile
   */
  byte[] lungs(Case each) throws IOException {
    Optional<byte[]> kept = cases.kept(each, LUNGS);
    if (kept.isPresent()) {
      return kept.get();
    }
    byte[] json =
        decoded(
            each,
            radiograph ->
                Json.mapper()
                    .writeValueAsBytes(
                        Map.of(
                            "outlines",
                            LungOutline.of(
                                lungs.find(radiograph), radiograph.columns(), radiograph.rows()))));
    cases.keep(each, LUNGS, json);
    return json;
  }
}
