package io.cxr.pacs;

import io.cxr.model.Measurement;
import io.cxr.model.ModelCard;
import io.cxr.model.OperatingThreshold;
import io.cxr.model.OutputActivation;
import io.cxr.model.Task;
import io.cxr.onnx.OnnxClassifier;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The model that comes with the library, as phantoms need it: its novelty gate would refuse them.
 */
final class LibraryModel {
  private static final JsonMapper JSON = new JsonMapper();

  private LibraryModel() {}

  /** Opens it with its gate off. */
  static OnnxClassifier open() throws IOException {
    return OnnxClassifier.builder().noveltyGate(false).open();
  }

  /** Writes it under another SHA-256: the description that is appended changes nothing. */
  static Path describedAnew(Path file) throws IOException {
    // Field 6 of ModelProto, doc_string, of one letter.
    return append(file, new byte[] {0x32, 1, 'x'});
  }

  /** Writes it with a card that has no gate, for a process that opens it as it is. */
  static Path withoutGate(Path file) throws IOException {
    ObjectNode card;
    try (OnnxClassifier classifier = open()) {
      card = (ObjectNode) JSON.readTree(classifier.card().toJson());
    }
    if (card.replace("novelty", JSON.nullNode()) == null) {
      throw new IllegalStateException("expected a card with a gate, found " + card.propertyNames());
    }
    return withCard(file, JSON.writeValueAsBytes(card));
  }

  /** Writes it with a card that calls its labels findings, all of them with one threshold. */
  static Path ofFindings(Path file, double threshold) throws IOException {
    try (OnnxClassifier classifier = open()) {
      ModelCard card = classifier.card();
      OperatingThreshold.Estimate reached = new OperatingThreshold.Estimate(0.9, 0.8, 1);
      ModelCard findings =
          card.toBuilder()
              .task(new Task.Findings(card.labels()))
              .output(OutputActivation.SIGMOID)
              .calibration(null)
              .conformal(null)
              .novelty(null)
              .thresholds(
                  card.labels().stream()
                      .map(
                          label ->
                              new OperatingThreshold(
                                  label,
                                  OperatingThreshold.Aim.SENSITIVITY,
                                  0.9,
                                  threshold,
                                  reached,
                                  reached))
                      .toList())
              .build();
      return withCard(file, findings.toJson().getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Writes it with a card that calls its outputs measurements. */
  static Path ofMeasurements(Path file) throws IOException {
    try (OnnxClassifier classifier = open()) {
      ModelCard card = classifier.card();
      ModelCard measurements =
          card.toBuilder()
              .task(
                  new Task.Measurements(
                      card.labels().stream()
                          .map(label -> new Measurement(label, "{score}", 0, 0.5))
                          .toList()))
              .output(OutputActivation.IDENTITY)
              .calibration(null)
              .conformal(null)
              .novelty(null)
              .thresholds(List.of())
              .build();
      return withCard(file, measurements.toJson().getBytes(StandardCharsets.UTF_8));
    }
  }

  private static Path withCard(Path file, byte[] card) throws IOException {
    // A second entry of the same key replaces the first. Field 14 of ModelProto, metadata_props,
    // whose fields 1 and 2 are key and value.
    ByteArrayOutputStream entry = new ByteArrayOutputStream();
    writeField(entry, 1, ModelCard.METADATA_KEY.getBytes(StandardCharsets.UTF_8));
    writeField(entry, 2, card);
    ByteArrayOutputStream field = new ByteArrayOutputStream();
    writeField(field, 14, entry.toByteArray());
    return append(file, field.toByteArray());
  }

  private static Path append(Path file, byte[] more) throws IOException {
    try (var model = OnnxClassifier.class.getResourceAsStream("chest-xray.onnx");
        var out = Files.newOutputStream(file)) {
      model.transferTo(out);
      out.write(more);
    }
    return file;
  }

  /** A field of bytes, in the Protocol Buffers wire format. */
  private static void writeField(ByteArrayOutputStream out, int number, byte[] value) {
    out.write((number << 3) | 2);
    int length = value.length;
    for (; length > 0x7f; length >>>= 7) {
      out.write((length & 0x7f) | 0x80);
    }
    out.write(length);
    out.writeBytes(value);
  }
}
