package io.cxr.dataset;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Folds that keep groups, such as the images of a patient, together, and labels even. */
public final class GroupedFolds {
  private GroupedFolds() {}

  /**
   * The fold of each sample. Groups are shuffled by the seed (Fisher and Yates, {@link Random});
   * from the largest down, each goes to the fold that has least of its labels. The same samples and
   * seed give the same folds on every machine.
   *
   * @param labels the label of each sample, from 0 to below {@code labelCount}
   * @param labelCount how many labels there are
   * @param groups the group of each sample
   * @param folds how many folds, at least 2
   * @param seed chooses among the possible folds
   * @return from 0 to below {@code folds}; a label with fewer than {@link #most} groups is not in
   *     every fold
   * @throws IllegalArgumentException if there are fewer than two folds
   */
  public static int[] of(int[] labels, int labelCount, List<String> groups, int folds, long seed) {
    if (folds < 2) {
      throw new IllegalArgumentException("Folds: expected at least 2, found " + folds);
    }
    int[] total = new int[labelCount];
    for (int label : labels) {
      total[label]++;
    }
    List<List<Integer>> shuffled = new ArrayList<>(members(groups).values());
    // Random's sequence is part of its specification, so folds are the same on every Java.
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
        share[best][label] += counts[label] == 0 ? 0 : (double) counts[label] / total[label];
      }
      size[best] += group.size();
      for (int member : group) {
        fold[member] = best;
      }
    }
    return fold;
  }

  /**
   * The fold of each sample where samples have several labels or none: iterative stratification
   * (Sechidis, Tsoumakas and Vlahavas, ECML PKDD 2011) with groups in place of samples. The label
   * with the fewest samples is dealt out first. The same samples and seed give the same folds on
   * every machine.
   *
   * @param labels the labels of each sample, distinct, from 0 to below {@code labelCount}
   * @param labelCount how many labels there are
   * @param groups the group of each sample
   * @param folds how many folds, at least 2
   * @param seed chooses among the possible folds
   * @return from 0 to below {@code folds}
   * @throws IllegalArgumentException if there are fewer than two folds, or another number of groups
   *     than of samples
   */
  public static int[] stratified(
      int[][] labels, int labelCount, List<String> groups, int folds, long seed) {
    if (folds < 2 || groups.size() != labels.length) {
      throw new IllegalArgumentException(
          "Folds: expected at least 2 and a group for each of "
              + labels.length
              + " samples, found "
              + folds
              + " and "
              + groups.size());
    }
    double[] shares = new double[folds];
    Arrays.fill(shares, 1.0 / folds);
    return IterativeStratification.of(labels, labelCount, groups, shares, seed);
  }

  /**
   * How many folds can have every label.
   *
   * @param labels the label of each sample
   * @param labelCount how many labels there are
   * @param groups the group of each sample
   * @return the number of groups of the label that has the fewest
   */
  public static int most(int[] labels, int labelCount, List<String> groups) {
    int[] groupsOf = new int[labelCount];
    for (List<Integer> group : members(groups).values()) {
      int[] counts = counts(labels, labelCount, group);
      for (int label = 0; label < labelCount; label++) {
        groupsOf[label] += counts[label] > 0 ? 1 : 0;
      }
    }
    int most = labels.length;
    for (int of : groupsOf) {
      most = Math.min(most, of);
    }
    return most;
  }

  /** The samples of each group, by first appearance. */
  private static Map<String, List<Integer>> members(List<String> groups) {
    Map<String, List<Integer>> members = new LinkedHashMap<>();
    for (int i = 0; i < groups.size(); i++) {
      members.computeIfAbsent(groups.get(i), name -> new ArrayList<>()).add(i);
    }
    return members;
  }

  private static int[] counts(int[] labels, int labelCount, List<Integer> group) {
    int[] counts = new int[labelCount];
    for (int member : group) {
      counts[labels[member]]++;
    }
    return counts;
  }
}
