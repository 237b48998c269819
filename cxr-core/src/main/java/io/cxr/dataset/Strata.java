package io.cxr.dataset;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a split balances: the groups of images that have the same label, the same finding, or a
 * value in the same quarter. An image is in one of them for each label, and in none for a finding
 * or value that is unknown.
 */
final class Strata {
  private static final int QUARTERS = 4;

  private final List<String> names;
  private final int[][] of;

  private Strata(List<String> names, int[][] of) {
    this.names = names;
    this.of = of;
  }

  /**
   * The strata of a data set: one a class; of a finding the images that have it and those that have
   * it not; of a measurement the quarters of its known values.
   */
  static Strata of(ImageSet images) {
    return switch (images.kind()) {
      case LABEL -> ofLabels(images);
      case FINDINGS -> ofFindings(images);
      case VALUES -> ofValues(images);
    };
  }

  private static Strata ofLabels(ImageSet images) {
    int[][] of =
        images.items().stream()
            .map(item -> new int[] {images.labels().indexOf(item.label())})
            .toArray(int[][]::new);
    return new Strata(images.labels(), of);
  }

  private static Strata ofFindings(ImageSet images) {
    List<String> names = new ArrayList<>();
    for (String finding : images.labels()) {
      names.add(finding);
      names.add("no " + finding);
    }
    int findings = images.labels().size();
    int[] found = new int[findings];
    int[][] of = new int[images.items().size()][];
    for (int i = 0; i < of.length; i++) {
      FindingStates states = images.items().get(i).findings();
      int count = 0;
      for (int finding = 0; finding < findings; finding++) {
        LabelState state = states.state(finding);
        if (state.isKnown()) {
          found[count++] = 2 * finding + (state == LabelState.PRESENT ? 0 : 1);
        }
      }
      of[i] = Arrays.copyOf(found, count);
    }
    return new Strata(names, of);
  }

  private static Strata ofValues(ImageSet images) {
    List<String> names = new ArrayList<>();
    List<LabelledRadiograph> items = images.items();
    int measurements = images.labels().size();
    double[][] limits = new double[measurements][];
    for (int m = 0; m < measurements; m++) {
      int index = m;
      double[] sorted =
          items.stream()
              .flatMapToDouble(item -> item.measured().value(index).stream())
              .sorted()
              .toArray();
      limits[m] = new double[QUARTERS - 1];
      for (int quarter = 1; quarter < QUARTERS; quarter++) {
        limits[m][quarter - 1] = sorted[(int) ((long) sorted.length * quarter / QUARTERS)];
        names.add("a value of " + images.labels().get(m) + " in quarter " + quarter);
      }
      names.add("a value of " + images.labels().get(m) + " in quarter " + QUARTERS);
    }
    int[][] of = new int[items.size()][];
    for (int i = 0; i < of.length; i++) {
      List<Integer> own = new ArrayList<>();
      for (int m = 0; m < measurements; m++) {
        if (items.get(i).measured().value(m).isPresent()) {
          double value = items.get(i).measured().value(m).getAsDouble();
          int quarter = 0;
          while (quarter < QUARTERS - 1 && value >= limits[m][quarter]) {
            quarter++;
          }
          own.add(QUARTERS * m + quarter);
        }
      }
      of[i] = own.stream().mapToInt(each -> each).toArray();
    }
    return new Strata(names, of);
  }

  int count() {
    return names.size();
  }

  /** What the images of a stratum have, as in a sentence after "with". */
  String name(int stratum) {
    return names.get(stratum);
  }

  /** The strata of an image; not to be written to. */
  int[] of(int image) {
    return of[image];
  }

  /** Of all images; not to be written to. */
  int[][] all() {
    return of;
  }
}
