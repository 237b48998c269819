package io.cxr.webpage;

import io.cxr.file.Sha256;
import io.cxr.model.ModelCard;
import io.cxr.model.Task;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.onnx.SelfContainedModel;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A model file that a browser can ask about gray pixels. Immutable and thread-safe. */
public final class PageModel {
  private final byte[] file;
  private final ModelCard card;

  private PageModel(byte[] file, ModelCard card) {
    this.file = file;
    this.card = card;
  }

  /**
   * The model that ships.
   *
   * @return the model
   */
  public static PageModel shipped() {
    try (InputStream stream = OnnxClassifier.class.getResourceAsStream("chest-xray.onnx")) {
      if (stream == null) {
        throw new IllegalStateException(
            "Model: expected io/cxr/onnx/chest-xray.onnx in cxr-onnx, found nothing; use an"
                + " unchanged cxr-onnx");
      }
      return of(stream.readAllBytes(), "the model that ships");
    } catch (IOException e) {
      throw new IllegalStateException("The model that ships cannot be read", e);
    }
  }

  /**
   * Opens a model file and looks whether it fits.
   *
   * @param file a self-contained model file of labels or findings
   * @return the model
   * @throws IOException if it cannot be read
   * @throws io.cxr.error.ModelFormatException if it is no model file
   * @throws IllegalArgumentException if it is not self-contained, or of measurements
   */
  public static PageModel of(Path file) throws IOException {
    return of(Files.readAllBytes(file), file.toString());
  }

  private static PageModel of(byte[] file, String name) throws IOException {
    ModelCard card;
    try (OnnxClassifier classifier = OnnxClassifier.builder(file).open()) {
      card = classifier.card();
    }
    if (SelfContainedModel.network(file) == file) {
      throw new IllegalArgumentException(
          "Model: expected a self-contained file, found an ordinary one: "
              + name
              + ". Make one with: cxr export MODEL.onnx --self-contained --out FILE.onnx");
    }
    if (card.task().kind() == Task.Kind.MEASUREMENTS) {
      throw new IllegalArgumentException(
          "Model: expected labels or findings, which the page shows, found measurements: " + name);
    }
    return new PageModel(file, card);
  }

  /** The bytes of the file; not to be changed. */
  byte[] file() {
    return file;
  }

  /** SHA-256 of the file, by which results name their model. */
  String sha256() {
    return Sha256.hex(file);
  }

  /** What the file says of the model. */
  ModelCard card() {
    return card;
  }
}
