package io.cxr.onnx;

import io.cxr.Device;
import io.cxr.ModelIdentity;
import io.cxr.error.ModelFormatException;
import io.cxr.model.ModelCard;
import io.cxr.preprocess.ModelPreprocessor;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A model in memory whose card is known to fit its graph.
 *
 * @param card what the model says of itself
 * @param identity the model's name, version and SHA-256
 * @param device where it runs
 * @param graph its inputs and outputs
 * @param preprocessor makes its inputs
 * @param output where the network's output comes from
 * @param session runs it; whoever loaded the model closes it
 */
record LoadedModel(
    ModelCard card,
    ModelIdentity identity,
    Device device,
    ClassifierGraph graph,
    ModelPreprocessor preprocessor,
    OutputOrigin output,
    NativeSession session) {

  /**
   * Reads a model and compares its card with its graph.
   *
   * @param source the model
   * @param settings how to run it
   * @param cache a folder with optimised models and unpacked libraries, or null
   * @throws IOException if the file is missing, a directory or unreadable
   * @throws ModelFormatException if it is no ONNX model, has no card, or its card does not fit
   */
  static LoadedModel open(ModelSource source, SessionSettings settings, @Nullable Path cache)
      throws IOException {
    ModelSource.Opened opened = source.open(settings, cache);
    NativeSession session = opened.session();
    try {
      ModelCard card = opened.card().orElseGet(() -> card(session));
      ClassifierGraph graph = ClassifierGraph.check(session, card);
      session.requireOnDevice(graph.sizesOfOne());
      return new LoadedModel(
          card,
          new ModelIdentity(card.name(), card.version(), opened.sha256()),
          settings.device(),
          graph,
          ModelPreprocessor.of(card.inputs()),
          opened.output(),
          session);
    } catch (RuntimeException e) {
      session.close();
      throw e;
    }
  }

  private static ModelCard card(NativeSession session) {
    String json =
        session
            .metadata(ModelCard.METADATA_KEY)
            .orElseThrow(
                () ->
                    new ModelFormatException(
                        session.origin()
                            + ": expected a model card in the metadata entry '"
                            + ModelCard.METADATA_KEY
                            + "', but the file has no card. Export the model with cxr, or add a"
                            + " card made by ModelCard.toJson() to the file's metadata."));
    try {
      return ModelCard.fromJson(json);
    } catch (ModelFormatException e) {
      throw new ModelFormatException(session.origin() + ": " + e.getMessage(), e);
    }
  }

  /** How messages name the model. */
  String origin() {
    return session.origin();
  }
}
