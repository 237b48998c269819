package io.cxr.model;

import io.cxr.ModelFormatException;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The JSON form of a model card. It is strict: a card that is half understood is not safe. */
final class ModelCardJson {
  private ModelCardJson() {}

  static String write(ModelCard card) {
    return Databind.MAPPER.writeValueAsString(card);
  }

  static ModelCard read(String json) {
    return ModelCardParser.read(json).orElseGet(() -> Databind.read(json));
  }

  /** Any card, and what is wrong with one. Loaded only where it is needed: it is slow to start. */
  static final class Databind {
    private static final JsonMapper MAPPER =
        JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(EnumFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .build();

    private Databind() {}

    static ModelCard read(String json) {
      try {
        JsonNode tree = MAPPER.readTree(json);
        JsonNode version = tree.path("formatVersion");
        if (version.isInt() && version.intValue() == 1 && tree instanceof ObjectNode card) {
          upgrade(card);
          version = card.path("formatVersion");
        }
        if (!version.isInt() || version.intValue() != ModelCard.FORMAT_VERSION) {
          throw new ModelFormatException(
              "Model card: expected format version "
                  + ModelCard.FORMAT_VERSION
                  + ", found "
                  + (version.isMissingNode() ? "none" : version)
                  + ". Export the model again, or use the version of this software that wrote it.");
        }
        return MAPPER.treeToValue(tree, ModelCard.class);
      } catch (JacksonException e) {
        throw new ModelFormatException(
            "Model card: expected the JSON that ModelCard.toJson() writes, found"
                + path(e.getPath())
                + ": "
                + reason(e)
                + " Export the model again.",
            e);
      }
    }

    /** Version 1 had neither calibration nor thresholds, novelty gate nor audit. */
    private static void upgrade(ObjectNode card) {
      card.put("formatVersion", ModelCard.FORMAT_VERSION);
      card.putNull("calibration");
      card.putArray("thresholds");
      card.putNull("novelty");
      card.putNull("shortcuts");
    }

    private static String reason(JacksonException e) {
      // What a record refused, it refused in our own words.
      String reason =
          e.getCause() instanceof IllegalArgumentException refused
              ? String.valueOf(refused.getMessage())
              : e.getOriginalMessage();
      // Jackson goes on with the names of its settings.
      int settings = reason.indexOf("; `");
      reason = settings < 0 ? reason : reason.substring(0, settings);
      return reason.endsWith(".") ? reason : reason + ".";
    }

    /** Where the trouble is, such as {@code preprocessing.steps[0]}. */
    private static String path(List<JacksonException.Reference> references) {
      StringBuilder path = new StringBuilder();
      for (JacksonException.Reference reference : references) {
        if (reference.getPropertyName() == null) {
          path.append('[').append(reference.getIndex()).append(']');
        } else {
          path.append(path.isEmpty() ? "" : ".").append(reference.getPropertyName());
        }
      }
      return path.isEmpty() ? "" : " at " + path;
    }
  }
}
