package io.cxr.phantom;

import java.util.Locale;

/**
 * A mark that can be planted in a phantom beside any others, with the place where it is. They are
 * drawn shapes that differ in place, size and texture, not pictures of disease.
 */
public enum PlantedFinding {
  /** A soft cloud in the upper part of the lung on the image's left. */
  UPPER_LEFT_CLOUD(0.16, true),
  /** A soft cloud in the upper part of the lung on the image's right. */
  UPPER_RIGHT_CLOUD(0.16, true),
  /** A soft cloud in the lower part of the lung on the image's left. */
  LOWER_LEFT_CLOUD(0.2, true),
  /** A soft cloud in the middle of the lung on the image's right, above the heart. */
  MIDDLE_RIGHT_CLOUD(0.14, true),
  /** The lower end of the lung on the image's left is filled. */
  FILLED_LEFT_BASE(0.14, true),
  /** The lower end of the lung on the image's right is filled. */
  FILLED_RIGHT_BASE(0.12, true),
  /** A dark rim at the outer side of the lung on the image's left. */
  DARK_LEFT_RIM(0.08, true),
  /** A dark rim at the outer side of the lung on the image's right. */
  DARK_RIGHT_RIM(0.08, true),
  /** The heart is wider. */
  WIDE_HEART(0.15, true),
  /** Both lungs are darker. */
  DARK_LUNGS(0.1, false),
  /** Both lungs are brighter. */
  BRIGHT_LUNGS(0.15, false),
  /** Fine lines across both lungs. */
  FINE_LINES(0.1, false),
  /** A ring in one of the lungs. */
  RING(0.1, true),
  /** A thin bright tube that comes down from the top beside the spine. */
  TUBE(0.2, true);

  private final double frequency;
  private final boolean local;

  PlantedFinding(double frequency, boolean local) {
    this.frequency = frequency;
    this.local = local;
  }

  /**
   * The name in tables.
   *
   * @return such as {@code Upper_Left_Cloud}
   */
  public String label() {
    StringBuilder label = new StringBuilder();
    for (String word : name().split("_", -1)) {
      label
          .append(label.isEmpty() ? "" : "_")
          .append(word.charAt(0))
          .append(word.substring(1).toLowerCase(Locale.ROOT));
    }
    return label.toString();
  }

  /** How many patients have it, a share. */
  double frequency() {
    return frequency;
  }

  /** Whether it is at one place, so that a heatmap can point at it. */
  boolean isLocal() {
    return local;
  }
}
