package io.cxr.webpage;

import io.cxr.explain.Colormap;
import io.cxr.file.Sha256;
import io.cxr.model.ConformalSets;
import io.cxr.model.FilmView;
import io.cxr.model.ModelCard;
import io.cxr.model.OperatingThreshold;
import java.io.StringWriter;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** What the page has to know of the model, of colours and of words, as JSON. */
final class PageSettings {
  private static final JsonFactory JSON = new JsonFactory();
  private static final int LEVELS = 256;

  /** Colours that are offered, the default first. */
  private static final List<Colormap> COLOURS =
      List.of(Colormap.INFERNO, Colormap.CIVIDIS, Colormap.VIRIDIS, Colormap.GRAY);

  private PageSettings() {}

  /** The settings of a model's page. */
  static String json(PageModel model) {
    return written(
        json -> {
          json.writeStartObject();
          json.writeStringProperty("notice", ModelCard.NOTICE);
          json.writeName("model");
          write(model, json);
          json.writeName("views");
          writeViews(json);
          json.writeName("colours");
          writeColours(json);
          json.writeEndObject();
        });
  }

  /** The files of the page for its service worker: SHA-256, length, and what is transferred. */
  static String files(Map<String, byte[]> contents, Map<String, byte[]> packed) {
    return written(
        json -> {
          json.writeStartObject();
          contents.forEach(
              (name, content) -> {
                json.writeName(name);
                json.writeStartObject();
                json.writeStringProperty("sha256", Sha256.hex(content));
                byte[] gzip = packed.get(name);
                json.writeNumberProperty("bytes", gzip == null ? content.length : gzip.length);
                json.writeBooleanProperty("gzip", gzip != null);
                json.writeEndObject();
              });
          json.writeEndObject();
        });
  }

  private static String written(Consumer<JsonGenerator> content) {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      content.accept(json);
    }
    return text.toString();
  }

  private static void write(PageModel model, JsonGenerator json) {
    ModelCard card = model.card();
    json.writeStartObject();
    json.writeStringProperty("name", card.name());
    json.writeStringProperty("version", card.version());
    json.writeStringProperty("sha256", model.sha256());
    json.writeStringProperty("task", card.task().kind().name().toLowerCase(Locale.ROOT));
    json.writeName("labels");
    json.writeStartArray();
    card.labels().forEach(json::writeString);
    json.writeEndArray();
    json.writeName("thresholds");
    json.writeStartArray();
    for (OperatingThreshold threshold : card.thresholds()) {
      write(threshold, json);
    }
    json.writeEndArray();
    if (card.conformal().isPresent()) {
      ConformalSets sets = card.conformal().get();
      json.writeName("labelSet");
      json.writeStartObject();
      json.writeNumberProperty("coverage", 1 - sets.alpha());
      json.writeName("least");
      json.writeStartArray();
      for (String label : card.labels()) {
        ConformalSets.Quantile quantile = sets.labels().get(label);
        json.writeNumber(quantile == null ? 0 : quantile.least());
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    if (card.novelty().isPresent()) {
      json.writeNumberProperty("noveltyThreshold", card.novelty().get().threshold());
    }
    json.writeEndObject();
  }

  private static void write(OperatingThreshold threshold, JsonGenerator json) {
    json.writeStartObject();
    json.writeStringProperty("label", threshold.label());
    json.writeStringProperty("aim", threshold.aim().name().toLowerCase(Locale.ROOT));
    json.writeNumberProperty("threshold", threshold.threshold());
    if (threshold.aim() != OperatingThreshold.Aim.PUBLISHED) {
      json.writeNumberProperty("target", threshold.target());
    }
    json.writeEndObject();
  }

  /** In the order of the refusal's codes, from 2 on: found, and what to do about it. */
  private static void writeViews(JsonGenerator json) {
    json.writeStartArray();
    for (FilmView view : FilmView.values()) {
      if (view != FilmView.FRONTAL) {
        json.writeStartObject();
        json.writeStringProperty("found", view.found());
        json.writeStringProperty("remedy", view.remedy());
        json.writeEndObject();
      }
    }
    json.writeEndArray();
  }

  private static void writeColours(JsonGenerator json) {
    json.writeStartObject();
    for (Colormap colours : COLOURS) {
      StringBuilder digits = new StringBuilder();
      for (int level = 0; level < LEVELS; level++) {
        digits.append(HexFormat.of().toHexDigits(colours.rgb(level / (LEVELS - 1f)), 6));
      }
      json.writeStringProperty(colours.name().toLowerCase(Locale.ROOT), digits.toString());
    }
    json.writeEndObject();
  }
}
