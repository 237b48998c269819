package io.cxr.train.linear;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Inner folds that keep groups together and labels even. */
final class GroupedFolds {
  private GroupedFolds() {}

  /**
   * The fold of each sample. Groups are shuffled by the seed; from the largest down, each goes to
   * the fold that has least of its labels. There are fewer folds where a label has fewer groups.
   *
   * @throws IllegalArgumentException if a label has fewer than two groups
   */
  static int[] of(int[] labels, int labelCount, List<String> groups, int most, long seed) {
    Map<String, List<Integer>> members = new LinkedHashMap<>();
    for (int i = 0; i < labels.length; i++) {
      members.computeIfAbsent(groups.get(i), name -> new ArrayList<>()).add(i);
    }
    int[] total = new int[labelCount];
    int[] groupsOf = new int[labelCount];
    for (List<Integer> group : members.values()) {
      int[] counts = counts(labels, labelCount, group);
      for (int label = 0; label < labelCount; label++) {
        total[label] += counts[label];
        groupsOf[label] += counts[label] > 0 ? 1 : 0;
      }
    }
    int folds = most;
    for (int of : groupsOf) {
      folds = Math.min(folds, of);
    }
    if (folds < 2) {
      throw new IllegalArgumentException(
          "Inner folds: expected training images of at least two patients for each label, found"
              + " fewer for one. Add images, or train another head.");
    }
    List<List<Integer>> shuffled = new ArrayList<>(members.values());
    // Random's sequence is part of its specification.
    Collections.shuffle(shuffled, new Random(seed));
    shuffled.sort((a, b) -> Integer.compare(b.size(), a.size()));
    double[][] share = new double[folds][labelCount];
    int[] size = new int[folds];
    int[] fold = new int[labels.length];
    for (List<Integer> group : shuffled) {
      int[] counts = counts(labels, labelCount, group);
      int best = 0;
      double least = Double.POSITIVE_INFINITY;
      for (int candidate = 0; candidate < folds; candidate++) {
        double load = 0;
        for (int label = 0; label < labelCount; label++) {
          load += share[candidate][label] * counts[label];
        }
        if (load < least - 1e-12 || (load < least + 1e-12 && size[candidate] < size[best])) {
          best = candidate;
          least = load;
        }
      }
      for (int label = 0; label < labelCount; label++) {
        share[best][label] += (double) counts[label] / total[label];
      }
      size[best] += group.size();
      for (int member : group) {
        fold[member] = best;
      }
    }
    return fold;
  }

  private static int[] counts(int[] labels, int labelCount, List<Integer> group) {
    int[] counts = new int[labelCount];
    for (int member : group) {
      counts[labels[member]]++;
    }
    return counts;
  }
}
