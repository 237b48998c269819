package io.cxr.model;

import io.cxr.ModelFormatException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The JSON form of a model card. */
final class ModelCardJson {
  private static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  private ModelCardJson() {}

  static String write(ModelCard card) {
    return MAPPER.writeValueAsString(card);
  }

  static ModelCard read(String json) {
    try {
      JsonNode tree = MAPPER.readTree(json);
      JsonNode version = tree.path("formatVersion");
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
          "Model card: expected the JSON that ModelCard.toJson() writes, found "
              + e.getOriginalMessage(),
          e);
    }
  }
}
