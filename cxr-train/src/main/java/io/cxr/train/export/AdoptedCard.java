package io.cxr.train.export;

import io.cxr.model.InputShape;
import io.cxr.model.ModelCard;
import io.cxr.model.ModelOrigin;
import io.cxr.model.OperatingThreshold;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The card of a network of others: what was told and read, and nothing that was not measured. */
final class AdoptedCard {
  private final ModelAdoption told;

  AdoptedCard(ModelAdoption told) {
    this.told = told;
  }

  ModelCard card(ForeignGraph graph, AdoptedImages images, String sha256) {
    String file = String.valueOf(told.source.getFileName());
    String maker = graph.source().getProducerName() + " " + graph.source().getProducerVersion();
    return ModelCard.builder(
            told.name.isEmpty() ? file.replaceFirst("\\.onnx$", "") : told.name, told.version)
        .architecture(
            told.architecture.isEmpty()
                ? "ONNX" + (maker.isBlank() ? "" : " of " + plain(maker))
                : told.architecture)
        .task(told.task)
        .output(told.activation)
        .preprocessing(preprocessing(images.shape))
        .thresholds(published())
        .origin(new ModelOrigin(told.network, file, sha256, told.licence, told.url))
        .build();
  }

  /** In the order of the labels. */
  private List<OperatingThreshold> published() {
    if (!told.task.labels().containsAll(told.thresholds.keySet())) {
      throw new IllegalArgumentException(
          "Adoption: expected thresholds of "
              + told.task.labels()
              + ", found "
              + told.thresholds.keySet());
    }
    List<OperatingThreshold> points = new ArrayList<>();
    for (String label : told.task.labels()) {
      Double threshold = told.thresholds.get(label);
      if (threshold != null) {
        points.add(OperatingThreshold.published(label, threshold));
      }
    }
    return points;
  }

  private static String plain(String text) {
    String plain = text.replaceAll("[^A-Za-z0-9.+_ -]", "?").trim();
    return plain.substring(0, Math.min(80, plain.length()));
  }

  private PreprocessingSpec preprocessing(InputShape shape) {
    List<PreprocessingStep> steps = new ArrayList<>();
    if (told.fullDepth) {
      steps.add(new PreprocessingStep.FullDepth());
    }
    switch (told.fit) {
      case CENTRE_CROP -> steps.add(new PreprocessingStep.CentreCrop());
      case PAD -> steps.add(new PreprocessingStep.SquarePad(0));
      case STRETCH -> {
        // The resize alone.
      }
    }
    if (told.cutFrom == 0) {
      steps.add(new PreprocessingStep.Resize(shape.rows(), shape.columns(), told.resampling));
    } else {
      steps.add(new PreprocessingStep.Resize(told.cutFrom, told.cutFrom, told.resampling));
      int margin = (told.cutFrom - shape.rows()) / 2;
      if (shape.rows() != shape.columns()
          || margin < 0
          || told.cutFrom - 2 * margin != shape.rows()) {
        throw new IllegalArgumentException(
            "Adoption: expected a resize to as many pixels as the input or an even number more, for"
                + " a square input, found "
                + told.cutFrom
                + " for "
                + shape);
      }
      // The least share whose floor is the margin, with room for rounding.
      steps.add(new PreprocessingStep.BorderCrop((margin + 0.25) / told.cutFrom));
    }
    steps.add(new PreprocessingStep.ChannelReplication(shape.channels()));
    steps.add(normalization(shape.channels()));
    return new PreprocessingSpec(steps, shape.layout());
  }

  private PreprocessingStep normalization(int wanted) {
    if (told.normalization instanceof PreprocessingStep.ChannelNormalization each
        && each.channels() == 1
        && wanted == 3) {
      return new PreprocessingStep.ChannelNormalization(
          Collections.nCopies(3, each.means().get(0)),
          Collections.nCopies(3, each.deviations().get(0)));
    }
    return told.normalization;
  }
}
