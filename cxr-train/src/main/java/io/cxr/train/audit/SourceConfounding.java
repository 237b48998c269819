package io.cxr.train.audit;

import io.cxr.dataset.LabelState;
import io.cxr.dataset.LabelledRadiograph;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How much the source of a film says of its class already, before anybody looks at it.
 *
 * @param images films of each class, or with each finding, from each source, {@code
 *     [source][class]}; films without a source are left out
 * @param shareExplained the share of the class' entropy that the source explains (Theil's
 *     uncertainty coefficient): 0 if all sources have the same mix of classes, 1 if each source has
 *     one class only. Of findings, the mean over them
 */
public record SourceConfounding(Map<String, Map<String, Integer>> images, double shareExplained) {

  /** Copies the counts. */
  public SourceConfounding {
    Map<String, Map<String, Integer>> copy = new LinkedHashMap<>();
    images.forEach(
        (source, counts) ->
            copy.put(source, Collections.unmodifiableMap(new LinkedHashMap<>(counts))));
    images = Collections.unmodifiableMap(copy);
  }

  /**
   * The sources that lack a class: within them, that class cannot be measured against others.
   *
   * @return their names
   */
  public List<String> incompleteSources() {
    return images.entrySet().stream()
        .filter(source -> source.getValue().containsValue(0))
        .map(Map.Entry::getKey)
        .toList();
  }

  static SourceConfounding of(List<String> labels, List<LabelledRadiograph> items) {
    Map<String, Map<String, Integer>> images = new TreeMap<>();
    for (LabelledRadiograph item : items) {
      item.source()
          .ifPresent(
              source -> {
                Map<String, Integer> counts =
                    images.computeIfAbsent(source, name -> new LinkedHashMap<>());
                labels.forEach(label -> counts.putIfAbsent(label, 0));
                counts.merge(item.label(), 1, Integer::sum);
              });
    }
    return new SourceConfounding(images, explained(images));
  }

  /**
   * The same of findings: films with each finding from each source, and the mean over the findings
   * of the share of the entropy of present and absent that the source explains.
   */
  static SourceConfounding ofFindings(List<String> findings, List<LabelledRadiograph> items) {
    Map<String, Map<String, Integer>> images = new TreeMap<>();
    double sum = 0;
    for (String finding : findings) {
      Map<String, Map<String, Integer>> states = new TreeMap<>();
      for (LabelledRadiograph item : items) {
        LabelState state = item.findings().state(finding);
        item.source()
            .ifPresent(
                source -> {
                  Map<String, Integer> present =
                      images.computeIfAbsent(source, name -> new LinkedHashMap<>());
                  present.merge(finding, state == LabelState.PRESENT ? 1 : 0, Integer::sum);
                  if (state != LabelState.UNKNOWN) {
                    states
                        .computeIfAbsent(source, name -> new LinkedHashMap<>())
                        .merge(state.name(), 1, Integer::sum);
                  }
                });
      }
      sum += explained(states);
    }
    return new SourceConfounding(images, sum / findings.size());
  }

  private static double explained(Map<String, Map<String, Integer>> images) {
    Map<String, Integer> all = new LinkedHashMap<>();
    double within = 0;
    int total = 0;
    for (Map<String, Integer> counts : images.values()) {
      int films = counts.values().stream().mapToInt(Integer::intValue).sum();
      within += films * entropy(counts, films);
      total += films;
      counts.forEach((label, count) -> all.merge(label, count, Integer::sum));
    }
    double entropy = entropy(all, total);
    return total == 0 || entropy == 0 ? 0 : Math.max(0, Math.min(1, 1 - within / total / entropy));
  }

  private static double entropy(Map<String, Integer> counts, int total) {
    double entropy = 0;
    for (int count : counts.values()) {
      if (count > 0) {
        double share = (double) count / total;
        entropy -= share * Math.log(share);
      }
    }
    return entropy;
  }
}
