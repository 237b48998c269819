package io.cxr.train.export;

import ai.onnxruntime.OrtException;
import io.cxr.LabelProbability;
import io.cxr.MeasuredValue;
import io.cxr.error.ModelFormatException;
import io.cxr.model.InputShape;
import io.cxr.model.OutputActivation;
import io.cxr.model.Task;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.Radiograph;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Compares an adopted network with numbers of the framework that it comes from: what the network is
 * fed, what it gives, and its heatmap. Immutable.
 */
final class Verification {
  private final NumpyArchive golden;
  private final double tolerance;

  /**
   * A comparison.
   *
   * @param golden with {@code input} and {@code output}, and perhaps {@code image} and {@code
   *     heatmap}
   * @param tolerance how far numbers may lie apart, as a share of the greatest of their array
   */
  Verification(NumpyArchive golden, double tolerance) {
    this.golden = golden;
    this.tolerance = tolerance;
  }

  /**
   * Compares everything that is there.
   *
   * @param model the new file
   * @param freeBatch whether it takes several images at once
   * @param same which of its outputs is the old one's
   * @param classifier the same file, opened
   * @return what was compared, in sentences
   * @throws VerificationException if numbers differ
   */
  List<String> compare(
      byte[] model, boolean freeBatch, SameOutput same, OnnxClassifier classifier) {
    InputShape shape = classifier.card().preprocessing().inputShape();
    NumpyArchive.Array input = required("input");
    NumpyArchive.Array output = required("output");
    int images = input.values().length / shape.elements();
    requireLength(input, "input", (long) images * shape.elements(), shape);
    requireLength(output, "output", (long) images * same.units(), shape);
    if (images == 0) {
      throw new IllegalArgumentException(golden + ": expected one image or more, found none.");
    }
    Optional<NumpyArchive.Array> heatmap = golden.array("heatmap");
    if (heatmap.isPresent() && !classifier.canExplain()) {
      throw new VerificationException(
          golden + ": expected a model with heatmaps to compare them, found one without.");
    }
    List<String> notes = new ArrayList<>();
    List<String> outputs = new ArrayList<>(List.of(same.name()));
    heatmap.ifPresent(map -> outputs.add(OnnxExporter.HEATMAP));
    Map<String, float[]> found = run(model, freeBatch, input, images, shape, outputs);
    notes.add(
        near(
            "output",
            same.expected(output.values()),
            Objects.requireNonNull(found.get(same.name()))));
    if (heatmap.isPresent()) {
      float[] ours = Objects.requireNonNull(found.get(OnnxExporter.HEATMAP));
      requireLength(heatmap.get(), "heatmap", ours.length, shape);
      notes.add(near("heatmap", heatmap.get().values(), ours));
    }
    golden
        .array("image")
        .ifPresent(image -> notes.addAll(fromImages(image, input, output, same, classifier)));
    return notes;
  }

  private NumpyArchive.Array required(String key) {
    return golden
        .array(key)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    golden + ": expected arrays 'input' and 'output', found no '" + key + "'."));
  }

  private void requireLength(
      NumpyArchive.Array array, String key, long expected, InputShape shape) {
    if (array.values().length != expected) {
      throw new IllegalArgumentException(
          golden
              + ": expected "
              + expected
              + " values in '"
              + key
              + "' for images of "
              + shape
              + ", found shape "
              + Arrays.toString(array.shape())
              + ".");
    }
  }

  private Map<String, float[]> run(
      byte[] model,
      boolean freeBatch,
      NumpyArchive.Array input,
      int images,
      InputShape shape,
      List<String> outputs) {
    Map<String, float[]> all = new HashMap<>();
    int step = freeBatch ? images : 1;
    for (int from = 0; from < images; from += step) {
      float[] values =
          Arrays.copyOfRange(
              input.values(), from * shape.elements(), (from + step) * shape.elements());
      long[] sizes =
          shape.layout() == InputShape.Layout.CHANNELS_FIRST
              ? new long[] {step, shape.channels(), shape.rows(), shape.columns()}
              : new long[] {step, shape.rows(), shape.columns(), shape.channels()};
      try {
        TensorRun.run(model, OnnxExporter.INPUT, values, sizes, outputs)
            .forEach((name, value) -> all.merge(name, value.values(), Verification::joined));
      } catch (OrtException e) {
        throw new ModelFormatException(
            golden + ": expected images that the network takes, found: " + e.getMessage(), e);
      }
    }
    return all;
  }

  private static float[] joined(float[] first, float[] second) {
    float[] all = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, all, first.length, second.length);
    return all;
  }

  /** From pixels on, through the classifier: the preprocessing, and the answer. */
  private List<String> fromImages(
      NumpyArchive.Array image,
      NumpyArchive.Array input,
      NumpyArchive.Array output,
      SameOutput same,
      OnnxClassifier classifier) {
    int[] shape = image.shape();
    if (shape.length < 2 || shape.length > 3) {
      throw new IllegalArgumentException(
          golden
              + ": expected 'image' of shape [rows, columns] or [N, rows, columns], found "
              + Arrays.toString(shape)
              + ".");
    }
    int rows = shape[shape.length - 2];
    int columns = shape[shape.length - 1];
    int images = image.values().length / (rows * columns);
    StandardPreprocessor preprocessor = StandardPreprocessor.of(classifier.card().preprocessing());
    int elements = preprocessor.inputShape().elements();
    if ((long) images * elements > input.values().length) {
      throw new IllegalArgumentException(
          golden + ": expected an input for each image, found fewer inputs.");
    }
    FloatBuffer tensors = FloatBuffer.allocate(images * elements);
    List<Radiograph> films = new ArrayList<>();
    for (int i = 0; i < images; i++) {
      Radiograph film = film(image, i, rows, columns);
      films.add(film);
      preprocessor.preprocess(film, tensors);
    }
    List<String> notes = new ArrayList<>();
    notes.add(
        near(
            "input from the image",
            Arrays.copyOf(input.values(), images * elements),
            tensors.array()));
    notes.add(answers(films, output, same, classifier));
    return notes;
  }

  private static Radiograph film(NumpyArchive.Array image, int index, int rows, int columns) {
    int from = index * rows * columns;
    if (image.type().equals("<u2")) {
      short[] pixels = new short[rows * columns];
      for (int i = 0; i < pixels.length; i++) {
        pixels[i] = (short) (int) image.values()[from + i];
      }
      return Radiograph.ofGray16(rows, columns, 16, pixels);
    }
    byte[] pixels = new byte[rows * columns];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (byte) (int) image.values()[from + i];
    }
    return Radiograph.ofGray8(rows, columns, pixels);
  }

  /** Probabilities of the whole way, by what the framework gave. */
  private String answers(
      List<Radiograph> films,
      NumpyArchive.Array output,
      SameOutput same,
      OnnxClassifier classifier) {
    int units = same.units();
    float[] expected = new float[0];
    float[] found = new float[0];
    for (int i = 0; i < films.size(); i++) {
      float[] given =
          same.expected(Arrays.copyOfRange(output.values(), i * units, (i + 1) * units));
      if (same.name().equals(OnnxExporter.LOGITS)) {
        given = activated(classifier, given);
      }
      expected = joined(expected, answer(classifier, given));
      float[] ours =
          classifier.card().task().kind() == Task.Kind.MEASUREMENTS
              ? measured(classifier, films.get(i))
              : probabilities(classifier, films.get(i));
      found = joined(found, ours);
    }
    return near("answer from the image", expected, found);
  }

  private static float[] activated(OnnxClassifier classifier, float[] logits) {
    float[] result = new float[logits.length];
    if (classifier.card().output() == OutputActivation.SOFTMAX) {
      double largest = Double.NEGATIVE_INFINITY;
      for (float logit : logits) {
        largest = Math.max(largest, logit);
      }
      double sum = 0;
      for (float logit : logits) {
        sum += Math.exp(logit - largest);
      }
      for (int i = 0; i < result.length; i++) {
        result[i] = (float) (Math.exp(logits[i] - largest) / sum);
      }
      return result;
    }
    for (int i = 0; i < result.length; i++) {
      result[i] = (float) (1 / (1 + Math.exp(-logits[i])));
    }
    return result;
  }

  private static float[] answer(OnnxClassifier classifier, float[] activated) {
    if (classifier.card().task().kind() == Task.Kind.MEASUREMENTS) {
      return activated;
    }
    double[] probabilities = classifier.card().output().probabilities(activated);
    float[] answer = new float[probabilities.length];
    for (int i = 0; i < answer.length; i++) {
      answer[i] = (float) probabilities[i];
    }
    return answer;
  }

  private static float[] probabilities(OnnxClassifier classifier, Radiograph film) {
    List<LabelProbability> entries = classifier.classify(film).probabilities();
    float[] values = new float[entries.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) entries.get(i).probability();
    }
    return values;
  }

  private static float[] measured(OnnxClassifier classifier, Radiograph film) {
    List<MeasuredValue> entries = classifier.classify(film).measurements();
    float[] values = new float[entries.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) entries.get(i).value();
    }
    return values;
  }

  private String near(String what, float[] expected, float[] found) {
    double largest = 0;
    double difference = 0;
    int at = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      double each = Math.abs(expected[i] - found[i]);
      if (!(each <= difference)) { // NaN as well.
        difference = each;
        at = i;
      }
    }
    String figures =
        String.format(
            Locale.ROOT,
            "%s: %d values, the greatest %.4g, farthest apart by %.3g",
            what,
            expected.length,
            largest,
            difference);
    if (!(difference <= tolerance * Math.max(largest, 1e-6))) {
      throw new VerificationException(
          String.format(
              Locale.ROOT,
              "Verification with %s: expected %s within %.3g of the framework's, found %s (value %d:"
                  + " %.6g where %.6g was expected). %s Nothing was written.",
              golden,
              what,
              tolerance,
              figures,
              at,
              found[at],
              expected[at],
              what.startsWith("input")
                  ? "Compare crop, size, interpolation and normalisation with those of the"
                      + " framework."
                  : "The weights, the output or what it holds are others."));
    }
    return "Verified " + figures + ".";
  }
}
