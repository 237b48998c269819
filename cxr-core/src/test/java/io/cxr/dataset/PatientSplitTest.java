package io.cxr.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PatientSplitTest {
  private static final List<String> LABELS = List.of("A", "B", "C");

  /** What a test does with a folder. */
  private interface Check {
    void run(ImageFolder folder) throws IOException;
  }

  /** Writes a folder of its own, because jqwik knows no TempDir. */
  private static void withFolder(Map<String, String> patientByFile, boolean known, Check check) {
    try {
      Path root = Files.createTempDirectory("split");
      try {
        TempTree tree = new TempTree(root);
        StringBuilder csv = new StringBuilder("file,label,patient\n");
        for (Map.Entry<String, String> entry : patientByFile.entrySet()) {
          String file = entry.getKey();
          tree.file(file);
          csv.append(file).append(',').append(file, 0, 1).append(',');
          csv.append(entry.getValue()).append('\n');
        }
        tree.file("p.csv", csv.toString());
        ImageFolder.Builder builder = ImageFolder.builder(root);
        check.run((known ? builder.patients(tree.path("p.csv")) : builder).open());
      } finally {
        try (Stream<Path> files = Files.walk(root)) {
          for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(file);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One label a patient: {@code sizes} has the images of each patient, labels take turns. */
  private static Map<String, String> patients(List<Integer> sizes, int labels) {
    Map<String, String> patientByFile = new HashMap<>();
    for (int patient = 0; patient < sizes.size(); patient++) {
      for (int image = 0; image < sizes.get(patient); image++) {
        String file = LABELS.get(patient % labels) + "/" + patient + "-" + image + ".png";
        patientByFile.put(file, "P" + patient);
      }
    }
    return patientByFile;
  }

  private static Set<String> patientsOf(List<LabelledRadiograph> items) {
    return items.stream().map(item -> item.patient().orElseThrow()).collect(Collectors.toSet());
  }

  private static long count(List<LabelledRadiograph> items, String label) {
    return items.stream().filter(item -> item.label().equals(label)).count();
  }

  private static void assertSplits(ImageFolder folder, PatientSplit split) {
    List<LabelledRadiograph> all = new ArrayList<>(split.training());
    all.addAll(split.validation());
    assertEquals(folder.items().size(), all.size());
    assertEquals(Set.copyOf(folder.items()), Set.copyOf(all));
    for (String label : folder.labels()) {
      assertTrue(count(split.training(), label) > 0);
      assertTrue(count(split.validation(), label) > 0);
    }
  }

  private static void assertPatientsApart(PatientSplit split) {
    Set<String> shared = new HashSet<>(patientsOf(split.training()));
    shared.retainAll(patientsOf(split.validation()));
    assertEquals(Set.of(), shared);
    assertTrue(split.patientsApart());
    assertEquals(List.of(), split.warnings());
  }

  @Property(tries = 60)
  void keepsPatientsApartAndSharesClose(
      @ForAll @Size(min = 6, max = 40) List<@IntRange(min = 1, max = 5) Integer> sizes,
      @ForAll @IntRange(min = 2, max = 3) int labels,
      @ForAll @DoubleRange(min = 0.05, max = 0.95) double fraction,
      @ForAll long seed) {
    withFolder(
        patients(sizes, labels),
        true,
        folder -> {
          PatientSplit split = PatientSplit.of(folder, fraction, seed);
          assertSplits(folder, split);
          assertPatientsApart(split);
          for (int label = 0; label < labels; label++) {
            int largest = 0;
            for (int patient = label; patient < sizes.size(); patient += labels) {
              largest = Math.max(largest, sizes.get(patient));
            }
            String name = LABELS.get(label);
            double expected = fraction * folder.countByLabel().get(name);
            double distance = Math.abs(count(split.validation(), name) - expected);
            assertTrue(distance <= largest, () -> name + ": " + distance);
          }
        });
  }

  @Property(tries = 40)
  void keepsPatientsOfSeveralLabelsApart(
      @ForAll @Size(min = 24, max = 60) List<@IntRange(min = 0, max = 11) Integer> owners,
      @ForAll long seed) {
    Map<String, String> patientByFile = new HashMap<>();
    for (int i = 0; i < owners.size(); i++) {
      patientByFile.put(LABELS.get(i % 3) + "/" + i + ".png", "P" + owners.get(i));
    }
    // Two patients of one label each make every label splittable.
    for (String label : LABELS) {
      patientByFile.put(label + "/x.png", "X" + label);
      patientByFile.put(label + "/y.png", "Y" + label);
    }
    withFolder(
        patientByFile,
        true,
        folder -> {
          PatientSplit split = PatientSplit.of(folder, 0.25, seed);
          assertSplits(folder, split);
          assertPatientsApart(split);
        });
  }

  @Property(tries = 20)
  void foldsMeasureOnEveryImageOnce(
      @ForAll @Size(min = 20, max = 40) List<@IntRange(min = 1, max = 4) Integer> sizes,
      @ForAll @IntRange(min = 2, max = 4) int folds,
      @ForAll long seed) {
    withFolder(
        patients(sizes, 2),
        true,
        folder -> {
          List<LabelledRadiograph> validated = new ArrayList<>();
          List<PatientSplit> splits = PatientSplit.folds(folder, folds, seed);
          assertEquals(folds, splits.size());
          for (PatientSplit split : splits) {
            assertSplits(folder, split);
            assertPatientsApart(split);
            validated.addAll(split.validation());
            for (String label : folder.labels()) {
              double expected = (double) folder.countByLabel().get(label) / folds;
              assertTrue(Math.abs(count(split.validation(), label) - expected) <= 4);
            }
          }
          assertEquals(folder.items().size(), validated.size());
          assertEquals(Set.copyOf(folder.items()), Set.copyOf(validated));
        });
  }

  @Test
  void isTheSameOnEveryMachine() {
    Map<String, String> patientByFile = new HashMap<>();
    for (int i = 0; i < 10; i++) {
      patientByFile.put("A/" + i + ".png", "P" + i / 2);
      patientByFile.put("B/" + i + ".png", "Q" + i);
    }
    withFolder(
        patientByFile,
        true,
        folder -> {
          // Written down when the algorithm was, to hold it fast: a model card gives only the seed.
          assertEquals(EXPECTED_SEED_1, names(folder, PatientSplit.of(folder, 0.2, 1)));
          assertEquals(EXPECTED_SEED_2, names(folder, PatientSplit.of(folder, 0.2, 2)));
        });
  }

  private static List<String> names(ImageFolder folder, PatientSplit split) {
    return split.validation().stream().map(folder::nameOf).toList();
  }

  @Test
  void dependsOnTheSeed() {
    withFolder(
        patients(Collections.nCopies(60, 1), 2),
        true,
        folder -> {
          assertEquals(PatientSplit.of(folder, 0.3, 5), PatientSplit.of(folder, 0.3, 5));
          assertNotEquals(PatientSplit.of(folder, 0.3, 5), PatientSplit.of(folder, 0.3, 6));
          assertEquals(PatientSplit.folds(folder, 3, 5), PatientSplit.folds(folder, 3, 5));
          assertNotEquals(PatientSplit.folds(folder, 3, 5), PatientSplit.folds(folder, 3, 6));
        });
  }

  @Test
  void warnsWhenPatientsAreUnknown() {
    withFolder(
        Map.of("A/1.png", "P1", "A/2.png", "P2", "B/3.png", "", "B/4.png", "P4"),
        true,
        folder -> {
          PatientSplit split = PatientSplit.of(folder, 0.5, 1);
          assertFalse(split.patientsApart());
          assertEquals(1, split.warnings().size());
          assertTrue(split.warnings().get(0).contains("1 of 4 images are unknown"));
        });
    withFolder(
        patients(List.of(1, 1, 1, 1), 2),
        false,
        folder -> {
          PatientSplit split = PatientSplit.of(folder, 0.5, 1);
          assertFalse(split.patientsApart());
          assertTrue(split.warnings().get(0).contains("all 4 images are unknown"));
        });
  }

  @Test
  void warnsOfCopiesOnBothSides(@TempDir Path root) throws IOException {
    TempTree tree = new TempTree(root);
    for (int i = 0; i < 12; i++) {
      tree.file("A/" + i + ".png", "copy").file("B/" + i + ".png", "c" + (100 + i));
    }
    PatientSplit split = PatientSplit.of(ImageFolder.open(root), 0.5, 1);
    String warning = split.warnings().get(1);
    assertTrue(warning.startsWith("6 validation images have the same content"), warning);
    for (LabelledRadiograph item : split.validation()) {
      String name = "= " + item.label() + "/" + item.file().getFileName();
      assertEquals(item.label().equals("A"), warning.contains(name), warning);
    }
    assertFalse(warning.contains("B/"), warning);
  }

  @Test
  void refusesALabelThatCannotBeOnBothSides() {
    withFolder(
        Map.of("A/1.png", "P1", "A/2.png", "P1", "B/3.png", "P3", "B/4.png", "P4"),
        true,
        folder -> {
          Exception error =
              assertThrows(IllegalArgumentException.class, () -> PatientSplit.of(folder, 0.5, 1));
          assertTrue(error.getMessage().contains("label A"), error::getMessage);
          assertThrows(IllegalArgumentException.class, () -> PatientSplit.folds(folder, 2, 1));
        });
  }

  @Test
  void refusesOneClassAndSenselessNumbers() {
    withFolder(
        patients(List.of(1, 1, 1, 1), 1),
        true,
        folder -> {
          Exception error =
              assertThrows(IllegalArgumentException.class, () -> PatientSplit.of(folder, 0.5, 1));
          assertTrue(error.getMessage().contains("two classes"), error::getMessage);
        });
    withFolder(
        patients(List.of(1, 1, 1, 1), 2),
        true,
        folder -> {
          for (double fraction : new double[] {0, 1, -0.1, Double.NaN}) {
            assertThrows(
                IllegalArgumentException.class, () -> PatientSplit.of(folder, fraction, 1));
          }
          assertThrows(IllegalArgumentException.class, () -> PatientSplit.folds(folder, 1, 1));
          assertThrows(IllegalArgumentException.class, () -> PatientSplit.folds(folder, 3, 1));
        });
  }

  @Test
  void splitsRealRadiographsByPatient() throws IOException {
    Path data = Path.of(System.getProperty("cxr.shared", "../shared"), "data/chest-xray-900");
    assumeTrue(
        Files.isDirectory(data),
        () -> "SKIPPED: the 900 real radiographs are missing at " + data + " (-Dcxr.shared=DIR)");
    ImageFolder folder =
        ImageFolder.builder(data)
            .classes("COVID19", "NORMAL")
            .patients(data.resolve("patients.csv"))
            .open();
    assertEquals(Map.of("COVID19", 100, "NORMAL", 400), folder.countByLabel());
    for (long seed = 1; seed <= 5; seed++) {
      PatientSplit split = PatientSplit.of(folder, 0.2, seed);
      assertSplits(folder, split);
      assertPatientsApart(split);
      assertEquals(20, count(split.validation(), "COVID19"));
      assertEquals(80, count(split.validation(), "NORMAL"));
    }
    assertEquals(5, PatientSplit.folds(folder, 5, 1).size());
  }

  private static final List<String> EXPECTED_SEED_1 =
      List.of("A/4.png", "A/5.png", "B/1.png", "B/9.png");
  private static final List<String> EXPECTED_SEED_2 =
      List.of("A/4.png", "A/5.png", "B/6.png", "B/9.png");

  /** Patients of two images or one, of labels and sources in turn. */
  private static ImageFolder manyPatients(TempTree tree, Path root) throws IOException {
    StringBuilder csv = new StringBuilder("file,label,patient,source\n");
    for (int i = 0; i < 60; i++) {
      String label = i % 2 == 0 ? "A" : "B";
      String file = label + "/" + i + ".png";
      tree.file(file);
      int patient = i < 30 ? i / 4 * 2 + i % 2 : i;
      csv.append(file + "," + label + ",p" + patient + ",s" + i / 20 + "\n");
    }
    tree.file("p.csv", csv.toString());
    return ImageFolder.builder(root).patients(tree.path("p.csv")).open();
  }

  @Test
  void testPatientsAreSetAsideFirst(@TempDir Path root) throws IOException {
    ImageFolder folder = manyPatients(new TempTree(root), root);
    PatientSplit split = new SplitPlan(0.25, 0.2, List.of(), 7).split(folder);
    assertEquals(60, split.training().size() + split.validation().size() + split.test().size());
    assertEquals(12, split.test().size(), 2);
    assertEquals(12, split.validation().size(), 2);
    assertTrue(split.patientsApart());
    assertEquals(List.of(), split.warnings());
    Set<String> others = patientsOf(split.training());
    others.addAll(patientsOf(split.validation()));
    assertTrue(Collections.disjoint(others, patientsOf(split.test())));
    assertTrue(Collections.disjoint(patientsOf(split.training()), patientsOf(split.validation())));
    // Whatever is chosen afterwards, and by the same rule as any split.
    assertEquals(split.test(), new SplitPlan(0.5, 0.2, List.of(), 7).split(folder).test());
    assertEquals(split.test(), PatientSplit.of(folder, 0.2, 7).validation());
    assertNotEquals(split.test(), new SplitPlan(0.25, 0.2, List.of(), 8).split(folder).test());
    assertEquals(List.of(), SplitPlan.of(0.25, 7).split(folder).test());
  }

  @Test
  void sourcesAreSetAsideWhole(@TempDir Path root) throws IOException {
    ImageFolder folder = manyPatients(new TempTree(root), root);
    PatientSplit split = new SplitPlan(0.25, 0, List.of("s2"), 7).split(folder);
    assertEquals(folder.items().stream().filter(PatientSplitTest::isOfTwo).toList(), split.test());
    assertTrue(split.training().stream().noneMatch(PatientSplitTest::isOfTwo));
    assertTrue(split.validation().stream().noneMatch(PatientSplitTest::isOfTwo));
    for (List<String> wrong : List.of(List.of("s9"), List.of("s0", "s1", "s2"))) {
      assertThrows(
          IllegalArgumentException.class, () -> new SplitPlan(0.25, 0, wrong, 7).split(folder));
    }
    assertThrows(IllegalArgumentException.class, () -> new SplitPlan(0.25, 0.1, List.of("s2"), 7));
  }

  private static boolean isOfTwo(LabelledRadiograph item) {
    return item.source().orElseThrow().equals("s2");
  }

  @Test
  void aCardsSettingsAreThePlan() {
    for (SplitPlan plan :
        List.of(
            SplitPlan.of(0.2, 3),
            new SplitPlan(0.25, 0.2, List.of(), 3),
            new SplitPlan(0.3, 0, List.of("a", "b c"), 3))) {
      assertEquals(Optional.of(plan), SplitPlan.of(plan.settings(), 3));
    }
    assertEquals(Optional.empty(), SplitPlan.of(Map.of("views", "2"), 3));
  }
}
