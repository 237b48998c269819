package io.cxr.dataset;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How many images of each label each source of a data set has, how far the source gives the label
 * away, and which sources can be left out of a training together. Immutable and thread-safe.
 */
public final class SourceCounts {
  /** A source with fewer images of a label has too few to rank others against. */
  static final int ENOUGH = 20;

  /** Of a label for a training and for its validation. */
  private static final int LEFT = 2;

  private final List<String> labels;
  private final Map<String, int[]> bySource;

  private SourceCounts(List<String> labels, Map<String, int[]> bySource) {
    this.labels = labels;
    this.bySource = bySource;
  }

  /**
   * Counts the images of a folder.
   *
   * @param folder images whose sources are known
   * @return the counts
   * @throws IllegalArgumentException if the source of an image is unknown
   */
  public static SourceCounts of(ImageSet folder) {
    return of(folder.labels(), folder.items());
  }

  /**
   * Counts images.
   *
   * @param labels their labels, in the order of the outputs
   * @param items images whose sources are known, at least one
   * @return the counts
   * @throws IllegalArgumentException if the source of an image is unknown
   */
  public static SourceCounts of(List<String> labels, List<LabelledRadiograph> items) {
    Map<String, int[]> bySource = new LinkedHashMap<>();
    for (LabelledRadiograph item : items) {
      String source =
          item.source()
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "Sources: expected one for every image, found none for "
                              + item.file().getFileName()
                              + ". Give a table with the columns file,label,patient,source."));
      bySource
          .computeIfAbsent(source, name -> new int[labels.size()])[labels.indexOf(item.label())]++;
    }
    return new SourceCounts(List.copyOf(labels), bySource);
  }

  /**
   * The sources.
   *
   * @return in the order in which the images have them
   */
  public List<String> sources() {
    return List.copyOf(bySource.keySet());
  }

  /**
   * The labels.
   *
   * @return in the order of the outputs
   */
  public List<String> labels() {
    return labels;
  }

  /**
   * How many images there are of a label in a source.
   *
   * @param source one of the sources
   * @param label one of the labels
   * @return at least 0
   */
  public int count(String source, String label) {
    return counts(source)[labels.indexOf(label)];
  }

  private int[] counts(String source) {
    int[] counts = bySource.get(source);
    if (counts == null) {
      throw new IllegalArgumentException(
          "Source: expected one of " + bySource.keySet() + ", found '" + source + "'");
    }
    return counts;
  }

  /**
   * Cramer's V of label and source (Mathematical Methods of Statistics, 1946): 0 where each source
   * has the labels in the same shares, 1 where the source tells the label.
   *
   * @return from 0 to 1; 0 where there is one source or one label alone
   */
  public double cramersV() {
    double[] ofLabel = ofLabels();
    double all = sum(ofLabel);
    double squares = 0;
    for (int[] counts : bySource.values()) {
      double ofSource = sum(counts);
      for (int label = 0; label < ofLabel.length; label++) {
        double expected = ofSource * ofLabel[label] / all;
        if (expected > 0) {
          squares += (counts[label] - expected) * (counts[label] - expected) / expected;
        }
      }
    }
    long present = Arrays.stream(ofLabel).filter(count -> count > 0).count();
    long smaller = Math.min(present, bySource.size());
    return smaller < 2 ? 0 : Math.min(1, Math.sqrt(squares / (all * (smaller - 1))));
  }

  /**
   * The share of the label's entropy that the source explains, the uncertainty coefficient of Theil
   * (1970): mutual information of label and source over the entropy of the label.
   *
   * @return from 0 (the source says nothing of the label) to 1 (it tells it); 0 with one label
   */
  public double explained() {
    double[] ofLabel = ofLabels();
    double all = sum(ofLabel);
    double entropy = 0;
    for (double count : ofLabel) {
      entropy -= count == 0 ? 0 : count / all * Math.log(count / all);
    }
    double information = 0;
    for (int[] counts : bySource.values()) {
      double ofSource = sum(counts);
      for (int label = 0; label < ofLabel.length; label++) {
        if (counts[label] > 0) {
          information +=
              counts[label] / all * Math.log(counts[label] * all / (ofSource * ofLabel[label]));
        }
      }
    }
    return entropy == 0 ? 0 : Math.min(1, Math.max(0, information / entropy));
  }

  private double[] ofLabels() {
    double[] sums = new double[labels.size()];
    for (int[] counts : bySource.values()) {
      for (int label = 0; label < sums.length; label++) {
        sums[label] += counts[label];
      }
    }
    return sums;
  }

  private static double sum(int[] counts) {
    return Arrays.stream(counts).sum();
  }

  private static double sum(double[] counts) {
    return Arrays.stream(counts).sum();
  }

  /**
   * Each source alone, also one that lacks a label.
   *
   * @return a fold a source
   * @throws IllegalArgumentException if there is one source only, or one that has all images of a
   *     label
   */
  public List<SourceFold> alone() {
    return checked(sources().stream().map(source -> new SourceFold(List.of(source))).toList());
  }

  /**
   * Folds that each have both of the first two labels, so that these can be ranked against each
   * other. A source that has at least {@value #ENOUGH} images of both is a fold of its own. The
   * others are paired: the source with most images of the first label that lacks the second, with
   * the source with most images of the second that lacks the first, and so on. What remains goes
   * with a source that has a partner already, or alone where none fits. A pair is left out where
   * the other sources would lack a label.
   *
   * @return folds in which each source is at least once
   * @throws IllegalArgumentException as {@link #alone()}
   */
  public List<SourceFold> paired() {
    List<SourceFold> folds = new ArrayList<>(complete());
    List<String> lacksSecond = lacking(1, 0);
    List<String> lacksFirst = lacking(0, 1);
    List<String> free = new ArrayList<>(lacksFirst);
    List<String> unpaired = new ArrayList<>();
    for (String source : lacksSecond) {
      String partner = partner(source, free);
      if (partner == null) {
        unpaired.add(source);
      } else {
        free.remove(partner);
        folds.add(new SourceFold(List.of(source, partner)));
      }
    }
    unpaired.addAll(free);
    for (String source : unpaired) {
      List<String> others = new ArrayList<>(lacksSecond);
      others.addAll(lacksFirst);
      others.addAll(sources());
      String partner = partner(source, others);
      folds.add(new SourceFold(partner == null ? List.of(source) : List.of(source, partner)));
    }
    return checked(folds);
  }

  /**
   * Every pair of a source that lacks the second label and one that lacks the first, so that no
   * single pairing decides anything; and the sources that have both, or no partner, alone.
   *
   * @return folds in which each source is at least once
   * @throws IllegalArgumentException as {@link #alone()}
   */
  public List<SourceFold> allPairs() {
    List<SourceFold> folds = new ArrayList<>(complete());
    List<String> left = new ArrayList<>(sources());
    folds.forEach(fold -> left.removeAll(fold.sources()));
    for (String source : lacking(1, 0)) {
      for (String other : lacking(0, 1)) {
        if (partner(source, List.of(other)) != null) {
          folds.add(new SourceFold(List.of(source, other)));
          left.removeAll(List.of(source, other));
        }
      }
    }
    left.forEach(source -> folds.add(new SourceFold(List.of(source))));
    return checked(folds);
  }

  /**
   * Folds by their names.
   *
   * @param names sources, or several of them joined by {@code +}
   * @return a fold a name
   * @throws IllegalArgumentException if there is no such source, or the others would lack a label
   */
  public List<SourceFold> named(List<String> names) {
    List<SourceFold> folds = new ArrayList<>();
    for (String name : names) {
      boolean one = bySource.containsKey(name);
      SourceFold fold = new SourceFold(one ? List.of(name) : List.of(name.split("\\+", -1)));
      fold.sources().forEach(this::counts);
      folds.add(fold);
    }
    return checked(folds);
  }

  private List<SourceFold> complete() {
    return sources().stream()
        .filter(source -> has(source, 0) && has(source, 1))
        .map(source -> new SourceFold(List.of(source)))
        .toList();
  }

  private boolean has(String source, int label) {
    return counts(source)[label] >= ENOUGH;
  }

  /** Those without one label, by their images of another, most first; then by name. */
  private List<String> lacking(int label, int other) {
    List<String> found = new ArrayList<>(sources());
    // A source without either label lacks the first.
    found.removeIf(source -> has(source, label) || (label == 1 && !has(source, 0)));
    Collections.sort(found);
    found.sort((a, b) -> Integer.compare(counts(b)[other], counts(a)[other]));
    return found;
  }

  /**
   * The first that has what a source lacks of the first two labels, and can be left out with it.
   */
  private @Nullable String partner(String source, List<String> others) {
    for (String other : others) {
      boolean fits =
          !other.equals(source)
              && (has(source, 0) || has(other, 0))
              && (has(source, 1) || has(other, 1));
      if (fits && lackedWithout(new SourceFold(List.of(source, other))).isEmpty()) {
        return other;
      }
    }
    return null;
  }

  /** Labels of which the other sources have too few images. */
  private List<String> lackedWithout(SourceFold fold) {
    double[] left = ofLabels();
    for (String source : fold.sources()) {
      for (int label = 0; label < left.length; label++) {
        left[label] -= counts(source)[label];
      }
    }
    List<String> lacked = new ArrayList<>();
    for (int label = 0; label < left.length; label++) {
      if (left[label] < LEFT) {
        lacked.add(labels.get(label));
      }
    }
    return lacked;
  }

  private List<SourceFold> checked(List<SourceFold> folds) {
    if (bySource.size() < 2) {
      throw new IllegalArgumentException(
          "Sources: expected two or more to leave one out, found " + bySource.keySet());
    }
    for (SourceFold fold : folds) {
      List<String> lacked = lackedWithout(fold);
      if (!lacked.isEmpty()) {
        throw new IllegalArgumentException(
            "Without "
                + fold.name()
                + ": expected at least "
                + LEFT
                + " images of each label to train and validate on, found fewer of "
                + lacked
                + ". Leave other sources out, or name classes that several sources have.");
      }
    }
    return List.copyOf(folds);
  }
}
