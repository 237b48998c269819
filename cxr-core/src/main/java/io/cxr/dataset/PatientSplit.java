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

/**
 * A split of a data set into training, validation and test images by patient. A split by image
 * instead of by patient leads to optimistic metrics, because the model is evaluated on patients
 * that it was trained on.
 *
 * <p>The lists are in the folder's order.
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
   * Splits a folder by patient, stratified by label. A split that the folder's layout defines is
   * ignored; see {@link SplitPlan}.
   *
   * <p>A patient's images stay together whatever their labels; an image without a patient counts as
   * a patient of its own. The same folder, fraction and seed give the same split on every machine:
   * patients in the folder's order are shuffled (Fisher and Yates, {@link Random} seeded with the
   * seed); then one after the other changes sides wherever that lessens the sum over labels of
   * {@code (share - fraction)^2}, where {@code share} is the fraction of the label's images that is
   * validation, until no change does. So a label's share misses the fraction by less than the
   * images of one patient, unless patients of several labels or very few patients stand in the way.
   *
   * @param folder the images, of two labels or more
   * @param validationFraction the fraction of validation images, above 0 and below 1
   * @param seed chooses among the possible splits
   * @return the split, with at least one image of every label in both subsets
   * @throws IOException if an image is unreadable
   * @throws IllegalArgumentException if a label cannot be in both subsets
   */
  public static PatientSplit of(ImageFolder folder, double validationFraction, long seed)
      throws IOException {
    if (!(validationFraction > 0 && validationFraction < 1)) {
      throw new IllegalArgumentException(
          "Validation: expected a fraction above 0 and below 1, found " + validationFraction);
    }
    checkLabels(folder);
    List<Patient> patients = shuffled(folder, seed);
    int[] total = total(folder.labels().size(), patients);
    boolean[] chosen = new boolean[patients.size()];
    int[] counts = new int[total.length];
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
      if (counts[label] == 0 || counts[label] == total[label]) {
        counts = withBothSides(folder, patients, chosen, counts, total, label, validationFraction);
      }
    }
    Set<LabelledRadiograph> validation = new HashSet<>();
    for (int i = 0; i < chosen.length; i++) {
      if (chosen[i]) {
        validation.addAll(patients.get(i).images);
      }
    }
    return split(folder, validation, "validation");
  }

  /**
   * Splits a folder for cross-validation: every image is validation in exactly one of the splits.
   * Patients and labels are treated as {@link #of} does: patients are shuffled by the seed, and
   * from the one with most images down each goes to the fold that has least of its labels.
   *
   * @param folder the images, of two labels or more
   * @param folds how many splits, at least 2
   * @param seed chooses among the possible splits
   * @return one split a fold, each with every label in both subsets
   * @throws IOException if an image is unreadable
   * @throws IllegalArgumentException if a label cannot be in every fold
   */
  public static List<PatientSplit> folds(ImageFolder folder, int folds, long seed)
      throws IOException {
    if (folds < 2) {
      throw new IllegalArgumentException("Folds: expected at least 2, found " + folds);
    }
    checkLabels(folder);
    List<Patient> patients = shuffled(folder, seed);
    patients.sort((a, b) -> Integer.compare(b.images.size(), a.images.size()));
    int[] total = total(folder.labels().size(), patients);
    int[][] counts = new int[folds][total.length];
    List<Set<LabelledRadiograph>> members = new ArrayList<>();
    for (int fold = 0; fold < folds; fold++) {
      members.add(new HashSet<>());
    }
    for (Patient patient : patients) {
      int best = 0;
      double least = Double.POSITIVE_INFINITY;
      for (int fold = 0; fold < folds; fold++) {
        double load = 0;
        for (int label = 0; label < total.length; label++) {
          load += (double) counts[fold][label] * patient.counts[label] / total[label];
        }
        if (load < least - 1e-12
            || (load < least + 1e-12 && members.get(fold).size() < members.get(best).size())) {
          best = fold;
          least = load;
        }
      }
      add(counts[best], patient.counts, 1);
      members.get(best).addAll(patient.images);
    }
    for (int label = 0; label < total.length; label++) {
      for (int[] count : counts) {
        if (count[label] == 0 || count[label] == total[label]) {
          throw new IllegalArgumentException(
              folder.name()
                  + ": expected at least "
                  + folds
                  + " patients (or images without a patient) with the label "
                  + folder.labels().get(label)
                  + ", one per fold, found too few. Ask for fewer folds, or add images.");
        }
      }
    }
    List<PatientSplit> splits = new ArrayList<>();
    for (Set<LabelledRadiograph> validation : members) {
      splits.add(split(folder, validation, "validation"));
    }
    return List.copyOf(splits);
  }

  private static void checkLabels(ImageFolder folder) {
    if (folder.labels().size() < 2) {
      throw new IllegalArgumentException(
          folder.name()
              + ": expected two classes or more to tell apart, found only "
              + folder.labels());
    }
  }

  /** A patient's images, and how many there are of each label. */
  private static final class Patient {
    private final List<LabelledRadiograph> images = new ArrayList<>();
    private final int[] counts;

    private Patient(int labels) {
      counts = new int[labels];
    }
  }

  private static List<Patient> shuffled(ImageFolder folder, long seed) {
    List<Patient> patients = new ArrayList<>();
    Map<String, Patient> known = new HashMap<>();
    for (LabelledRadiograph item : folder.items()) {
      Patient patient = item.patient().map(known::get).orElse(null);
      if (patient == null) {
        patient = new Patient(folder.labels().size());
        patients.add(patient);
        if (item.patient().isPresent()) {
          known.put(item.patient().get(), patient);
        }
      }
      patient.images.add(item);
      patient.counts[folder.labels().indexOf(item.label())]++;
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
      double distance = (double) counts[i] / total[i] - fraction;
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
      ImageFolder folder,
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
        boolean oneSided = changed[j] == 0 || changed[j] == total[j];
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
          folder.name()
              + ": expected images of two patients or more (or two images without a patient) with"
              + " the label "
              + folder.labels().get(label)
              + ", so that both sides of the split have it, found too few. Add images, or leave"
              + " the class out.");
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
  static PatientSplit split(ImageFolder folder, Set<LabelledRadiograph> chosen, String name)
      throws IOException {
    List<LabelledRadiograph> training = new ArrayList<>();
    List<LabelledRadiograph> validation = new ArrayList<>();
    Set<String> trainingPatients = new HashSet<>();
    Set<String> shared = new LinkedHashSet<>();
    int unknown = 0;
    for (LabelledRadiograph item : folder.items()) {
      unknown += item.patient().isEmpty() ? 1 : 0;
      if (!chosen.contains(item)) {
        training.add(item);
        item.patient().ifPresent(trainingPatients::add);
      }
    }
    for (LabelledRadiograph item : folder.items()) {
      if (chosen.contains(item)) {
        validation.add(item);
        item.patient().filter(trainingPatients::contains).ifPresent(shared::add);
      }
    }
    List<String> warnings = new ArrayList<>();
    int images = folder.items().size();
    if (unknown > 0) {
      warnings.add(
          "The patients of "
              + (unknown == images ? "all " : unknown + " of ")
              + images
              + " images are unknown: a patient may be in both training and "
              + name
              + ", which makes "
              + name
              + " figures too good. Name a file of patients"
              + (Files.exists(folder.root().resolve("patients.csv"))
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
    warnAboutCopies(folder, training, validation, name, warnings);
    return new PatientSplit(training, validation, unknown == 0 && shared.isEmpty(), warnings);
  }

  /** Warns of files with the same bytes in both subsets. Only files of equal size are read. */
  private static void warnAboutCopies(
      ImageFolder folder,
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
        pairs.add(folder.nameOf(twin) + " = " + folder.nameOf(item));
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
