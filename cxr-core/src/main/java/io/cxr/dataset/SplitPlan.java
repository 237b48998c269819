package io.cxr.dataset;

import java.io.IOException;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How a data set is split into training, validation and test images. The same plan and folder give
 * the same split on every machine, so that a model's test images can be found again.
 *
 * <ol>
 *   <li>Test images are set aside before anything else: those below {@code test/} where the folder
 *       has it (or that a table calls test), else those of the sources that are named, else a share
 *       of the images, patients kept whole ({@link PatientSplit#of} with the seed).
 *   <li>Of what is left, the validation images are those below {@code val/} where the folder has
 *       it, else a share, patients kept whole.
 *   <li>All others are for training.
 * </ol>
 *
 * @param validation the share of validation images of those that are not set aside, above 0 and
 *     below 1
 * @param test the share of test images of all, from 0 to below 1
 * @param testSources the sources whose images are all for testing; empty for none
 * @param seed chooses among the possible splits
 */
public record SplitPlan(double validation, double test, List<String> testSources, long seed) {
  private static final String VALIDATION = "validationShare";
  private static final String TEST = "testShare";
  private static final String SOURCES = "testSources";

  /** Checks the values. */
  public SplitPlan {
    testSources = List.copyOf(testSources);
    if (!(validation > 0 && validation < 1)) {
      throw new IllegalArgumentException(
          "Validation: expected a fraction above 0 and below 1, found " + validation);
    }
    if (!(test >= 0 && test < 1)) {
      throw new IllegalArgumentException(
          "Test: expected a fraction from 0 to below 1, found " + test);
    }
    if (test > 0 && !testSources.isEmpty()) {
      throw new IllegalArgumentException(
          "Test: expected a share or sources, found both, " + test + " and " + testSources);
    }
  }

  /**
   * A plan without test images, but for those of a folder {@code test/}.
   *
   * @param validation the share of validation images, above 0 and below 1
   * @param seed chooses among the possible splits
   * @return the plan
   */
  public static SplitPlan of(double validation, long seed) {
    return new SplitPlan(validation, 0, List.of(), seed);
  }

  /**
   * Splits a data set.
   *
   * @param folder the images, of two labels or more
   * @return the split
   * @throws IOException if an image is unreadable
   * @throws IllegalArgumentException if a source is not there, the folder has test images of its
   *     own and others are asked for, or a label cannot be in training and validation
   */
  public PatientSplit split(ImageSet folder) throws IOException {
    Optional<PatientSplit> aside = aside(folder);
    ImageSet rest =
        aside.isPresent() ? folder.without(new HashSet<>(aside.get().validation())) : folder;
    Set<LabelledRadiograph> given = rest.assigned(Subset.VALIDATION);
    PatientSplit split =
        given.isEmpty()
            ? PatientSplit.of(rest, validation, seed)
            : PatientSplit.split(rest, given, "validation");
    return aside.isPresent() ? split.withTest(aside.get()) : split;
  }

  /** The test images as the validation images of a split. */
  private Optional<PatientSplit> aside(ImageSet folder) throws IOException {
    Set<LabelledRadiograph> given = folder.assigned(Subset.TEST);
    if (!given.isEmpty()) {
      if (!testSources.isEmpty()) {
        throw new IllegalArgumentException(
            folder.name()
                + ": expected no folder test beside test sources, found one. Name no sources, or"
                + " move its images into class folders.");
      }
      return Optional.of(PatientSplit.split(folder, given, "test"));
    }
    if (!testSources.isEmpty()) {
      return Optional.of(PatientSplit.split(folder, ofSources(folder), "test"));
    }
    if (test == 0) {
      return Optional.empty();
    }
    Set<LabelledRadiograph> chosen =
        new HashSet<>(PatientSplit.of(folder, test, seed).validation());
    return Optional.of(PatientSplit.split(folder, chosen, "test"));
  }

  private Set<LabelledRadiograph> ofSources(ImageSet folder) {
    Set<String> there = new LinkedHashSet<>();
    Set<LabelledRadiograph> chosen = new HashSet<>();
    for (LabelledRadiograph item : folder.items()) {
      item.source().ifPresent(there::add);
      if (item.source().filter(testSources::contains).isPresent()) {
        chosen.add(item);
      }
    }
    if (!there.containsAll(testSources)) {
      throw new IllegalArgumentException(
          "Test sources: expected some of "
              + there
              + ", found "
              + testSources
              + (there.isEmpty()
                  ? ". Give a table with the columns file,label,patient,source."
                  : "."));
    }
    if (there.size() == testSources.size()) {
      throw new IllegalArgumentException(
          "Test sources: expected one source or more to train on, found all for testing");
    }
    return chosen;
  }

  /**
   * The plan as settings of a model card.
   *
   * @return texts by name; the seed is the training's
   */
  public Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put(VALIDATION, String.valueOf(validation));
    if (test > 0) {
      settings.put(TEST, String.valueOf(test));
    }
    if (!testSources.isEmpty()) {
      settings.put(SOURCES, String.join(",", testSources));
    }
    return settings;
  }

  /**
   * The plan of a model card.
   *
   * @param settings those of its training
   * @param seed that of its training
   * @return the plan, or empty where the card has none
   */
  public static Optional<SplitPlan> of(Map<String, String> settings, long seed) {
    String share = settings.get(VALIDATION);
    if (share == null) {
      return Optional.empty();
    }
    String sources = settings.getOrDefault(SOURCES, "");
    return Optional.of(
        new SplitPlan(
            Double.parseDouble(share),
            Double.parseDouble(settings.getOrDefault(TEST, "0")),
            sources.isEmpty() ? List.of() : List.of(sources.split(",", -1)),
            seed));
  }
}
