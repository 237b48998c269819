package io.cxr.dataset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.radiograph.RadiographFolder.Omission;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageFolderTest {
  @TempDir Path root;
  private TempTree tree;

  @BeforeEach
  void prepare() {
    tree = new TempTree(root);
  }

  private List<String> names(ImageFolder folder) {
    return folder.items().stream().map(folder::nameOf).toList();
  }

  private static void assertMentions(Throwable error, String... parts) {
    for (String part : parts) {
      assertTrue(error.getMessage().contains(part), () -> part + " in: " + error.getMessage());
    }
  }

  private static IllegalArgumentException refused(ImageFolder.Builder builder) {
    return assertThrows(IllegalArgumentException.class, builder::open);
  }

  @Test
  void listsOneFolderAClassInAlphabeticalOrder() throws IOException {
    tree.file("NORMAL/b.png")
        .file("NORMAL/a.JPG")
        .file("COVID19/site2/c.TIFF")
        .file("COVID19/site1/z.jpeg")
        .file("COVID19/readme.txt")
        .file("COVID19/.hidden.png")
        .file("COVID19/.cache/x.png")
        .file(".git/x.png")
        .file("notes.png");
    ImageFolder folder = ImageFolder.open(root);
    assertEquals(List.of("COVID19", "NORMAL"), folder.labels());
    assertEquals(
        List.of("COVID19/site1/z.jpeg", "COVID19/site2/c.TIFF", "NORMAL/a.JPG", "NORMAL/b.png"),
        names(folder));
    assertEquals(Map.of("COVID19", 2, "NORMAL", 2), folder.countByLabel());
    assertEquals(List.of("COVID19", "NORMAL"), List.copyOf(folder.countByLabel().keySet()));
    assertEquals(root.getFileName().toString(), folder.name());
    assertEquals(Set.of(), folder.assigned(Subset.TEST));
    assertTrue(folder.items().stream().allMatch(item -> item.patient().isEmpty()));
  }

  @Test
  void saysWhatItLeavesOutAndGoesThroughLinks() throws IOException {
    tree.file("A/1.png").file("A/._1.png").file("A/notes.txt").file("B/2.png");
    Path broken = Files.createSymbolicLink(root.resolve("A/3.png"), Path.of("/nonexistent"));
    Path loop = Files.createSymbolicLink(root.resolve("B/loop"), Path.of("../B"));
    Files.createSymbolicLink(root.resolve("around"), root);
    ImageFolder folder = ImageFolder.open(root);
    assertEquals(List.of("A", "B"), folder.labels());
    assertEquals(List.of("A/1.png", "B/2.png"), names(folder));
    assertEquals(
        Map.of(
            Omission.RESOURCE_FORK, List.of(root.resolve("A/._1.png")),
            Omission.NO_RADIOGRAPH, List.of(root.resolve("A/notes.txt")),
            Omission.BROKEN_LINK, List.of(broken),
            Omission.LINK_LOOP, List.of(loop)),
        folder.leftOut());
    assertEquals(folder.leftOut(), folder.without(Set.of()).leftOut());
  }

  @Test
  void takesTheClassesAskedForInTheirOrder() throws IOException {
    tree.file("A/1.png").file("B/1.png").file("C/1.png").folder("EMPTY");
    ImageFolder folder = ImageFolder.builder(root).classes("C", "A").open();
    assertEquals(List.of("C", "A"), folder.labels());
    assertEquals(List.of("C/1.png", "A/1.png"), names(folder));
  }

  @Test
  void readsTrainValAndTestAsAGivenSplit() throws IOException {
    tree.file("train/A/1.png")
        .file("train/B/2.png")
        .file("test/A/3.png")
        .file("test/B/4.png")
        .file("val/A/5.png")
        .file("val/B/6.png")
        .file("patients.csv", "unused");
    ImageFolder folder = ImageFolder.open(root);
    assertEquals(
        List.of(
            "train/A/1.png",
            "train/B/2.png",
            "val/A/5.png",
            "val/B/6.png",
            "test/A/3.png",
            "test/B/4.png"),
        names(folder));
    PatientSplit split = SplitPlan.of(0.5, 1).split(folder);
    assertEquals(folder.items().subList(0, 2), split.training());
    assertEquals(folder.items().subList(2, 4), split.validation());
    assertEquals(folder.items().subList(4, 6), split.test());
    assertFalse(split.patientsApart());
    assertEquals(2, split.warnings().size(), split.warnings()::toString);
    assertTrue(split.warnings().get(0).contains("patients.csv"));
    assertTrue(split.warnings().get(0).contains("makes test figures too good"));
    assertTrue(split.warnings().get(1).contains("makes validation figures too good"));
  }

  /** What is called test is not what an epoch is chosen by. */
  @Test
  void validatesOnAShareOfTrainWhereThereIsOnlyTest() throws IOException {
    for (int i = 0; i < 6; i++) {
      tree.file("train/A/" + i + ".png").file("train/B/" + i + ".png");
    }
    tree.file("test/A/x.png").file("test/B/y.png");
    ImageFolder folder = ImageFolder.open(root);
    PatientSplit split = SplitPlan.of(0.5, 1).split(folder);
    assertEquals(2, split.test().size());
    assertEquals(6, split.validation().size());
    assertEquals(6, split.training().size());
    assertTrue(
        split.test().stream().allMatch(item -> item.subset().equals(Optional.of(Subset.TEST))));
    assertMentions(
        assertThrows(
            IllegalArgumentException.class,
            () -> new SplitPlan(0.5, 0, List.of("s"), 1).split(folder)),
        "no folder test");
  }

  @Test
  void warnsOfPatientsAndCopiesOnBothSidesOfAGivenSplit() throws IOException {
    tree.file("Train/A/1.png", "same")
        .file("Train/B/2.png")
        .file("val/A/3.png", "same")
        .file("val/B/4.png")
        .file(
            "p.csv",
            """
            file,label,patient
            Train/A/1.png,A,secret7
            Train/B/2.png,B,q
            val/A/3.png,A,r
            val/B/4.png,B,secret7
            """);
    ImageFolder folder = ImageFolder.builder(root).patients(tree.path("p.csv")).open();
    PatientSplit split = SplitPlan.of(0.5, 1).split(folder);
    assertFalse(split.patientsApart());
    assertEquals(2, split.warnings().size(), split.warnings()::toString);
    assertTrue(split.warnings().get(0).startsWith("1 patients have images in both"));
    assertTrue(split.warnings().get(1).contains("Train/A/1.png = val/A/3.png"));
    assertFalse(split.warnings().toString().contains("secret7"));
    assertFalse(folder.items().toString().contains("secret7"));
  }

  @Test
  void refusesATrainWithoutTestAndFoldersBesideThem() throws IOException {
    tree.file("train/A/1.png");
    assertMentions(refused(ImageFolder.builder(root)), "[train]");
    tree.file("test/A/1.png").file("other/A/1.png");
    assertMentions(refused(ImageFolder.builder(root)), "[other, test, train]");
  }

  @Test
  void refusesAClassThatOnlyOneSideHas() throws IOException {
    tree.file("train/A/1.png").file("test/A/1.png").file("test/B/1.png");
    assertMentions(refused(ImageFolder.builder(root)), "'B'", "train", "[A]");
    assertEquals(1, ImageFolder.builder(root).classes("A").open().labels().size());
  }

  @Test
  void refusesAMissingFolderAFileAndAFolderWithoutClasses() throws IOException {
    assertThrows(NoSuchFileException.class, () -> ImageFolder.open(root.resolve("none")));
    tree.file("file.png");
    assertThrows(NotDirectoryException.class, () -> ImageFolder.open(root.resolve("file.png")));
    assertMentions(refused(ImageFolder.builder(root)), "expected one folder a class");
  }

  @Test
  void refusesAnEmptyClassAnUnknownClassAndADoubleClass() throws IOException {
    tree.file("A/1.png").file("B/slices.nii");
    assertMentions(refused(ImageFolder.builder(root)), "class B", "none among 1 files");
    assertMentions(refused(ImageFolder.builder(root).classes("A", "a")), "'a'", "[A, B]");
    assertMentions(refused(ImageFolder.builder(root).classes("A", "A")), "distinct");
    assertMentions(refused(ImageFolder.builder(root).classes()), "one folder a class");
  }

  private ImageFolder withPatients(String csv) throws IOException {
    tree.file("A/1.png").file("A/two, \"2\".png").file("B/3.png").file("p.csv", csv);
    return ImageFolder.builder(root).patients(tree.path("p.csv")).open();
  }

  private List<String> patients(String csv) throws IOException {
    return withPatients(csv).items().stream().map(item -> item.patient().orElse("-")).toList();
  }

  @Test
  void readsPatientsWithQuotesAnyLineEndsAndAByteOrderMark() throws IOException {
    String quoted = "\"A/two, \"\"2\"\".png\"";
    assertEquals(
        List.of("P1", "P,2", "-"),
        patients(
            "\uFEFFfile,label,patient\r\nA/1.png,A,P1\r\n"
                + quoted
                + ",A,\"P,2\"\r\n\r\nB/3.png,B,\r\n"));
    assertEquals(
        List.of("P1", "P 2", "P1"),
        patients(
            "patient,site,label,file\nP1,x,A,./A/1.png\nP 2,\"two\nlines\",A,"
                + quoted
                + "\nP1,,B,B/3.png\nP9,,C,C/absent.png"));
  }

  private void assertRefused(String csv, String... parts) {
    assertMentions(assertThrows(IllegalArgumentException.class, () -> withPatients(csv)), parts);
  }

  @Test
  void refusesAListOfPatientsThatDoesNotFit() throws IOException {
    String head = "file,label,patient\n";
    assertRefused("", "empty");
    assertRefused("file,label\nA/1.png,A\n", "'patient'", "p.csv, line 1");
    assertRefused(head + "A/1.png,A,P1\n", "none for A/two");
    assertRefused(head + "A/1.png,B,P1\n", "line 2", "the label of the folder, A, found B");
    assertRefused(head + "A/1.png,A\n", "line 2", "3 fields", "found 2");
    assertRefused(head + "A/1.png,A,P1\nA/1.png,A,P2\n", "line 3", "line 2", "A/1.png");
    assertRefused(head + "A/1.png,A,\"P1\n", "line 2", "closing quote");
    tree.file("A/1.png");
    Files.write(tree.path("p.csv"), new byte[] {'f', (byte) 0xFF});
    assertMentions(
        refused(ImageFolder.builder(root).patients(tree.path("p.csv"))), "UTF-8", "p.csv");
    assertThrows(
        NoSuchFileException.class,
        () -> ImageFolder.builder(root).patients(tree.path("none.csv")).open());
  }

  @Test
  void neverNamesAPatientInAnError() {
    String head = "file,label,patient\n";
    for (String csv :
        List.of(
            "A/1.png,A,secret7\n",
            head + "A/1.png,B,secret7\n",
            head + "A/1.png,secret7\n",
            head + "A/1.png,A,secret7\nA/1.png,A,secret8\n",
            head + "A/1.png,A,\"secret7\n")) {
      Exception error = assertThrows(IllegalArgumentException.class, () -> withPatients(csv));
      assertFalse(error.getMessage().contains("secret"), error::getMessage);
    }
  }

  @Test
  void hashesTheBytesOfAFile() throws IOException {
    tree.file("A/1.png", "abc").file("B/2.png", "abc");
    List<LabelledRadiograph> items = ImageFolder.open(root).items();
    // FIPS 180-4's own example.
    String expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assertEquals(expected, items.get(0).contentHash());
    assertEquals(expected, items.get(1).contentHash());
    Files.delete(items.get(0).file());
    assertThrows(NoSuchFileException.class, items.get(0)::contentHash);
  }

  private void png(String name) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    ImageIO.write(new BufferedImage(5, 4, BufferedImage.TYPE_BYTE_GRAY), "png", file.toFile());
  }

  @Test
  void namesWhatCannotBeReadAndLeavesItOut() throws IOException {
    png("A/1.png");
    png("A/2.png");
    png("B/1.png");
    tree.file("A/3.png").file("B/2.jpg");
    byte[] whole = Files.readAllBytes(root.resolve("A/2.png"));
    Files.write(root.resolve("A/2.png"), Arrays.copyOf(whole, 40));
    ImageFolder folder = ImageFolder.open(root);
    Map<LabelledRadiograph, String> unreadable = folder.unreadable();
    assertEquals(
        List.of("A/2.png", "A/3.png", "B/2.jpg"),
        unreadable.keySet().stream().map(folder::nameOf).toList());
    assertTrue(unreadable.values().stream().noneMatch(String::isBlank));
    ImageFolder left = folder.without(unreadable.keySet());
    assertEquals(List.of("A/1.png", "B/1.png"), names(left));
    assertEquals(folder.labels(), left.labels());
    assertEquals(Map.of(), left.unreadable());

    Files.delete(root.resolve("B/1.png"));
    ImageFolder emptied = ImageFolder.open(root);
    assertMentions(
        assertThrows(
            IllegalArgumentException.class, () -> emptied.without(emptied.unreadable().keySet())),
        "class B");
  }
}
