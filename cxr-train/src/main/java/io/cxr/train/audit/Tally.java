package io.cxr.train.audit;

import io.cxr.evaluation.Bootstrap;
import io.cxr.evaluation.Interval;
import io.cxr.evaluation.Statistic;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/** Turns scores of images into figures. */
final class Tally {
  /** How many single features are named. */
  private static final int TELLING = 3;

  private static final double TELLING_FROM = 0.6;

  private final List<String> labels;
  private final int[] classes;
  private final int[] patients;
  private final int[] fold;
  private final long seed;

  /**
   * Knows the images.
   *
   * @param labels the classes' names
   * @param classes the class of each image
   * @param patients the patient of each image, from 0
   * @param fold in which fold each image was scored
   * @param seed of the bootstrap
   */
  Tally(List<String> labels, int[] classes, int[] patients, int[] fold, long seed) {
    this.labels = labels;
    this.classes = classes;
    this.patients = patients;
    this.fold = fold;
    this.seed = seed;
  }

  /** Two classes: scores are the log odds of the first, and the prior is what balance subtracts. */
  ProbeFigures pair(
      Probe probe,
      int first,
      int second,
      double[] logOdds,
      double[] prior,
      Optional<FileProperties.Table> files) {
    int[] rows =
        IntStream.range(0, classes.length)
            .filter(i -> classes[i] == first || classes[i] == second)
            .toArray();
    int[] scored = Arrays.stream(rows).filter(i -> !Double.isNaN(logOdds[i])).toArray();
    int[] answers = new int[classes.length];
    int[] balanced = new int[classes.length];
    for (int i : scored) {
      answers[i] = logOdds[i] > 0 ? first : second;
      balanced[i] = logOdds[i] > prior[i] ? first : second;
    }
    Discrimination figures =
        discrimination(
            scored, new int[] {first, second}, new double[][] {logOdds}, answers, balanced);
    return new ProbeFigures(
        probe,
        List.of(labels.get(first), labels.get(second)),
        figures,
        separation(figures, scored, first, second),
        files.map(table -> telling(table, rows, first)).orElse(List.of()));
  }

  /** All classes: scores are the log odds of each against the rest. */
  ProbeFigures overall(Probe probe, double[][] logOdds, double[][] prior) {
    int[] every = IntStream.range(0, labels.size()).toArray();
    int[] scored =
        IntStream.range(0, classes.length)
            .filter(i -> Arrays.stream(logOdds).noneMatch(of -> Double.isNaN(of[i])))
            .toArray();
    int[] answers = new int[classes.length];
    int[] balanced = new int[classes.length];
    for (int i : scored) {
      for (int label : every) {
        if (logOdds[label][i] > logOdds[answers[i]][i]) {
          answers[i] = label;
        }
        if (logOdds[label][i] - prior[label][i] > logOdds[balanced[i]][i] - prior[balanced[i]][i]) {
          balanced[i] = label;
        }
      }
    }
    Discrimination figures = discrimination(scored, every, logOdds, answers, balanced);
    return new ProbeFigures(probe, labels, figures, separation(figures, scored, every), List.of());
  }

  /**
   * The figures of some images.
   *
   * @param rows the images
   * @param among the classes among them
   * @param scores one row of scores an image if there are two classes, higher for the first; else
   *     one row a class
   * @param answers the class answered for each image
   * @param balanced the class answered if all were equally common
   */
  Discrimination discrimination(
      int[] rows, int[] among, double[][] scores, int[] answers, int[] balanced) {
    int[] foldOf = Arrays.stream(rows).map(i -> fold[i]).toArray();
    List<PairedRanking> rankings = new ArrayList<>();
    for (int s = 0; s < scores.length; s++) {
      double[] ofClass = scores[s];
      int label = among[s];
      double[] values = Arrays.stream(rows).mapToDouble(i -> ofClass[i]).toArray();
      boolean[] positive = new boolean[rows.length];
      for (int i = 0; i < rows.length; i++) {
        positive[i] = classes[rows[i]] == label;
      }
      rankings.add(new PairedRanking(values, positive, foldOf));
    }
    Optional<Interval> auroc = interval(rows, rankings);
    int[] right = new int[labels.size()];
    int[] rightBalanced = new int[labels.size()];
    int[] total = new int[labels.size()];
    for (int i : rows) {
      total[classes[i]]++;
      right[classes[i]] += answers[i] == classes[i] ? 1 : 0;
      rightBalanced[classes[i]] += balanced[i] == classes[i] ? 1 : 0;
    }
    double recalls = 0;
    for (int label : among) {
      recalls += (double) rightBalanced[label] / Math.max(1, total[label]);
    }
    int images = Math.max(1, rows.length);
    return new Discrimination(
        rows.length,
        auroc.map(Interval::value).orElse(0.5),
        auroc.map(Interval::low).orElse(0.0),
        auroc.map(Interval::high).orElse(1.0),
        (double) Arrays.stream(right).sum() / images,
        (double) Arrays.stream(total).max().orElse(0) / images,
        recalls / among.length,
        1.0 / among.length);
  }

  /**
   * The mean area with its interval over patients; empty if an area is not defined. Drawing images
   * instead would make intervals too narrow, since a patient's images are alike.
   */
  private Optional<Interval> interval(int[] rows, List<PairedRanking> rankings) {
    if (rows.length == 0) {
      return Optional.empty();
    }
    List<String> patientOf = Arrays.stream(rows).mapToObj(i -> "" + patients[i]).toList();
    Statistic mean = Statistic.mean(rankings);
    return Bootstrap.ofGroups(patientOf, seed).intervals(List.of(mean)).get(0);
  }

  /** The figures in words, with an eye on how many patients they rest on. */
  Separation separation(Discrimination figures, int[] rows, int... among) {
    int fewest = Integer.MAX_VALUE;
    for (int label : among) {
      Set<Integer> distinct = new HashSet<>();
      for (int i : rows) {
        if (classes[i] == label) {
          distinct.add(patients[i]);
        }
      }
      fewest = Math.min(fewest, distinct.size());
    }
    return Separation.of(figures.low(), figures.high(), fewest);
  }

  private List<ProbeFigures.Feature> telling(FileProperties.Table table, int[] rows, int first) {
    int[] together = new int[rows.length];
    boolean[] positive = new boolean[rows.length];
    for (int i = 0; i < rows.length; i++) {
      positive[i] = classes[rows[i]] == first;
    }
    List<ProbeFigures.Feature> features = new ArrayList<>();
    for (int f = 0; f < table.names.size(); f++) {
      int feature = f;
      double[] values = Arrays.stream(rows).mapToDouble(i -> table.rows[i][feature]).toArray();
      double area = new PairedRanking(values, positive, together).area(rows.length);
      double folded = Math.max(area, 1 - area);
      if (folded >= TELLING_FROM) {
        features.add(new ProbeFigures.Feature(table.names.get(f), folded));
      }
    }
    features.sort(
        Comparator.comparingDouble(ProbeFigures.Feature::auroc)
            .reversed()
            .thenComparing(ProbeFigures.Feature::name));
    return List.copyOf(features.subList(0, Math.min(TELLING, features.size())));
  }
}
