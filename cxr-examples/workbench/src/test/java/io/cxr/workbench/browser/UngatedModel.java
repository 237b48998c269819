package io.cxr.workbench.browser;

import io.cxr.model.ModelCard;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.train.export.ModelCardFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * The model that comes with the library without its gates, which would refuse drawn phantoms. What
 * it says about them means nothing.
 */
final class UngatedModel {
  /** The name in its card. */
  static final String NAME = "ungated";

  private UngatedModel() {}

  /**
   * Writes it.
   *
   * @param file the model file
   * @return the file
   */
  static Path write(Path file) throws IOException {
    try (InputStream shipped = OnnxClassifier.class.getResourceAsStream("chest-xray.onnx")) {
      Files.copy(shipped, file, StandardCopyOption.REPLACE_EXISTING);
    }
    ModelCard card = ModelCardFile.read(file).orElseThrow();
    ModelCardFile.write(file, card.toBuilder().name(NAME).novelty(null).views(null).build(), file);
    return file;
  }
}
