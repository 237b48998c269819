package io.cxr.model;

import io.cxr.error.ModelFormatException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.JsonTokenId;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.JsonRecyclerPools;

/**
 * One object of a JSON text, asked for its properties by name and kind. It is strict: no property
 * may be missing, null, there twice, of another kind, or not asked for when {@link #done} is
 * called. What does not fit is refused with its place, such as {@code preprocessing.steps[0]}.
 *
 * <p>A process reads a card before its first prediction, so what runs here runs in a cold JVM: it
 * keeps off lambdas, streams and the concatenation of strings, each of which costs more there than
 * all the parsing does.
 */
final class JsonObjectReader {
  /** The fast parser of doubles and recycled buffers take longer to set up than they save. */
  private static final JsonFactory PARSERS =
      JsonFactory.builder()
          // A card is small; whatever is not is no card.
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(32)
                  .maxStringLength(1 << 16)
                  .maxNameLength(1 << 12)
                  .maxNumberLength(64)
                  .maxDocumentLength(4L << 20)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
          .recyclerPool(JsonRecyclerPools.nonRecyclingPool())
          .build();

  /** How much of a value a message shows. */
  private static final int SHOWN = 60;

  private final Document document;
  private final @Nullable JsonObjectReader parent;
  private final String name;
  private final int index;
  private final Map<String, @Nullable Object> values;
  private final Set<String> asked = new LinkedHashSet<>();

  /** Which object is being read: where a record's refusal of its values happens. */
  private static final class Document {
    @Nullable JsonObjectReader open;
  }

  private JsonObjectReader(
      Document document,
      @Nullable JsonObjectReader parent,
      String name,
      int index,
      Map<String, @Nullable Object> values) {
    this.document = document;
    this.parent = parent;
    this.name = name;
    this.index = index;
    this.values = values;
    document.open = this;
  }

  /**
   * Parses a whole text.
   *
   * @return its object; an empty one if the text is empty or has no object but another value
   */
  static JsonObjectReader parse(String json) {
    Map<String, @Nullable Object> values = Map.of();
    try (JsonParser parser = PARSERS.createParser(ObjectReadContext.empty(), json)) {
      if (parser.nextToken() != null) {
        if (value(parser) instanceof Map<?, ?> object) {
          values = properties(object);
        }
        JsonToken trailing = parser.nextToken();
        if (trailing != null) {
          throw failure("", "Trailing " + trailing + ", expected one value alone.");
        }
      }
    } catch (JacksonException e) {
      throw new ModelFormatException(message("", e.getOriginalMessage()), e);
    }
    return new JsonObjectReader(new Document(), null, "", -1, values);
  }

  /** The parser's current value. It goes no deeper than the parser's limit of nesting. */
  private static @Nullable Object value(JsonParser parser) {
    return switch (parser.currentTokenId()) {
      case JsonTokenId.ID_START_OBJECT -> {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        for (String name = parser.nextName(); name != null; name = parser.nextName()) {
          parser.nextToken();
          object.put(name, value(parser));
        }
        yield object;
      }
      case JsonTokenId.ID_START_ARRAY -> {
        List<@Nullable Object> array = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          array.add(value(parser));
        }
        yield array;
      }
      case JsonTokenId.ID_STRING -> parser.getString();
      case JsonTokenId.ID_NUMBER_INT -> parser.getNumberValue();
      case JsonTokenId.ID_NUMBER_FLOAT -> parser.getDoubleValue();
      case JsonTokenId.ID_TRUE -> true;
      case JsonTokenId.ID_FALSE -> false;
      default -> null;
    };
  }

  @SuppressWarnings("unchecked") // Made by value(JsonParser).
  private static Map<String, @Nullable Object> properties(Map<?, ?> object) {
    return (Map<String, @Nullable Object>) object;
  }

  boolean has(String property) {
    return values.containsKey(property);
  }

  /** Takes a value to be there, in place of one that may be. */
  void put(String property, @Nullable Object value) {
    values.put(property, value);
  }

  /** A property of any kind, as a message shows it. */
  String shown(String property) {
    return shown(values.get(property));
  }

  String text(String property) {
    return text(value(property), property, -1);
  }

  boolean flag(String property) {
    Object value = value(property);
    if (value instanceof Boolean flag) {
      return flag;
    }
    throw wrong(property, -1, "true or false", value);
  }

  int integer(String property) {
    Object value = value(property);
    if (value instanceof Integer integer) {
      return integer;
    }
    throw wrong(property, -1, "a whole number of 32 bits", value);
  }

  long longInteger(String property) {
    Object value = value(property);
    if (value instanceof Integer || value instanceof Long) {
      return ((Number) value).longValue();
    }
    throw wrong(property, -1, "a whole number of 64 bits", value);
  }

  /** A number, or as text one of the three that JSON has no number for. */
  double number(String property) {
    return number(value(property), property, -1);
  }

  private double number(@Nullable Object value, String property, int element) {
    if (notNull(value, property, element) instanceof Number number) {
      return number.doubleValue();
    }
    if ("NaN".equals(value)) {
      return Double.NaN;
    }
    if ("Infinity".equals(value)) {
      return Double.POSITIVE_INFINITY;
    }
    if ("-Infinity".equals(value)) {
      return Double.NEGATIVE_INFINITY;
    }
    throw wrong(property, element, "a number", value);
  }

  /** The constant with the {@link #jsonName} that the property has. */
  <E extends Enum<E>> E choice(String property, E[] constants) {
    String text = text(property);
    for (E constant : constants) {
      if (jsonName(constant).equals(text)) {
        return constant;
      }
    }
    StringJoiner names = new StringJoiner(", ", "one of ", "");
    for (E constant : constants) {
      names.add(jsonName(constant));
    }
    throw wrong(property, -1, names.toString(), text);
  }

  /** A constant's name in JSON: UNIT_RANGE is unit-range. */
  static String jsonName(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Whether a property, which has to be there, is null. */
  boolean isNull(String property) {
    return asked(property) == null;
  }

  JsonObjectReader object(String property) {
    return object(value(property), property, -1);
  }

  List<JsonObjectReader> objects(String property) {
    List<?> array = array(property);
    List<JsonObjectReader> objects = new ArrayList<>(array.size());
    for (int i = 0; i < array.size(); i++) {
      objects.add(object(array.get(i), property, i));
    }
    return objects;
  }

  List<String> texts(String property) {
    List<?> array = array(property);
    List<String> texts = new ArrayList<>(array.size());
    for (int i = 0; i < array.size(); i++) {
      texts.add(text(array.get(i), property, i));
    }
    return texts;
  }

  List<Double> numbers(String property) {
    List<?> array = array(property);
    List<Double> numbers = new ArrayList<>(array.size());
    for (int i = 0; i < array.size(); i++) {
      numbers.add(number(array.get(i), property, i));
    }
    return numbers;
  }

  /** The names of all properties, in their order. */
  List<String> names() {
    return List.copyOf(values.keySet());
  }

  Map<String, String> textsByName(String property) {
    return byName(property, String.class);
  }

  Map<String, Integer> integersByName(String property) {
    return byName(property, Integer.class);
  }

  Map<String, Double> numbersByName(String property) {
    return byName(property, Double.class);
  }

  private <V> Map<String, V> byName(String property, Class<V> kind) {
    JsonObjectReader object = object(property);
    Map<String, V> values = new LinkedHashMap<>();
    for (String key : object.values.keySet()) {
      Object value =
          kind == String.class
              ? object.text(key)
              : kind == Integer.class ? (Object) object.integer(key) : object.number(key);
      values.put(key, kind.cast(value));
    }
    return object.done(values);
  }

  /**
   * Ends the reading of this object.
   *
   * @param value what was made of it
   * @return the value
   * @throws ModelFormatException if the object has a property that was not asked for
   */
  <T> T done(T value) {
    for (String property : values.keySet()) {
      if (!asked.contains(property)) {
        throw failure(
            place(property, -1), "Unknown property, expected " + String.join(", ", asked));
      }
    }
    document.open = parent;
    return value;
  }

  /** The refusal of a value that has the right kind but is none of those expected. */
  ModelFormatException refusal(String property, String expected) {
    return wrong(property, -1, expected, values.get(property));
  }

  /** What a record refused, which it did in its own words, at the object that it was made of. */
  ModelFormatException refusal(IllegalArgumentException refused) {
    String place = document.open == null ? "" : document.open.place();
    return new ModelFormatException(message(place, String.valueOf(refused.getMessage())), refused);
  }

  private @Nullable Object asked(String property) {
    document.open = this;
    asked.add(property);
    Object value = values.get(property);
    if (value == null && !values.containsKey(property)) {
      throw failure(place(property, -1), "Missing property");
    }
    return value;
  }

  private Object value(String property) {
    return notNull(asked(property), property, -1);
  }

  private List<?> array(String property) {
    Object value = value(property);
    if (value instanceof List<?> array) {
      return array;
    }
    throw wrong(property, -1, "a list", value);
  }

  private String text(@Nullable Object value, String property, int element) {
    if (notNull(value, property, element) instanceof String text) {
      return text;
    }
    throw wrong(property, element, "text", value);
  }

  private JsonObjectReader object(@Nullable Object value, String property, int element) {
    if (notNull(value, property, element) instanceof Map<?, ?> object) {
      return new JsonObjectReader(document, this, property, element, properties(object));
    }
    throw wrong(property, element, "an object", value);
  }

  private Object notNull(@Nullable Object value, String property, int element) {
    if (value == null) {
      throw failure(place(property, element), "Null, expected a value");
    }
    return value;
  }

  private ModelFormatException wrong(
      String property, int element, String expected, @Nullable Object found) {
    return failure(place(property, element), "Expected " + expected + ", found " + shown(found));
  }

  private String place() {
    return parent == null ? name : parent.place(name, index);
  }

  private String place(String property, int element) {
    String place = place();
    return (place.isEmpty() ? property : place + "." + property)
        + (element < 0 ? "" : "[" + element + "]");
  }

  private static String shown(@Nullable Object value) {
    if (value instanceof Map) {
      return "an object";
    }
    if (value instanceof List) {
      return "a list";
    }
    String text = String.valueOf(value);
    String start = text.length() > SHOWN ? text.substring(0, SHOWN) + "..." : text;
    return value instanceof String ? "\"" + start + "\"" : start;
  }

  private static ModelFormatException failure(String place, String reason) {
    return new ModelFormatException(message(place, reason));
  }

  private static String message(String place, String reason) {
    return "Model card: expected the JSON that ModelCard.toJson() writes, found"
        + (place.isEmpty() ? "" : " at " + place)
        + ": "
        + reason
        + (reason.endsWith(".") ? "" : ".")
        + " Export the model again.";
  }
}
