package io.cxr.workbench.http;

import io.javalin.http.Context;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** JSON of requests and answers. */
public final class Json {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private Json() {}

  /**
   * What all routes read and write with.
   *
   * @return immutable, thread-safe
   */
  public static JsonMapper mapper() {
    return MAPPER;
  }

  /**
   * The object in a request's body.
   *
   * @param context the request
   * @return the object
   * @throws ApiException with status 400 if it is none
   */
  public static ObjectNode object(Context context) {
    try {
      JsonNode node = MAPPER.readTree(context.body());
      if (node instanceof ObjectNode object) {
        return object;
      }
    } catch (JacksonException e) {
      // The answer below says it; the message would repeat the input.
    }
    throw new ApiException(400, "Body: expected a JSON object, found something else");
  }

  /**
   * A text of an object.
   *
   * @param object from a request
   * @param name of the property
   * @return its value
   * @throws ApiException with status 400 if there is none
   */
  public static String text(ObjectNode object, String name) {
    JsonNode value = object.get(name);
    if (value == null || !value.isString()) {
      throw new ApiException(400, "Body: expected a text '" + name + "', found none");
    }
    return value.stringValue();
  }
}
