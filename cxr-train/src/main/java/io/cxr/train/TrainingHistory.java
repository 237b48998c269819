package io.cxr.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
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
   * @param trainingAccuracy share of them with the right top label
   * @param validationLoss mean of {@code -ln p(true label)} over the validation images
   * @param validationAccuracy share of them with the right top label
   * @param seconds how long the epoch took, with its validation
   */
  public record Epoch(
      int epoch,
      double trainingLoss,
      double trainingAccuracy,
      double validationLoss,
      double validationAccuracy,
      double seconds) {}

  /**
   * The history as comma-separated values with a header line.
   *
   * @return the text, one line an epoch
   */
  public String toCsv() {
    StringBuilder csv =
        new StringBuilder(
            "epoch,training_loss,training_accuracy,validation_loss,validation_accuracy,seconds\n");
    for (Epoch e : epochs) {
      csv.append(
          String.format(
              Locale.ROOT,
              "%d,%.6f,%.6f,%.6f,%.6f,%.3f\n",
              e.epoch(),
              e.trainingLoss(),
              e.trainingAccuracy(),
              e.validationLoss(),
              e.validationAccuracy(),
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
   * Writes the history beside a model: {@code NAME.history.csv} and {@code NAME.history.json}.
   *
   * @param model the model file, whose name less its extension is NAME
   * @throws IOException if a file cannot be written
   */
  public void writeBeside(Path model) throws IOException {
    String name = model.getFileName().toString().replaceFirst("\\.[^.]*$", "");
    AtomicFile.write(model.resolveSibling(name + ".history.csv"), toCsv());
    AtomicFile.write(model.resolveSibling(name + ".history.json"), toJson());
  }
}
