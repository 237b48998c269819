package io.cxr.dataset;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Iterative stratification of samples with several labels (Sechidis, Tsoumakas and Vlahavas, ECML
 * PKDD 2011, algorithm 1), with groups of samples that stay together in place of samples: from the
 * label with the fewest samples left to the most frequent, each of its groups goes to the part that
 * lacks most samples of that label, of such to that which lacks most samples. Rare labels are dealt
 * out first, as there is nothing to make up for them later.
 */
final class IterativeStratification {
  private final int[][] strata;
  private final int count;
  private final double[] shares;

  /** Samples that are lacking, {@code [part][stratum]}; the last one is of all samples. */
  private final double[][] lacking;

  private IterativeStratification(int[][] strata, int count, double[] shares) {
    this.strata = strata;
    this.count = count;
    this.shares = shares;
    this.lacking = new double[shares.length][count + 1];
  }

  /**
   * The part of each sample.
   *
   * @param strata the labels that each sample has
   * @param count how many labels there are
   * @param groups the group of each sample
   * @param shares how large each part shall be; with sum 1
   * @param seed chooses among the possible parts
   */
  static int[] of(int[][] strata, int count, List<String> groups, double[] shares, long seed) {
    return new IterativeStratification(strata, count, shares).parts(groups, seed);
  }

  private int[] parts(List<String> groups, long seed) {
    Map<String, List<Integer>> members = new LinkedHashMap<>();
    for (int i = 0; i < strata.length; i++) {
      members.computeIfAbsent(groups.get(i), name -> new ArrayList<>()).add(i);
    }
    List<List<Integer>> order = new ArrayList<>(members.values());
    // Random's sequence is part of its specification, so parts are the same on every Java.
    Collections.shuffle(order, new Random(seed));
    // Large groups are hard to make up for, too.
    order.sort((a, b) -> Integer.compare(b.size(), a.size()));
    int[][] counts = new int[order.size()][];
    int[] left = new int[count];
    for (int group = 0; group < counts.length; group++) {
      counts[group] = new int[count];
      for (int sample : order.get(group)) {
        for (int stratum : strata[sample]) {
          counts[group][stratum]++;
          left[stratum]++;
        }
      }
    }
    for (int part = 0; part < shares.length; part++) {
      for (int stratum = 0; stratum < count; stratum++) {
        lacking[part][stratum] = left[stratum] * shares[part];
      }
      lacking[part][count] = strata.length * shares[part];
    }
    int[] partOf = new int[order.size()];
    Arrays.fill(partOf, -1);
    for (int stratum = rarest(left); stratum >= 0; stratum = rarest(left)) {
      for (int group = 0; group < partOf.length; group++) {
        if (partOf[group] < 0 && counts[group][stratum] > 0) {
          partOf[group] = give(counts[group], order.get(group).size(), stratum);
          for (int each = 0; each < count; each++) {
            left[each] -= counts[group][each];
          }
        }
      }
    }
    int[] parts = new int[strata.length];
    for (int group = 0; group < partOf.length; group++) {
      int part =
          partOf[group] >= 0 ? partOf[group] : give(counts[group], order.get(group).size(), count);
      order.get(group).forEach(sample -> parts[sample] = part);
    }
    return parts;
  }

  /** The stratum with the fewest samples that have no part yet, or -1 if all have one. */
  private static int rarest(int[] left) {
    int rarest = -1;
    for (int stratum = 0; stratum < left.length; stratum++) {
      if (left[stratum] > 0 && (rarest < 0 || left[stratum] < left[rarest])) {
        rarest = stratum;
      }
    }
    return rarest;
  }

  /** Finds a group's part, which from then on lacks fewer samples. */
  private int give(int[] counts, int size, int stratum) {
    int best = 0;
    for (int part = 1; part < shares.length; part++) {
      double more = lacking[part][stratum] - lacking[best][stratum];
      boolean even = Math.abs(more) < 1e-9;
      if (even ? lacking[part][count] > lacking[best][count] + 1e-9 : more > 0) {
        best = part;
      }
    }
    for (int each = 0; each < count; each++) {
      lacking[best][each] -= counts[each];
    }
    lacking[best][count] -= size;
    return best;
  }
}
