package io.cxr.model;

import java.util.Objects;
import java.util.Optional;

/**
 * How a model file was converted from another one, by a change of precision or input type.
 *
 * @param precision how the weights are stored: {@code fp32}, {@code fp16} or {@code int8}
 * @param input the element type of the graph's input: {@code float} or {@code uint8}
 * @param sourceSha256 SHA-256 of the source model file, 64 hexadecimal digits
 * @param calibrationImages how many radiographs the ranges of int8 activations come from; 0 for the
 *     other precisions
 * @param range how the ranges were chosen; empty for the other precisions
 * @param gate the comparison with the source on labelled radiographs, where there was one
 */
public record ExportProvenance(
    String precision,
    String input,
    String sourceSha256,
    int calibrationImages,
    String range,
    Optional<Gate> gate) {

  /**
   * Source and export on the same labelled radiographs.
   *
   * @param images how many radiographs
   * @param sourceAccuracy the accuracy of the source, in [0, 1]
   * @param accuracy the accuracy of the export
   * @param sourceAuroc the AUROC of the source, mean over the labels, in [0, 1]
   * @param auroc the AUROC of the export
   * @param sourceRefused how many of them the source's novelty gate refuses; 0 without a gate
   * @param refused how many the export's refuses
   * @param passed whether the losses were within the limits; an export that was forced may have
   *     {@code false}
   */
  public record Gate(
      int images,
      double sourceAccuracy,
      double accuracy,
      double sourceAuroc,
      double auroc,
      int sourceRefused,
      int refused,
      boolean passed) {

    /** Checks the values. */
    public Gate {
      if (images < 1) {
        throw new IllegalArgumentException(
            "Export gate: expected at least one image, found " + images);
      }
      for (double share : new double[] {sourceAccuracy, accuracy, sourceAuroc, auroc}) {
        if (!(share >= 0 && share <= 1)) {
          throw new IllegalArgumentException(
              "Export gate: expected metrics from 0 to 1, found " + share);
        }
      }
    }
  }

  /** Checks the values. */
  public ExportProvenance {
    Objects.requireNonNull(precision, "precision");
    Objects.requireNonNull(input, "input");
    Objects.requireNonNull(range, "range");
    Objects.requireNonNull(gate, "gate");
    if (!isSha256(sourceSha256)) {
      throw new IllegalArgumentException(
          "Export: expected the SHA-256 of the source, 64 hexadecimal digits, found "
              + sourceSha256);
    }
    if (calibrationImages < 0) {
      throw new IllegalArgumentException(
          "Export: expected 0 calibration images or more, found " + calibrationImages);
    }
  }

  private static boolean isSha256(String text) {
    boolean right = text.length() == 64;
    for (int i = 0; right && i < text.length(); i++) {
      right = Character.digit(text.charAt(i), 16) >= 0;
    }
    return right;
  }
}
