package io.cxr.dataset;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A split of a data set into training, validation and test images by patient. A split by image
 * instead of by patient leads to optimistic metrics, because the model is evaluated on patients
 * that it was trained on.
 *
 * <p>The lists are in the data set's order.
 *
 * @param training the training images
 * @param validation the validation images
 * @param test images that were set aside before anything else; may be empty
 * @param patientsApart whether the patient of every image is known and none is in two subsets
 * @param warnings reasons to doubt metrics on validation and test images; none names a patient
 */
public record PatientSplit(
    List<LabelledRadiograph> training,
    List<LabelledRadiograph> validation,
    List<LabelledRadiograph> test,
    boolean patientsApart,
    List<String> warnings) {
  private static final int NAMED_AT_MOST = 10;

  /** Checks the values. */
  public PatientSplit {
    training = List.copyOf(training);
    validation = List.copyOf(validation);
    test = List.copyOf(test);
    warnings = List.copyOf(warnings);
    if (training.isEmpty() || validation.isEmpty()) {
      throw new IllegalArgumentException(
          "Split: expected images on both sides, found "
              + training.size()
              + " for training and "
              + validation.size()
              + " for validation");
    }
  }

  /**
   * A split without test images.
   *
   * @param training the training images
   * @param validation the validation images
   * @param patientsApart whether the patient of every image is known and none is in both subsets
   * @param warnings reasons to doubt metrics on the validation images
   */
  public PatientSplit(
      List<LabelledRadiograph> training,
      List<LabelledRadiograph> validation,
      boolean patientsApart,
      List<String> warnings) {
    this(training, validation, List.of(), patientsApart, warnings);
  }

  /** This split of the images that were not set aside, with those that were. */
  PatientSplit withTest(PatientSplit aside) {
    List<String> all = new ArrayList<>(aside.warnings);
    warnings.stream().filter(warning -> !all.contains(warning)).forEach(all::add);
    return new PatientSplit(
        training, validation, aside.validation, patientsApart && aside.patientsApart, all);
  }

  /**
   * Splits a data set by patient, stratified by label. A split that folders or a table define is
   * ignored; see {@link SplitPlan}.
   *
   * <p>A patient's images stay together whatever their labels; an image without a patient counts as
   * a patient of its own. The same images, fraction and seed give the same split on every machine:
   * patients in the images' order are shuffled (Fisher and Yates, {@link Random} seeded with the
   * seed); then one after the other changes sides wherever that lessens the sum over labels of
   * {@code (share - fraction)^2}, where {@code share} is the fraction of the label's images that is
   * validation, until no change does. So a label's share misses the fraction by less than the
   * images of one patient, unless patients of several labels or very few patients stand in the way.
   *
   * <p>Where images have findings, each finding counts as two labels, present and absent, which an
   * image has where the finding is known; where they have measured values, each measurement counts
   * as four, its quarters. The changes begin then from an iterative stratification (Sechidis,
   * Tsoumakas and Vlahavas, ECML PKDD 2011).
   *
   * @param images the images, of two labels or more
   * @param validationFraction the fraction of validation images, above 0 and below 1
   * @param seed chooses among the possible splits
   * @return the split, with at least one image of every label in both subsets
   * @throws IOException if an image is unreadable
   * @throws IllegalArgumentException if a label cannot be in both subsets
   */
  public static PatientSplit of(ImageSet images, double validationFraction, long seed)
      throws IOException {
    if (!(validationFraction > 0 && validationFraction < 1)) {
      throw new IllegalArgumentException(
          "Validation: expected a fraction above 0 and below 1, found " + validationFraction);
    }
    checkLabels(images);
    Strata strata = Strata.of(images);
    List<Patient> patients = shuffled(images, strata, seed);
    int[] total = total(strata.count(), patients);
    checkTotals(images, strata, total);
    boolean[] chosen = start(images, strata, patients, validationFraction, seed);
    int[] counts = new int[total.length];
    for (int i = 0; i < chosen.length; i++) {
      if (chosen[i]) {
        add(counts, patients.get(i).counts, 1);
      }
    }
    boolean improved = true;
    while (improved) {
      improved = false;
      for (int i = 0; i < chosen.length; i++) {
        int[] changed = changed(counts, patients.get(i), chosen[i]);
        // More than rounding, so that no two choices take turns for ever.
        if (error(changed, total, validationFraction)
            < error(counts, total, validationFraction) - 1e-12) {
          chosen[i] = !chosen[i];
          counts = changed;
          improved = true;
        }
      }
    }
    for (int label = 0; label < total.length; label++) {
      if (total[label] > 0 && (counts[label] == 0 || counts[label] == total[label])) {
        counts =
            withBothSides(
                images, strata, patients, chosen, counts, total, label, validationFraction);
      }
    }
    Set<LabelledRadiograph> validation = new HashSet<>();
    for (int i = 0; i < chosen.length; i++) {
      if (chosen[i]) {
        validation.addAll(patients.get(i).images);
      }
    }
    return split(images, validation, "validation");
  }

  /**
   * Splits a data set for cross-validation: every image is validation in exactly one of the splits.
   * Patients and labels are treated as {@link #of} does; see {@link GroupedFolds}.
   *
   * @param images the images, of two labels or more
   * @param folds how many splits, at least 2
   * @param seed chooses among the possible splits
   * @return one split a fold, each with every label in both subsets
   * @throws IOException if an image is unreadable
   * @throws IllegalArgumentException if a label cannot be in every fold
   */
  public static List<PatientSplit> folds(ImageSet images, int folds, long seed) throws IOException {
    if (folds < 2) {
      throw new IllegalArgumentException("Folds: expected at least 2, found " + folds);
    }
    checkLabels(images);
    List<LabelledRadiograph> items = images.items();
    Strata strata = Strata.of(images);
    List<String> groups = PatientGroups.of(items);
    int[] of =
        images.kind() == Annotation.Kind.LABEL
            ? GroupedFolds.of(
                IntStream.range(0, items.size()).map(i -> strata.of(i)[0]).toArray(),
                strata.count(),
                groups,
                folds,
                seed)
            : GroupedFolds.stratified(strata.all(), strata.count(), groups, folds, seed);
    int[] total = new int[strata.count()];
    int[][] counts = new int[folds][total.length];
    List<Set<LabelledRadiograph>> members = new ArrayList<>();
    for (int fold = 0; fold < folds; fold++) {
      members.add(new HashSet<>());
    }
    for (int i = 0; i < of.length; i++) {
      members.get(of[i]).add(items.get(i));
      for (int stratum : strata.of(i)) {
        counts[of[i]][stratum]++;
        total[stratum]++;
      }
    }
    checkTotals(images, strata, total);
    for (int label = 0; label < total.length; label++) {
      for (int[] count : counts) {
        if (total[label] > 0 && (count[label] == 0 || count[label] == total[label])) {
          throw new IllegalArgumentException(
              images.name()
                  + ": expected at least "
                  + folds
                  + " patients (or images without a patient) with "
                  + named(images, strata, label)
                  + ", one per fold, found too few. Ask for fewer folds, or add images.");
        }
      }
    }
    List<PatientSplit> splits = new ArrayList<>();
    for (Set<LabelledRadiograph> validation : members) {
      splits.add(split(images, validation, "validation"));
    }
    return List.copyOf(splits);
  }

  private static void checkLabels(ImageSet images) {
    if (images.kind() == Annotation.Kind.LABEL && images.labels().size() < 2) {
      throw new IllegalArgumentException(
          images.name()
              + ": expected two classes or more to tell apart, found only "
              + images.labels());
    }
  }

  /** Refuses a finding that all images have, or none, of those of which it is known. */
  private static void checkTotals(ImageSet images, Strata strata, int[] total) {
    for (int stratum = 0; stratum < total.length; stratum++) {
      if (total[stratum] == 0 && images.kind() == Annotation.Kind.FINDINGS) {
        throw new IllegalArgumentException(
            images.name()
                + ": expected images with and without each finding, found none with "
                + strata.name(stratum)
                + ". Add images, or leave the finding out.");
      }
    }
  }

  private static String named(ImageSet images, Strata strata, int stratum) {
    return (images.kind() == Annotation.Kind.LABEL ? "the label " : "") + strata.name(stratum);
  }

  /** The validation patients to begin with: none, or those of an iterative stratification. */
  private static boolean[] start(
      ImageSet images, Strata strata, List<Patient> patients, double fraction, long seed) {
    boolean[] chosen = new boolean[patients.size()];
    if (images.kind() == Annotation.Kind.LABEL) {
      return chosen;
    }
    int[] parts =
        IterativeStratification.of(
            strata.all(),
            strata.count(),
            PatientGroups.of(images.items()),
            new double[] {1 - fraction, fraction},
            seed);
    for (int i = 0; i < chosen.length; i++) {
      chosen[i] = parts[patients.get(i).first] == 1;
    }
    return chosen;
  }

  /** A patient's images, and how many there are of each label. */
  private static final class Patient {
    private final List<LabelledRadiograph> images = new ArrayList<>();
    private final int[] counts;

    /** The index of the patient's first image. */
    private final int first;

    private Patient(int labels, int first) {
      counts = new int[labels];
      this.first = first;
    }
  }

  private static List<Patient> shuffled(ImageSet images, Strata strata, long seed) {
    List<Patient> patients = new ArrayList<>();
    Map<String, Patient> known = new HashMap<>();
    for (int i = 0; i < images.items().size(); i++) {
      LabelledRadiograph item = images.items().get(i);
      Patient patient = item.patient().map(known::get).orElse(null);
      if (patient == null) {
        patient = new Patient(strata.count(), i);
        patients.add(patient);
        if (item.patient().isPresent()) {
          known.put(item.patient().get(), patient);
        }
      }
      patient.images.add(item);
      for (int stratum : strata.of(i)) {
        patient.counts[stratum]++;
      }
    }
    // Random's sequence is part of its specification, so splits are the same on every Java.
    Random random = new Random(seed);
    for (int i = patients.size() - 1; i > 0; i--) {
      Collections.swap(patients, i, random.nextInt(i + 1));
    }
    return patients;
  }

  private static int[] total(int labels, List<Patient> patients) {
    int[] total = new int[labels];
    for (Patient patient : patients) {
      add(total, patient.counts, 1);
    }
    return total;
  }

  private static void add(int[] counts, int[] more, int sign) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += sign * more[i];
    }
  }

  /** The sum over labels of the squared distance between the label's share and the fraction. */
  private static double error(int[] counts, int[] total, double fraction) {
    double error = 0;
    for (int i = 0; i < counts.length; i++) {
      double distance = total[i] == 0 ? 0 : (double) counts[i] / total[i] - fraction;
      error += distance * distance;
    }
    return error;
  }

  private static int[] changed(int[] counts, Patient patient, boolean chosen) {
    int[] changed = counts.clone();
    add(changed, patient.counts, chosen ? -1 : 1);
    return changed;
  }

  /**
   * Moves a label that is in one subset only to the other, with the patient whose move costs the
   * shares least and removes no label from a subset.
   */
  private static int[] withBothSides(
      ImageSet images,
      Strata strata,
      List<Patient> patients,
      boolean[] chosen,
      int[] counts,
      int[] total,
      int label,
      double fraction) {
    int best = -1;
    double least = Double.POSITIVE_INFINITY;
    for (int i = 0; i < chosen.length; i++) {
      if (patients.get(i).counts[label] == 0) {
        continue;
      }
      int[] changed = changed(counts, patients.get(i), chosen[i]);
      boolean takes = false;
      for (int j = 0; j < total.length; j++) {
        boolean oneSided = total[j] > 0 && (changed[j] == 0 || changed[j] == total[j]);
        boolean wasOneSided = counts[j] == 0 || counts[j] == total[j];
        takes |= oneSided && (j == label || !wasOneSided);
      }
      double error = error(changed, total, fraction);
      if (!takes && error < least) {
        best = i;
        least = error;
      }
    }
    if (best < 0) {
      throw new IllegalArgumentException(
          images.name()
              + ": expected images of two patients or more (or two images without a patient) with "
              + named(images, strata, label)
              + ", so that both sides of the split have it, found too few. Add images, or leave"
              + (images.kind() == Annotation.Kind.LABEL ? " the class out." : " it out."));
    }
    int[] changed = changed(counts, patients.get(best), chosen[best]);
    chosen[best] = !chosen[best];
    return changed;
  }

  /**
   * A split by a choice of images.
   *
   * @param chosen those that are not for training
   * @param name of the chosen subset, for warnings
   */
  static PatientSplit split(ImageSet images, Set<LabelledRadiograph> chosen, String name)
      throws IOException {
    List<LabelledRadiograph> training = new ArrayList<>();
    List<LabelledRadiograph> validation = new ArrayList<>();
    Set<String> trainingPatients = new HashSet<>();
    Set<String> shared = new LinkedHashSet<>();
    int unknown = 0;
    for (LabelledRadiograph item : images.items()) {
      unknown += item.patient().isEmpty() ? 1 : 0;
      if (!chosen.contains(item)) {
        training.add(item);
        item.patient().ifPresent(trainingPatients::add);
      }
    }
    for (LabelledRadiograph item : images.items()) {
      if (chosen.contains(item)) {
        validation.add(item);
        item.patient().filter(trainingPatients::contains).ifPresent(shared::add);
      }
    }
    List<String> warnings = new ArrayList<>();
    int all = images.items().size();
    if (unknown > 0) {
      warnings.add(
          "The patients of "
              + (unknown == all ? "all " : unknown + " of ")
              + all
              + " images are unknown: a patient may be in both training and "
              + name
              + ", which makes "
              + name
              + " figures too good. Name a file of patients"
              + (Files.exists(images.root().resolve("patients.csv"))
                  ? ", such as the folder's own patients.csv."
                  : "."));
    }
    if (!shared.isEmpty()) {
      warnings.add(
          shared.size()
              + " patients have images in both training and "
              + name
              + ", which makes "
              + name
              + " figures too good. Split by patient instead.");
    }
    warnAboutCopies(images, training, validation, name, warnings);
    return new PatientSplit(training, validation, unknown == 0 && shared.isEmpty(), warnings);
  }

  /** Warns of files with the same bytes in both subsets. Only files of equal size are read. */
  private static void warnAboutCopies(
      ImageSet images,
      List<LabelledRadiograph> training,
      List<LabelledRadiograph> validation,
      String name,
      List<String> warnings)
      throws IOException {
    Map<Long, List<LabelledRadiograph>> bySize = new HashMap<>();
    for (LabelledRadiograph item : training) {
      bySize.computeIfAbsent(Files.size(item.file()), size -> new ArrayList<>()).add(item);
    }
    Map<Long, Map<String, LabelledRadiograph>> hashes = new HashMap<>();
    List<String> pairs = new ArrayList<>();
    for (LabelledRadiograph item : validation) {
      long size = Files.size(item.file());
      List<LabelledRadiograph> candidates = bySize.getOrDefault(size, List.of());
      if (candidates.isEmpty()) {
        continue;
      }
      Map<String, LabelledRadiograph> known = hashes.get(size);
      if (known == null) {
        known = new HashMap<>();
        for (LabelledRadiograph candidate : candidates) {
          known.putIfAbsent(candidate.contentHash(), candidate);
        }
        hashes.put(size, known);
      }
      LabelledRadiograph twin = known.get(item.contentHash());
      if (twin != null) {
        pairs.add(images.nameOf(twin) + " = " + images.nameOf(item));
      }
    }
    if (!pairs.isEmpty()) {
      int more = pairs.size() - NAMED_AT_MOST;
      warnings.add(
          pairs.size()
              + (" " + name)
              + (pairs.size() == 1 ? " image has" : " images have")
              + " the same content as a training image, which makes "
              + name
              + " figures too good: "
              + String.join(", ", pairs.subList(0, Math.min(pairs.size(), NAMED_AT_MOST)))
              + (more > 0 ? ", and " + more + " more" : "")
              + ". Remove the copies.");
    }
  }
}
