package io.cxr.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * What an audit of the training images said: whether the labels can be told apart by what is not
 * anatomy, such as borders or file properties.
 *
 * @param found whether they can
 * @param verdict in plain words
 * @param figures AUROC by probe
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
