package io.cxr.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * The result of a shortcut audit of the training images: whether the labels can be told apart
 * without anatomy, such as by borders or file properties.
 *
 * @param found whether a shortcut was found
 * @param verdict the result in plain words
 * @param figures the AUROC of each probe
 */
public record ShortcutFinding(boolean found, String verdict, Map<String, Double> figures) {

  /** Checks the values. */
  public ShortcutFinding {
    Objects.requireNonNull(verdict, "verdict");
    figures = Collections.unmodifiableMap(new LinkedHashMap<>(figures));
    for (Double figure : figures.values()) {
      Objects.requireNonNull(figure, "figures");
    }
  }
}
