package io.cxr.model;

import static io.cxr.model.JsonObjectReader.jsonName;

import io.cxr.model.PreprocessingStep.BorderCrop;
import io.cxr.model.PreprocessingStep.CentreCrop;
import io.cxr.model.PreprocessingStep.ChannelNormalization;
import io.cxr.model.PreprocessingStep.ChannelReplication;
import io.cxr.model.PreprocessingStep.Clahe;
import io.cxr.model.PreprocessingStep.FullDepth;
import io.cxr.model.PreprocessingStep.GaussianBlur;
import io.cxr.model.PreprocessingStep.HistogramEqualization;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.PreprocessingStep.Resize;
import io.cxr.model.PreprocessingStep.SquarePad;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/** The JSON form of a model's preprocessing, a part of its card. */
final class PreprocessingJson {
  private static final String BORDER_CROP = "border-crop";
  private static final String CENTRE_CROP = "centre-crop";
  private static final String SQUARE_PAD = "square-pad";
  private static final String FULL_DEPTH = "full-depth";
  private static final String HISTOGRAM_EQUALIZATION = "histogram-equalization";
  private static final String CLAHE = "clahe";
  private static final String GAUSSIAN_BLUR = "gaussian-blur";
  private static final String RESIZE = "resize";
  private static final String REPLICATE = "replicate";
  private static final String NORMALIZE = "normalize";
  private static final String NORMALIZE_CHANNELS = "normalize-channels";

  private PreprocessingJson() {}

  static PreprocessingSpec read(JsonObjectReader json) {
    List<PreprocessingStep> steps = new ArrayList<>();
    for (JsonObjectReader step : json.objects("steps")) {
      steps.add(readStep(step));
    }
    return json.done(
        new PreprocessingSpec(steps, json.choice("layout", InputShape.Layout.values())));
  }

  static void write(PreprocessingSpec preprocessing, JsonGenerator json) {
    json.writeStartObject();
    json.writeArrayPropertyStart("steps");
    for (PreprocessingStep step : preprocessing.steps()) {
      json.writeStartObject();
      write(step, json);
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeStringProperty("layout", jsonName(preprocessing.layout()));
    json.writeEndObject();
  }

  private static PreprocessingStep readStep(JsonObjectReader json) {
    return switch (json.text("step")) {
      case BORDER_CROP -> json.done(new BorderCrop(json.number("fraction")));
      case CENTRE_CROP -> json.done(new CentreCrop());
      case SQUARE_PAD -> json.done(new SquarePad(json.integer("level")));
      case FULL_DEPTH -> json.done(new FullDepth());
      case HISTOGRAM_EQUALIZATION -> json.done(new HistogramEqualization());
      case CLAHE ->
          json.done(
              new Clahe(
                  json.number("clipLimit"), json.integer("tileRows"), json.integer("tileColumns")));
      case GAUSSIAN_BLUR -> json.done(new GaussianBlur(json.number("sigma")));
      case RESIZE ->
          json.done(
              new Resize(
                  json.integer("rows"),
                  json.integer("columns"),
                  json.choice("resampling", Resampling.values())));
      case REPLICATE -> json.done(new ChannelReplication(json.integer("channels")));
      case NORMALIZE ->
          json.done(new Normalization(json.choice("kind", Normalization.Kind.values())));
      case NORMALIZE_CHANNELS ->
          json.done(new ChannelNormalization(json.numbers("means"), json.numbers("deviations")));
      default ->
          throw json.refusal(
              "step",
              "one of "
                  + String.join(
                      ", ",
                      BORDER_CROP,
                      CENTRE_CROP,
                      SQUARE_PAD,
                      FULL_DEPTH,
                      HISTOGRAM_EQUALIZATION,
                      CLAHE,
                      GAUSSIAN_BLUR,
                      RESIZE,
                      REPLICATE,
                      NORMALIZE,
                      NORMALIZE_CHANNELS));
    };
  }

  private static void write(PreprocessingStep step, JsonGenerator json) {
    if (step instanceof BorderCrop crop) {
      json.writeStringProperty("step", BORDER_CROP);
      json.writeNumberProperty("fraction", crop.fraction());
    } else if (step instanceof CentreCrop) {
      json.writeStringProperty("step", CENTRE_CROP);
    } else if (step instanceof SquarePad pad) {
      json.writeStringProperty("step", SQUARE_PAD);
      json.writeNumberProperty("level", pad.level());
    } else if (step instanceof FullDepth) {
      json.writeStringProperty("step", FULL_DEPTH);
    } else if (step instanceof HistogramEqualization) {
      json.writeStringProperty("step", HISTOGRAM_EQUALIZATION);
    } else if (step instanceof Clahe clahe) {
      json.writeStringProperty("step", CLAHE);
      json.writeNumberProperty("clipLimit", clahe.clipLimit());
      json.writeNumberProperty("tileRows", clahe.tileRows());
      json.writeNumberProperty("tileColumns", clahe.tileColumns());
    } else if (step instanceof GaussianBlur blur) {
      json.writeStringProperty("step", GAUSSIAN_BLUR);
      json.writeNumberProperty("sigma", blur.sigma());
    } else if (step instanceof Resize resize) {
      json.writeStringProperty("step", RESIZE);
      json.writeNumberProperty("rows", resize.rows());
      json.writeNumberProperty("columns", resize.columns());
      json.writeStringProperty("resampling", jsonName(resize.resampling()));
    } else if (step instanceof ChannelReplication replication) {
      json.writeStringProperty("step", REPLICATE);
      json.writeNumberProperty("channels", replication.channels());
    } else if (step instanceof Normalization normalization) {
      json.writeStringProperty("step", NORMALIZE);
      json.writeStringProperty("kind", jsonName(normalization.kind()));
    } else if (step instanceof ChannelNormalization normalization) {
      json.writeStringProperty("step", NORMALIZE_CHANNELS);
      write("means", normalization.means(), json);
      write("deviations", normalization.deviations(), json);
    } else {
      throw new AssertionError(step);
    }
  }

  private static void write(String name, List<Double> numbers, JsonGenerator json) {
    json.writeArrayPropertyStart(name);
    for (double number : numbers) {
      json.writeNumber(number);
    }
    json.writeEndArray();
  }
}
