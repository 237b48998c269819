package io.cxr.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Explanation;
import io.cxr.Heatmap;
import io.cxr.LabelProbability;
import io.cxr.Prediction;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The contract, and the very figures that a small network must give. */
abstract class SmallNetworkContract extends ClassifierContract {

  abstract SmallNetwork network();

  /** The model file's bytes. */
  byte[] model() {
    return network().onnx();
  }

  OnnxClassifier.Builder options(OnnxClassifier.Builder builder) {
    return builder;
  }

  @Override
  final OnnxClassifier open() throws IOException {
    Path file = Files.createTempFile("small", ".onnx");
    try {
      return options(OnnxClassifier.builder(Files.write(file, model()))).open();
    } finally {
      Files.delete(file);
    }
  }

  float[] input(Radiograph film) {
    return input(network(), film);
  }

  static float[] input(SmallNetwork network, Radiograph film) {
    float[] input = new float[network.shape().elements()];
    StandardPreprocessor.of(network.card().preprocessing())
        .preprocess(film, FloatBuffer.wrap(input));
    return input;
  }

  @Test
  void probabilitiesAreThoseComputedByHand() throws IOException {
    List<Radiograph> films = films(17, 21);
    try (OnnxClassifier classifier = open()) {
      List<Prediction> predictions = classifier.classify(films);
      for (int i = 0; i < films.size(); i++) {
        double[] output = network().output(input(films.get(i)));
        float[] rounded = new float[output.length];
        for (int unit = 0; unit < output.length; unit++) {
          rounded[unit] = (float) output[unit];
        }
        double[] expected = network().activation().probabilities(rounded);
        for (int label = 0; label < expected.length; label++) {
          LabelProbability found = predictions.get(i).probabilities().get(label);
          assertEquals(network().labels().get(label), found.label());
          assertEquals(expected[label], found.probability(), 1e-5);
        }
      }
    }
  }

  @Test
  void heatmapsAreThoseComputedByHand() throws IOException {
    List<Radiograph> films = films(19, 21);
    try (OnnxClassifier classifier = open()) {
      assertTrue(classifier.canExplain());
      List<Explanation> explanations = classifier.explain(films);
      assertEquals(films.size(), explanations.size());
      for (int i = 0; i < films.size(); i++) {
        Radiograph film = films.get(i);
        float[] input = input(film);
        for (int label = 0; label < network().labels().size(); label++) {
          assertHeatmap(
              network().heatmap(input, label),
              classifier.explain(film, network().labels().get(label)).heatmap());
        }
        Prediction prediction = classifier.classify(film);
        Explanation batched = explanations.get(i);
        Explanation alone = classifier.explain(film);
        for (Explanation explanation : List.of(batched, alone)) {
          assertClose(prediction, explanation.prediction());
          String top = prediction.principalLabel();
          assertEquals(top, explanation.heatmap().label());
          assertEquals(film.rows(), explanation.heatmap().radiographRows());
          assertHeatmap(
              network().heatmap(input, network().labels().indexOf(top)), explanation.heatmap());
        }
      }
    }
  }

  private void assertHeatmap(double[] raw, Heatmap heatmap) {
    assertEquals(network().mapRows(), heatmap.rows());
    assertEquals(network().mapColumns(), heatmap.columns());
    double maximum = 0;
    for (double value : raw) {
      maximum = Math.max(maximum, value);
    }
    for (int i = 0; i < raw.length; i++) {
      assertEquals(
          maximum > 0 ? raw[i] / maximum : 0,
          heatmap.value(i / heatmap.columns(), i % heatmap.columns()),
          1e-4);
    }
  }
}
