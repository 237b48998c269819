package io.cxr.train.export;

import io.cxr.LabelProbability;
import io.cxr.MeasuredValue;
import io.cxr.Prediction;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.onnx.SessionSettings;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a model file answers, asked in the way of its users: the image files are decoded,
 * preprocessed and classified through {@link OnnxClassifier}. Whatever a card says is fitted to
 * such answers.
 */
public final class FileAnswers {
  private static final int BATCH = 16;

  private FileAnswers() {}

  /**
   * Asks a model file about images; its novelty gate is open.
   *
   * @param model a model file
   * @param items the images
   * @param session where and how it runs
   * @return one value a label, finding or measurement for each image, calibrated if the file's card
   *     has a calibration
   * @throws IOException if a file cannot be read
   * @throws io.cxr.error.UnsupportedRadiographException if an image is damaged; the message names
   *     it
   */
  public static List<double[]> of(
      Path model, List<LabelledRadiograph> items, SessionSettings session) throws IOException {
    List<double[]> answers = new ArrayList<>(items.size());
    try (OnnxClassifier classifier =
        OnnxClassifier.builder(model).session(session).noveltyGate(false).viewGate(false).open()) {
      for (int start = 0; start < items.size(); start += BATCH) {
        List<LabelledRadiograph> batch =
            items.subList(start, Math.min(items.size(), start + BATCH));
        List<Radiograph> radiographs;
        try {
          radiographs = batch.parallelStream().map(FileAnswers::read).toList();
        } catch (UncheckedIOException e) {
          throw e.getCause();
        }
        classifier.classify(radiographs).forEach(prediction -> answers.add(answer(prediction)));
      }
    }
    return answers;
  }

  private static double[] answer(Prediction prediction) {
    return prediction.measurements().isEmpty()
        ? prediction.probabilities().stream().mapToDouble(LabelProbability::probability).toArray()
        : prediction.measurements().stream().mapToDouble(MeasuredValue::value).toArray();
  }

  private static Radiograph read(LabelledRadiograph item) {
    try {
      return item.readNamed();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
