package io.cxr.train;

import io.cxr.file.AtomicFile;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The figures of every epoch, in order.
 *
 * @param epochs one entry an epoch
 */
public record TrainingHistory(List<Epoch> epochs) {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private static final Set<String> NOT_FINITE = Set.of("NaN", "Infinity", "-Infinity");

  /** Checks the values. */
  public TrainingHistory {
    epochs = List.copyOf(epochs);
  }

  /**
   * One epoch's figures. Training figures are means over the epoch's steps, each taken before its
   * own update and with dropout, as Keras prints them.
   *
   * @param epoch the epoch, from 1
   * @param trainingLoss mean of {@code -ln p(true label)} over the training images seen
   * @param trainingAccuracy share of them with the right top label (of findings: over all that are
   *     known; of measurements: the squared error, of values of mean 0 and deviation 1)
   * @param validationLoss the same of the validation images
   * @param validationAccuracy share of them with the right top label (of findings: on the right
   *     side of one half; of measurements: NaN)
   * @param validationAuroc mean over the findings of the area under the ROC curve on the validation
   *     images; NaN of other tasks
   * @param seconds how long the epoch took, with its validation
   */
  public record Epoch(
      int epoch,
      double trainingLoss,
      double trainingAccuracy,
      double validationLoss,
      double validationAccuracy,
      double validationAuroc,
      double seconds) {

    /** Checks the values. */
    public Epoch {
      if (epoch < 1) {
        throw new IllegalArgumentException("Epoch: expected 1 or more, found " + epoch);
      }
    }

    /**
     * Figures without areas under ROC curves.
     *
     * @param epoch the epoch, from 1
     * @param trainingLoss the training loss
     * @param trainingAccuracy the training accuracy
     * @param validationLoss the validation loss
     * @param validationAccuracy the validation accuracy
     * @param seconds how long the epoch took
     */
    public Epoch(
        int epoch,
        double trainingLoss,
        double trainingAccuracy,
        double validationLoss,
        double validationAccuracy,
        double seconds) {
      this(
          epoch,
          trainingLoss,
          trainingAccuracy,
          validationLoss,
          validationAccuracy,
          Double.NaN,
          seconds);
    }
  }

  /**
   * The history as comma-separated values with a header line; with a column of areas under ROC
   * curves where there are some.
   *
   * @return the text, one line an epoch
   */
  public String toCsv() {
    boolean areas = epochs.stream().anyMatch(e -> !Double.isNaN(e.validationAuroc()));
    StringBuilder csv =
        new StringBuilder("epoch,training_loss,training_accuracy,validation_loss,")
            .append(areas ? "validation_accuracy,validation_auroc,seconds\n" : "")
            .append(areas ? "" : "validation_accuracy,seconds\n");
    for (Epoch e : epochs) {
      csv.append(
          String.format(
              Locale.ROOT,
              "%d,%.6f,%.6f,%.6f,%.6f,%s%.3f\n",
              e.epoch(),
              e.trainingLoss(),
              e.trainingAccuracy(),
              e.validationLoss(),
              e.validationAccuracy(),
              areas ? String.format(Locale.ROOT, "%.6f,", e.validationAuroc()) : "",
              e.seconds()));
    }
    return csv.toString();
  }

  /**
   * The history as JSON.
   *
   * @return one JSON object with the array {@code epochs}
   */
  public String toJson() {
    return MAPPER.writeValueAsString(this);
  }

  /**
   * Reads what {@link #toJson()} wrote.
   *
   * @param json one JSON object with the array {@code epochs}
   * @return the history
   * @throws IllegalArgumentException if it is no such object, or a figure is missing or no number
   */
  public static TrainingHistory fromJson(String json) {
    JsonNode root;
    try {
      root = MAPPER.readTree(json);
    } catch (JacksonException e) {
      throw new IllegalArgumentException(
          "Training history: expected JSON, found none: " + e.getOriginalMessage(), e);
    }
    JsonNode rows = root.get("epochs");
    if (rows == null || !rows.isArray()) {
      throw new IllegalArgumentException(
          "Training history: expected a JSON object with the array 'epochs', as training writes it"
              + " beside a model, found none.");
    }
    List<Epoch> epochs = new ArrayList<>();
    for (JsonNode row : rows) {
      JsonNode number = row.get("epoch");
      if (number == null || !number.canConvertToInt() || number.asInt() < 1) {
        throw new IllegalArgumentException(
            "Training history, entry "
                + (epochs.size() + 1)
                + ": expected 'epoch' of 1 or more, found "
                + number);
      }
      epochs.add(
          new Epoch(
              number.asInt(),
              figure(row, "trainingLoss"),
              figure(row, "trainingAccuracy"),
              figure(row, "validationLoss"),
              figure(row, "validationAccuracy"),
              // Histories of earlier versions have none.
              row.has("validationAuroc") ? figure(row, "validationAuroc") : Double.NaN,
              figure(row, "seconds")));
    }
    return new TrainingHistory(epochs);
  }

  private static double figure(JsonNode row, String name) {
    JsonNode value = row.get(name);
    if (value != null && value.isNumber()) {
      return value.asDouble();
    }
    // JSON has no NaN, so it is written as text.
    if (value != null && value.isString() && NOT_FINITE.contains(value.asString())) {
      return Double.parseDouble(value.asString());
    }
    throw new IllegalArgumentException(
        "Training history, epoch "
            + row.get("epoch")
            + ": expected a number as '"
            + name
            + "', found "
            + value);
  }

  /**
   * Reads a history file.
   *
   * @param file {@code NAME.history.json}
   * @return the history
   * @throws IOException if the file is missing, unreadable or no training history
   */
  public static TrainingHistory read(Path file) throws IOException {
    try {
      return fromJson(Files.readString(file));
    } catch (CharacterCodingException e) {
      throw new IOException(file + ": expected a training history as JSON, found no text", e);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Where {@link #writeBeside} puts the JSON file.
   *
   * @param model the model file
   * @return {@code NAME.history.json} in the same folder
   */
  public static Path besideAsJson(Path model) {
    return model.resolveSibling(name(model) + ".history.json");
  }

  private static String name(Path model) {
    return model.getFileName().toString().replaceFirst("\\.[^.]*$", "");
  }

  /**
   * Writes the history beside a model: {@code NAME.history.csv} and {@code NAME.history.json}.
   *
   * @param model the model file, whose name less its extension is NAME
   * @throws IOException if a file cannot be written
   */
  public void writeBeside(Path model) throws IOException {
    AtomicFile.write(model.resolveSibling(name(model) + ".history.csv"), toCsv());
    AtomicFile.write(besideAsJson(model), toJson());
  }
}
