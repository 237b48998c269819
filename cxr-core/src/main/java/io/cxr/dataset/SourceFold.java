package io.cxr.dataset;

import java.util.List;

/**
 * Sources that one training does not see, and that its model is asked about: one source, or several
 * that have together the labels that one of them lacks.
 *
 * @param sources one or more distinct sources
 */
public record SourceFold(List<String> sources) {
  /** What joins the sources of a fold in its name. */
  public static final String JOINT = "+";

  /** Checks the values. */
  public SourceFold {
    sources = List.copyOf(sources);
    if (sources.isEmpty() || sources.stream().distinct().count() != sources.size()) {
      throw new IllegalArgumentException(
          "Sources of a fold: expected distinct ones, at least one, found " + sources);
    }
  }

  /**
   * The fold's name.
   *
   * @return its sources, joined by {@value #JOINT}
   */
  public String name() {
    return String.join(JOINT, sources);
  }

  /**
   * Whether an image is of one of the sources.
   *
   * @param item the image
   * @return false also where its source is unknown
   */
  public boolean has(LabelledRadiograph item) {
    return item.source().map(sources::contains).orElse(false);
  }
}
