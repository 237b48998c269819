package io.cxr.model;

import io.cxr.preprocess.InputShape;
import io.cxr.preprocess.PreprocessingSpec;
import io.cxr.preprocess.PreprocessingStep;
import io.cxr.preprocess.Resampling;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads a whole and sound card of today's format without reflection: databind takes half a second
 * of a cold process to learn what a card looks like, which is as long as everything else up to the
 * first prediction. Whatever is not exactly as {@link ModelCardJson} writes it is left to that
 * class, which reads it, upgrades it or says what is wrong.
 *
 * <p>Used by one thread, for one card.
 */
final class ModelCardParser {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private final JsonParser parser;

  private ModelCardParser(JsonParser parser) {
    this.parser = parser;
  }

  /** Something else than the usual card; nobody sees this. */
  private static final class Unusual extends Exception {
    private static final long serialVersionUID = 1L;

    Unusual() {
      super("", null, false, false);
    }
  }

  /** The card, unless it is not of the usual form. */
  static Optional<ModelCard> read(String json) {
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), json)) {
      ModelCardParser cards = new ModelCardParser(parser);
      Fields fields = cards.document();
      return Optional.of(card(fields));
    } catch (Unusual | JacksonException | IllegalArgumentException | NullPointerException e) {
      return Optional.empty();
    }
  }

  // The document as objects, lists, texts, numbers and flags -------------------------------------

  /** The members of a JSON object; each must be asked for once. */
  private static final class Fields {
    private final Map<String, Object> members;

    Fields(Map<String, Object> members) {
      this.members = members;
    }

    /** A member of this kind; it may not be absent or null. */
    <T> T take(String name, Class<T> kind) throws Unusual {
      Object value = members.remove(name);
      if (!kind.isInstance(value)) {
        throw new Unusual();
      }
      return kind.cast(value);
    }

    /** A member that may be null, but not absent. */
    Optional<Fields> takeNullable(String name) throws Unusual {
      if (members.containsKey(name) && members.get(name) == NULL) {
        members.remove(name);
        return Optional.empty();
      }
      return Optional.of(take(name, Fields.class));
    }

    String text(String name) throws Unusual {
      return take(name, String.class);
    }

    boolean flag(String name) throws Unusual {
      return take(name, Boolean.class);
    }

    long whole(String name) throws Unusual {
      return take(name, Long.class);
    }

    int integer(String name) throws Unusual {
      long value = whole(name);
      if (value != (int) value) {
        throw new Unusual();
      }
      return (int) value;
    }

    double number(String name) throws Unusual {
      return real(take(name, Number.class));
    }

    List<?> list(String name) throws Unusual {
      return take(name, List.class);
    }

    /** All members in their order, as numbers. */
    Map<String, Double> numbers() throws Unusual {
      Map<String, Double> numbers = new LinkedHashMap<>();
      for (Map.Entry<String, Object> member : members.entrySet()) {
        numbers.put(member.getKey(), real(member.getValue()));
      }
      return numbers;
    }

    Map<String, Integer> integers() throws Unusual {
      Map<String, Integer> integers = new LinkedHashMap<>();
      for (Map.Entry<String, Object> member : members.entrySet()) {
        if (!(member.getValue() instanceof Long value) || value != value.intValue()) {
          throw new Unusual();
        }
        integers.put(member.getKey(), value.intValue());
      }
      return integers;
    }

    Map<String, String> texts() throws Unusual {
      Map<String, String> texts = new LinkedHashMap<>();
      for (Map.Entry<String, Object> member : members.entrySet()) {
        if (!(member.getValue() instanceof String value)) {
          throw new Unusual();
        }
        texts.put(member.getKey(), value);
      }
      return texts;
    }

    void end() throws Unusual {
      if (!members.isEmpty()) {
        throw new Unusual();
      }
    }

    private static double real(Object value) throws Unusual {
      if (value instanceof Double real) {
        return real;
      }
      if (value instanceof Long whole) {
        return whole;
      }
      throw new Unusual();
    }
  }

  private static final Object NULL = new Object();

  private Fields document() throws Unusual {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw new Unusual();
    }
    Fields document = object(0);
    if (parser.nextToken() != null) {
      throw new Unusual();
    }
    return document;
  }

  private Fields object(int depth) throws Unusual {
    Map<String, Object> members = new LinkedHashMap<>();
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      parser.nextToken();
      members.put(name, value(depth + 1));
    }
    return new Fields(members);
  }

  private Object value(int depth) throws Unusual {
    JsonToken token = parser.currentToken();
    // The card is four levels deep.
    if (token == null || depth > 8) {
      throw new Unusual();
    }
    return switch (token) {
      case START_OBJECT -> object(depth);
      case START_ARRAY -> array(depth);
      case VALUE_STRING -> parser.getString();
      case VALUE_NUMBER_INT -> whole();
      case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
      case VALUE_TRUE, VALUE_FALSE -> token == JsonToken.VALUE_TRUE;
      case VALUE_NULL -> NULL;
      default -> throw new Unusual();
    };
  }

  private List<Object> array(int depth) throws Unusual {
    List<Object> elements = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      elements.add(value(depth + 1));
    }
    return elements;
  }

  private Object whole() throws Unusual {
    if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
      throw new Unusual();
    }
    return parser.getLongValue();
  }

  // The card's records ----------------------------------------------------------------------------

  private static ModelCard card(Fields card) throws Unusual {
    int version = card.integer("formatVersion");
    if (version != ModelCard.FORMAT_VERSION) {
      throw new Unusual();
    }
    Optional<Fields> training = card.takeNullable("training");
    Optional<Fields> calibration = card.takeNullable("calibration");
    Optional<Fields> novelty = card.takeNullable("novelty");
    Optional<Fields> shortcuts = card.takeNullable("shortcuts");
    ModelCard read =
        new ModelCard(
            version,
            card.text("name"),
            card.text("version"),
            card.text("architecture"),
            texts(card.list("labels")),
            output(card.text("output")),
            preprocessing(card.take("preprocessing", Fields.class)),
            card.take("metrics", Fields.class).numbers(),
            training.isPresent() ? Optional.of(training(training.get())) : Optional.empty(),
            calibration.isPresent()
                ? Optional.of(calibration(calibration.get()))
                : Optional.empty(),
            thresholds(card.list("thresholds")),
            novelty.isPresent() ? Optional.of(novelty(novelty.get())) : Optional.empty(),
            shortcuts.isPresent() ? Optional.of(shortcuts(shortcuts.get())) : Optional.empty(),
            card.text("notice"));
    card.end();
    return read;
  }

  private static List<String> texts(List<?> values) throws Unusual {
    List<String> texts = new ArrayList<>();
    for (Object value : values) {
      if (!(value instanceof String text)) {
        throw new Unusual();
      }
      texts.add(text);
    }
    return texts;
  }

  private static Fields fields(Object value) throws Unusual {
    if (value instanceof Fields fields) {
      return fields;
    }
    throw new Unusual();
  }

  private static OutputActivation output(String name) throws Unusual {
    return switch (name) {
      case "softmax" -> OutputActivation.SOFTMAX;
      case "sigmoid-per-label" -> OutputActivation.SIGMOID_PER_LABEL;
      case "sigmoid-of-second-label" -> OutputActivation.SIGMOID_OF_SECOND_LABEL;
      default -> throw new Unusual();
    };
  }

  private static PreprocessingSpec preprocessing(Fields specification) throws Unusual {
    List<PreprocessingStep> steps = new ArrayList<>();
    for (Object value : specification.list("steps")) {
      Fields step = fields(value);
      steps.add(step(step));
      step.end();
    }
    InputShape.Layout layout =
        switch (specification.text("layout")) {
          case "channels-first" -> InputShape.Layout.CHANNELS_FIRST;
          case "channels-last" -> InputShape.Layout.CHANNELS_LAST;
          default -> throw new Unusual();
        };
    specification.end();
    return new PreprocessingSpec(steps, layout);
  }

  private static PreprocessingStep step(Fields step) throws Unusual {
    return switch (step.text("step")) {
      case "border-crop" -> new PreprocessingStep.BorderCrop(step.number("fraction"));
      case "histogram-equalization" -> new PreprocessingStep.HistogramEqualization();
      case "clahe" ->
          new PreprocessingStep.Clahe(
              step.number("clipLimit"), step.integer("tileRows"), step.integer("tileColumns"));
      case "gaussian-blur" -> new PreprocessingStep.GaussianBlur(step.number("sigma"));
      case "resize" ->
          new PreprocessingStep.Resize(
              step.integer("rows"), step.integer("columns"), resampling(step.text("resampling")));
      case "replicate" -> new PreprocessingStep.ChannelReplication(step.integer("channels"));
      case "normalize" -> new PreprocessingStep.Normalization(normalization(step.text("kind")));
      default -> throw new Unusual();
    };
  }

  private static Resampling resampling(String name) throws Unusual {
    return switch (name) {
      case "nearest" -> Resampling.NEAREST;
      case "bilinear" -> Resampling.BILINEAR;
      default -> throw new Unusual();
    };
  }

  private static PreprocessingStep.Normalization.Kind normalization(String name) throws Unusual {
    return switch (name) {
      case "unit-range" -> PreprocessingStep.Normalization.Kind.UNIT_RANGE;
      case "caffe-bgr-mean" -> PreprocessingStep.Normalization.Kind.CAFFE_BGR_MEAN;
      case "z-score" -> PreprocessingStep.Normalization.Kind.Z_SCORE;
      default -> throw new Unusual();
    };
  }

  private static TrainingProvenance training(Fields training) throws Unusual {
    TrainingProvenance read =
        new TrainingProvenance(
            training.text("data"),
            training.take("trainingImages", Fields.class).integers(),
            training.take("validationImages", Fields.class).integers(),
            training.flag("patientsApart"),
            training.whole("seed"),
            training.integer("epochs"),
            training.integer("bestEpoch"),
            training.take("settings", Fields.class).texts(),
            training.take("software", Fields.class).texts());
    training.end();
    return read;
  }

  private static Calibration calibration(Fields calibration) throws Unusual {
    Calibration read =
        switch (calibration.text("type")) {
          case "temperature" -> new Calibration.Temperature(calibration.number("temperature"));
          case "platt" ->
              new Calibration.Platt(calibration.number("slope"), calibration.number("intercept"));
          default -> throw new Unusual();
        };
    calibration.end();
    return read;
  }

  private static List<OperatingThreshold> thresholds(List<?> values) throws Unusual {
    List<OperatingThreshold> thresholds = new ArrayList<>();
    for (Object value : values) {
      Fields threshold = fields(value);
      OperatingThreshold.Aim aim =
          switch (threshold.text("aim")) {
            case "sensitivity" -> OperatingThreshold.Aim.SENSITIVITY;
            case "specificity" -> OperatingThreshold.Aim.SPECIFICITY;
            default -> throw new Unusual();
          };
      thresholds.add(
          new OperatingThreshold(
              threshold.text("label"),
              aim,
              threshold.number("wished"),
              threshold.number("threshold"),
              estimate(threshold.take("sensitivity", Fields.class)),
              estimate(threshold.take("specificity", Fields.class))));
      threshold.end();
    }
    return thresholds;
  }

  private static OperatingThreshold.Estimate estimate(Fields estimate) throws Unusual {
    OperatingThreshold.Estimate read =
        new OperatingThreshold.Estimate(
            estimate.number("value"), estimate.number("low"), estimate.number("high"));
    estimate.end();
    return read;
  }

  private static NoveltyGate novelty(Fields gate) throws Unusual {
    NoveltyGate read =
        new NoveltyGate(gate.text("statistic"), gate.number("threshold"), gate.number("kept"));
    gate.end();
    return read;
  }

  private static ShortcutFinding shortcuts(Fields shortcuts) throws Unusual {
    ShortcutFinding read =
        new ShortcutFinding(
            shortcuts.flag("found"),
            shortcuts.text("verdict"),
            shortcuts.take("figures", Fields.class).numbers());
    shortcuts.end();
    return read;
  }
}
