package io.cxr.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.radiograph.RadiographFolder.Omission;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class LabelTableTest {
  private static final String NIH =
      "Image Index,Finding Labels,Follow-up #,Patient ID,Patient Age,View Position\n";

  @TempDir private Path folder;
  private TempTree tree;

  @BeforeEach
  void tree() {
    tree = new TempTree(folder);
  }

  private LabelTable.Builder table(String text) throws IOException {
    return LabelTable.builder(Files.writeString(folder.resolve("images.csv"), text));
  }

  private static String message(Executable run) {
    return String.valueOf(assertThrows(IllegalArgumentException.class, run).getMessage());
  }

  @Test
  void readsOurOwnTablesWithOneLabelEach() throws IOException {
    tree.file("COVID19/a.jpg").file("NORMAL/b.jpg").file("NORMAL/c.jpg");
    LabelTable table =
        table(
                "\uFEFF"
                    + """
                    file,label,patient,source,view,licence
                    COVID19/a.jpg,COVID19,p1,cohen,PA,"CC BY, 4.0"
                    ./NORMAL/b.jpg,NORMAL,p2,rsna,AP,
                    NORMAL/c.jpg,NORMAL,,rsna,PA,
                    """
                        .replace("\n", "\r\n"))
            .open();
    assertEquals(Annotation.Kind.LABEL, table.kind());
    assertEquals(List.of("COVID19", "NORMAL"), table.labels());
    assertEquals(Map.of("COVID19", 1, "NORMAL", 2), table.countByLabel());
    assertEquals("images", table.name());
    LabelledRadiograph first = table.items().get(0);
    assertEquals("COVID19", first.label());
    assertEquals(Optional.of("p1"), first.patient());
    assertEquals(Optional.of("cohen"), first.source());
    assertEquals("NORMAL/b.jpg", table.nameOf(table.items().get(1)));
    assertEquals(Optional.empty(), table.items().get(2).patient());
    assertEquals(List.of(), table.notes());

    LabelTable.Builder some = LabelTable.builder(folder.resolve("images.csv"));
    LabelTable normal = some.classes(List.of("NORMAL")).views(List.of("PA")).open();
    assertEquals(1, normal.items().size());
    assertTrue(normal.notes().toString().contains("AP=1"), normal.notes()::toString);
    assertTrue(normal.notes().toString().contains("COVID19 (1)"), normal.notes()::toString);
  }

  @Test
  void readsListsOfFindingsAsChestXray14HasThem() throws IOException {
    tree.file("images_001/images/1_0.png").file("images_002/images/2_0.png");
    tree.file("images_002/images/2_1.png");
    String text =
        NIH
            + "1_0.png,Mass|Effusion,0,1,58,PA\n"
            + "2_0.png,No Finding,0,2,60,AP\n"
            + "2_1.png,Hernia,1,2,61,PA\n";
    LabelTable table = table(text).open();
    assertEquals(Annotation.Kind.FINDINGS, table.kind());
    assertEquals(List.of("Effusion", "Hernia", "Mass"), table.labels());
    FindingStates first = table.items().get(0).findings();
    assertEquals(List.of("Effusion", "Mass"), first.in(LabelState.PRESENT));
    assertEquals(List.of("Hernia"), first.in(LabelState.ABSENT));
    assertEquals(3, table.items().get(1).findings().in(LabelState.ABSENT).size());
    assertEquals(Optional.of("2"), table.items().get(2).patient());
    assertEquals("images_002/images/2_1.png", table.nameOf(table.items().get(2)));

    LabelTable some = table(text).findings(List.of("Mass", "Effusion")).open();
    assertEquals(List.of("Mass", "Effusion"), some.labels());
    assertTrue(some.notes().toString().contains("Hernia (1)"), some.notes()::toString);
    LabelTable lacking = table(text).findings(List.of("Mass", "Edema")).open();
    assertTrue(lacking.notes().toString().contains("No row lists [Edema]"));
    assertEquals(LabelState.ABSENT, lacking.items().get(1).findings().state("Edema"));
    // As exclusive labels, whole fields count.
    LabelTable exclusive = table(text).classes(List.of("No Finding", "Hernia")).open();
    assertEquals(Annotation.Kind.LABEL, exclusive.kind());
    assertEquals(Map.of("No Finding", 1, "Hernia", 1), exclusive.countByLabel());
  }

  @Test
  void whatAListLeavesBlankIsNamed() throws IOException {
    tree.file("a.png").file("b.png");
    String text = "file,labels\na.png,Mass\nb.png,\n";
    LabelTable unknown = table(text).open();
    assertEquals(LabelState.UNKNOWN, unknown.items().get(1).findings().state("Mass"));
    assertTrue(unknown.notes().toString().contains("count as unknown"));
    LabelTable absent = table(text).blank(LabelState.ABSENT).open();
    assertEquals(LabelState.ABSENT, absent.items().get(1).findings().state("Mass"));
    assertThrows(IllegalArgumentException.class, () -> table(text).blank(LabelState.PRESENT));
  }

  @Test
  void readsColumnsOfFindingsAsChexpertHasThem() throws IOException {
    // The table's folder is in its paths.
    tree.file("small/train/patient00001/study1/view1.jpg");
    tree.file("small/train/patient00002/study1/view1.jpg");
    tree.file("small/train/patient00002/study2/view1.jpg");
    Path csv =
        Files.writeString(
            folder.resolve("small/train.csv"),
            """
            Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Edema,Pleural Effusion
            small/train/patient00001/study1/view1.jpg,F,68,Frontal,AP,1.0,,0.0
            small/train/patient00002/study1/view1.jpg,M,70,Frontal,PA,,-1.0,1.0
            small/train/patient00002/study2/view1.jpg,M,70,Lateral,,,1,
            """);
    LabelTable table = LabelTable.open(csv);
    assertEquals(List.of("No Finding", "Edema", "Pleural Effusion"), table.labels());
    FindingStates second = table.items().get(1).findings();
    assertEquals(LabelState.UNKNOWN, second.state("No Finding"));
    assertEquals(LabelState.UNKNOWN, second.state("Edema"));
    assertEquals(LabelState.PRESENT, second.state("Pleural Effusion"));
    assertEquals(Optional.of("patient00002"), table.items().get(2).patient());
    assertTrue(table.notes().toString().contains("1 fields are -1"), table.notes()::toString);
    assertTrue(table.notes().toString().contains("4 fields are blank"), table.notes()::toString);
    LabelTable ones =
        LabelTable.builder(csv)
            .findings(List.of("Edema"))
            .uncertain(LabelState.PRESENT)
            .blank(LabelState.ABSENT)
            .views(List.of("Frontal"))
            .open();
    assertEquals(List.of("Edema"), ones.labels());
    assertEquals(LabelState.ABSENT, ones.items().get(0).findings().state(0));
    assertEquals(LabelState.PRESENT, ones.items().get(1).findings().state(0));
    assertEquals(2, ones.items().size());
  }

  @Test
  void readsMeasurements() throws IOException {
    tree.file("a.png").file("b.png");
    Map<String, String> units = new LinkedHashMap<>();
    units.put("severity", "{score}");
    units.put("angle", "deg");
    LabelTable table =
        table("scan,severity,angle,who\na.png,3.5,-2e1,p\nb.png,,7,q\n")
            .columns(Map.of("file", "scan", "patient", "who"))
            .measurements(units)
            .open();
    assertEquals(Annotation.Kind.VALUES, table.kind());
    assertEquals(List.of("severity", "angle"), table.labels());
    assertEquals(units, table.units());
    assertEquals(OptionalDouble.of(-20), table.items().get(0).measured().value(1));
    assertEquals(OptionalDouble.empty(), table.items().get(1).measured().value(0));
    assertEquals(Map.of("severity", 1, "angle", 2), table.countByLabel());
    String wrong =
        message(
            () -> table("file,severity\na.png,3,5\n").measurements(Map.of("severity", "1")).open());
    assertTrue(wrong.contains("line 2") && wrong.contains("2 fields"), wrong);
    String word =
        message(
            () ->
                table("file,severity\na.png,high\n").measurements(Map.of("severity", "1")).open());
    assertTrue(word.contains("line 2") && word.contains("'high'"), word);
  }

  @Test
  void subsetsOfATableAreASplit() throws IOException {
    StringBuilder text = new StringBuilder("file,label,subset\n");
    for (int i = 0; i < 12; i++) {
      tree.file(i + ".png");
      text.append(i + ".png," + (i % 2 == 0 ? "A" : "B") + ",");
      text.append(i < 6 ? "train" : i < 8 ? "valid" : "TEST").append('\n');
    }
    PatientSplit split = SplitPlan.of(0.5, 1).split(table(text.toString()).open());
    assertEquals(6, split.training().size());
    assertEquals(2, split.validation().size());
    assertEquals(4, split.test().size());
  }

  @Test
  void everyWrongRowIsNamedByItsLine() throws IOException {
    tree.file("a.png").file("b.png").file("x/twice.png").file("y/twice.png");
    String found =
        message(
            () ->
                table(
                        NIH
                            + "a.png,Mass,0,1,58,PA\n"
                            + "a.png,Hernia,0,1,58,PA\n"
                            + "b.png,Mass|No Finding,0,1,58,PA\n"
                            + "gone.png,Mass,0,1,58,PA\n"
                            + "twice.png,Mass,0,1,58,PA\n"
                            + "../out.png,Mass,0,1,58,PA\n"
                            + ",Mass,0,1,58,PA\n"
                            + "b.png,Mass||Edema,0,1,58,PA\n")
                    .open());
    assertTrue(found.contains("found 7 that cannot"), found);
    assertTrue(found.contains("line 3: expected each file once"), found);
    assertTrue(found.contains("which line 2 has"), found);
    assertTrue(found.contains("line 4: expected No Finding alone"), found);
    assertTrue(found.contains("line 5: expected the file gone.png"), found);
    assertTrue(found.contains("line 6") && found.contains("found several"), found);
    assertTrue(found.contains("line 7: expected a file below"), found);
    assertTrue(found.contains("line 8: expected a file, found a blank"), found);
    assertFalse(found.contains("58"), found);

    StringBuilder many = new StringBuilder("file,Edema\n");
    for (int i = 0; i < 30; i++) {
      many.append("a.png,maybe\n");
    }
    String cut = message(() -> table(many.toString()).findings(List.of("Edema")).open());
    assertTrue(cut.contains("found 30 that cannot") && cut.contains("and 20 more"), cut);
  }

  @Test
  void missingFilesCanBeLeftOut() throws IOException {
    tree.file("a.png");
    String text = "file,label\na.png,A\nb.png,B\n";
    LabelTable table = table(text).leaveOutMissing().open();
    assertEquals(List.of("A"), table.labels().subList(0, 1));
    assertEquals(1, table.items().size());
    assertEquals(1, table.leftOut().get(Omission.MISSING).size());
    assertTrue(table.notes().toString().contains("1 rows"), table.notes()::toString);
  }

  @Test
  void headersThatCannotBeAreRefused() throws IOException {
    tree.file("a.png");
    assertTrue(message(() -> table("a.png,A\n").open()).contains("file=COLUMN"));
    assertTrue(message(() -> table("file,age\na.png,3\n").open()).contains("label=COLUMN"));
    assertTrue(message(() -> table("").open()).contains("empty"));
    assertTrue(message(() -> table("file,label\n").open()).contains("rows of images"));
    assertTrue(
        message(() -> table("file,label\na.png,A\n").columns(Map.of("film", "file")).open())
            .contains("'film'"));
    assertTrue(
        message(() -> table("file,label\na.png,A\n").columns(Map.of("source", "site")).open())
            .contains("'site'"));
    assertTrue(
        message(() -> table("file,label\na.png,A\n").views(List.of("PA")).open())
            .contains("view=COLUMN"));
    assertThrows(NoSuchFileException.class, () -> LabelTable.open(folder.resolve("nothing.csv")));
    Path latin =
        Files.write(
            folder.resolve("latin.csv"),
            "file,label\na.png,é".getBytes(StandardCharsets.ISO_8859_1));
    assertTrue(message(() -> LabelTable.open(latin)).contains("UTF-8"));
  }

  @Test
  void withoutKeepsEachLabel() throws IOException {
    tree.file("a.png").file("b.png");
    LabelTable table = table("file,labels\na.png,Mass\nb.png,Edema|Mass\n").open();
    LabelledRadiograph both = table.items().get(1);
    assertTrue(message(() -> table.without(Set.of(both))).contains("Edema"));
    assertEquals(1, table.without(Set.of(table.items().get(0))).items().size());
    assertTrue(message(() -> table.requireLabels("Audit")).startsWith("Audit: expected"));
    assertThrows(IllegalStateException.class, both::label);
    assertThrows(IllegalStateException.class, both::measured);
    assertFalse(both.toString().contains("patient"), both::toString);
  }

  /** RFC 4180: whatever is quoted comes back, line ends, quotes and commas among it. */
  @Property(tries = 100)
  void quotedFieldsComeBack(@ForAll @Size(min = 1, max = 5) List<@Size(max = 6) String> fields)
      throws IOException {
    List<String> clean =
        fields.stream()
            .map(
                field ->
                    "."
                        + new String(field.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8)
                        + ".")
            .toList();
    Path csv = Files.createTempFile("quoted", ".csv");
    try {
      String line =
          String.join(",", clean.stream().map(f -> '"' + f.replace("\"", "\"\"") + '"').toList());
      Files.writeString(csv, line + "\r\n" + line);
      try (CsvRows rows = CsvRows.open(csv)) {
        for (int i = 0; i < 2; i++) {
          CsvRows.Row row = rows.next();
          assertEquals(clean, row == null ? List.of() : row.fields());
        }
        assertEquals(null, rows.next());
      }
    } finally {
      Files.delete(csv);
    }
  }
}
