package io.cxr.train.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelledRadiograph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The audit on 900 real chest X-rays, whose classes come from two sources. */
@Tag("slow")
class ChestXrayAuditTest {
  private static final Path DATA =
      Path.of(System.getProperty("cxr.shared", "../shared")).resolve("data/chest-xray-900");

  @BeforeEach
  void needsTheData() {
    assumeTrue(
        Files.isDirectory(DATA), "SKIPPED: no data in " + DATA + "; pass -Dcxr.shared=FOLDER");
  }

  @Test
  void covidAndNormalDifferBySource() throws IOException {
    ImageFolder folder = ImageFolder.builder(DATA).patients(DATA.resolve("patients.csv")).open();
    ShortcutReport report = ShortcutAudit.of(folder).run();
    assertTrue(report.found());
    assertTrue(report.verdict().contains("COVID19 and NORMAL differ by source"), report.verdict());
    double covid = report.pair(Probe.BORDERS, "COVID19", "NORMAL").figures().auroc();
    double pneumonia = report.pair(Probe.BORDERS, "NORMAL", "PNEUMONIA").figures().auroc();
    // Measured: 0.89 and 0.78; scikit-learn, with other folds, gives 0.91 and 0.78.
    assertEquals(0.90, covid, 0.03);
    assertEquals(0.78, pneumonia, 0.03);
    assertEquals(Separation.CLEAR, report.pair(Probe.BORDERS, "NORMAL", "PNEUMONIA").separation());
    List<CopyPair> copies = report.copies().orElseThrow();
    // The second is one radiograph cropped twice and listed under two patients.
    assertEquals(
        List.of(
            new CopyPair(
                "NORMAL/normal-0207.jpg",
                "NORMAL/normal-0208.jpg",
                CopyPair.Kind.EXACT,
                0,
                false,
                false,
                false),
            new CopyPair(
                "COVID19/covid19-0056.jpg",
                "COVID19/covid19-0058.jpg",
                CopyPair.Kind.NEAR,
                2,
                true,
                false,
                false)),
        copies);
  }

  /** One hospital's healthy patients, put into two classes by lot: there is nothing to find. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void normalImagesOfTwoPretendedClassesAreNotToldApart(long seed, @TempDir Path folder)
      throws IOException {
    ImageFolder all = ImageFolder.builder(DATA).patients(DATA.resolve("patients.csv")).open();
    Map<String, List<LabelledRadiograph>> patients = new TreeMap<>();
    for (LabelledRadiograph item : all.items()) {
      if (item.label().equals("NORMAL")) {
        patients.computeIfAbsent(item.patient().orElseThrow(), name -> new ArrayList<>()).add(item);
      }
    }
    Random random = new Random(seed);
    List<String> lines = new ArrayList<>(List.of("file,label,patient"));
    for (String label : List.of("HEADS", "TAILS")) {
      Files.createDirectory(folder.resolve(label));
    }
    for (Map.Entry<String, List<LabelledRadiograph>> patient : patients.entrySet()) {
      String label = random.nextBoolean() ? "HEADS" : "TAILS";
      for (LabelledRadiograph item : patient.getValue()) {
        String name = label + "/" + item.file().getFileName();
        Files.copy(item.file(), folder.resolve(name));
        lines.add(name + "," + label + "," + patient.getKey());
      }
    }
    Files.write(folder.resolve("patients.csv"), lines);
    ShortcutReport report =
        ShortcutAudit.quick(
            ImageFolder.builder(folder).patients(folder.resolve("patients.csv")).open(), 0);
    assertFalse(report.found(), report.format());
    for (ProbeFigures figures : report.pairs()) {
      assertFalse(figures.separation().tellsApart(), report.format());
    }
  }
}
