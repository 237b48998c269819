package io.cxr.workbench.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dataset.Annotation;
import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.model.Task;
import io.cxr.phantom.FindingsPhantom;
import io.cxr.phantom.SyntheticChestPhantom;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataSetsTest {
  @TempDir Path root;

  @Test
  void foldersOfClassesAndTablesAreFoundWhereTheyAre() throws Exception {
    SyntheticChestPhantom.writeFolder(root.resolve("classes"), 2, 1);
    FindingsPhantom.writeTable(root.resolve("table"), 30, 64, 1);
    Files.createDirectories(root.resolve("empty").resolve("CLEAR"));
    Files.writeString(root.resolve("notes.txt"), "none");
    DataSets sets = new DataSets(List.of(root));

    List<DataSets.Listed> found = sets.list();
    assertEquals(
        List.of("classes", "table/Data_Entry"),
        found.stream().map(each -> each.set().name()).toList());
    DataSets.Listed classes = found.get(0);
    assertEquals(Map.of("CLEAR", 2, "OPACITY", 2), classes.labels());
    assertTrue(classes.set().open().items().get(0).patient().isPresent(), "patients are known");
    assertEquals(Annotation.Kind.FINDINGS, found.get(1).set().open().kind());
    assertEquals(30, found.get(1).images());
    assertEquals(classes, sets.find(classes.id()).orElseThrow());
    assertFalse(classes.id().contains("/"));
    assertTrue(sets.find("../" + classes.id()).isEmpty());

    // A root that is a data set itself is one, and what lies in it is its parts.
    assertEquals(
        List.of("classes"),
        new DataSets(List.of(root.resolve("classes")))
            .list().stream().map(each -> each.set().name()).toList());

    // A change is seen.
    SyntheticChestPhantom.writeFolder(root.resolve("later"), 1, 1);
    assertEquals(3, sets.list().size());
  }

  private List<String> names(Path... roots) {
    return new DataSets(List.of(roots)).list().stream().map(each -> each.set().name()).toList();
  }

  @Test
  void twoDataSetsBelowAFolderAreTwo() throws Exception {
    SyntheticChestPhantom.writeFolder(root.resolve("bergen"), 2, 1);
    SyntheticChestPhantom.writeFolder(root.resolve("aachen"), 3, 2);
    List<DataSets.Listed> found = new DataSets(List.of(root)).list();
    assertEquals(List.of("aachen", "bergen"), found.stream().map(e -> e.set().name()).toList());
    assertEquals(Map.of("CLEAR", 3, "OPACITY", 3), found.get(0).labels());
    assertEquals(Map.of("CLEAR", 2, "OPACITY", 2), found.get(1).labels());
    // With subsets of its own, one is still one; and one that is named twice is there once.
    Path split = root.resolve("split");
    SyntheticChestPhantom.writeFolder(split.resolve("train"), 2, 3);
    SyntheticChestPhantom.writeFolder(split.resolve("test"), 2, 4);
    for (String subset : List.of("train", "test")) {
      Files.delete(split.resolve(subset).resolve("patients.csv"));
    }
    assertEquals(List.of("aachen", "bergen", "split"), names(root));
    assertEquals(List.of("split"), names(split));
    assertEquals(List.of("aachen", "bergen", "split"), names(root.resolve("aachen"), root));
  }

  @Test
  void classesWithFoldersOfPatientsAreOneDataSetWhereThatIsKnown() throws Exception {
    Path phantoms = root.resolve("phantoms");
    SyntheticChestPhantom.writeFolder(phantoms, 2, 1);
    Path set = Files.createDirectories(root.resolve("all").resolve("hospital"));
    for (String label : List.of("CLEAR", "OPACITY")) {
      try (Stream<Path> films = Files.list(phantoms.resolve(label))) {
        for (Path film : films.toList()) {
          Path patient = set.resolve(label).resolve("of-" + film.getFileName());
          Files.move(film, Files.createDirectories(patient).resolve("film.png"));
        }
      }
    }
    assertEquals(List.of("hospital"), names(set.getParent()));
    List<String> lines = new ArrayList<>(List.of("file,label,patient"));
    for (LabelledRadiograph film : ImageFolder.open(set).items()) {
      Path file = set.relativize(film.file());
      lines.add(file + "," + film.label() + "," + file.getName(1));
    }
    Files.write(set.resolve("patients.csv"), lines);
    assertEquals(List.of("hospital"), names(set), "the folder itself, its patients known");
    assertEquals(
        Map.of("CLEAR", 2, "OPACITY", 2), new DataSets(List.of(set)).list().get(0).labels());
  }

  @Test
  void aModelIsAskedAboutTheLabelsThatItKnows() throws Exception {
    SyntheticChestPhantom.writeFolder(root, 2, 1);
    DataSet set = new DataSet("phantoms", root, null);
    ImageSet known = set.openFor(new Task.ExclusiveLabels(List.of("OPACITY", "OTHER")));
    assertEquals(List.of("OPACITY"), known.labels());
    Task strange = new Task.ExclusiveLabels(List.of("A", "B"));
    String message =
        assertThrows(IllegalArgumentException.class, () -> set.openFor(strange)).getMessage();
    assertTrue(message.contains("[A, B]") && message.contains("CLEAR"), message);
    Task findings = new Task.Findings(List.of("Mass"));
    assertThrows(IllegalArgumentException.class, () -> set.openFor(findings));
    assertEquals(set, DataSet.fromJson(set.toJson()));
  }
}
