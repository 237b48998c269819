package io.cxr.workbench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.workbench.WorkbenchClient.FilePart;
import io.cxr.workbench.cases.Limits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What a stop leaves, and what the next start makes of it. */
class RestartTest {
  private static final int FILES = 60;
  private static final String NAME = "Secretary-Agnes";

  @TempDir Path folder;

  private static List<FilePart> films() throws IOException {
    List<byte[]> kinds = List.of(Films.png(Films.KNOWN), Films.dicom(Films.KNOWN), new byte[] {7});
    List<FilePart> films = new ArrayList<>();
    for (int i = 0; i < FILES; i++) {
      films.add(new FilePart(NAME + "/" + NAME + i, kinds.get(i % kinds.size())));
    }
    return films;
  }

  private static long done(JsonNode cases) {
    long done = 0;
    for (JsonNode each : cases) {
      String state = each.get("answers").iterator().next().get("state").stringValue();
      done += state.equals("done") || state.equals("failed") ? 1 : 0;
    }
    return done;
  }

  @Test
  void sixtyFilesGoOnWhereTheStopWas() throws Exception {
    Path state = folder.resolve("state");
    Set<String> ids;
    try (LogRecords log = new LogRecords()) {
      try (Workbench first = Workbench.builder(state).open()) {
        WorkbenchClient user = WorkbenchClient.signedIn(first);
        ids = new HashSet<>(user.add(films().toArray(FilePart[]::new)));
        assertEquals(FILES, ids.size());
      }
      // As a run leaves them that was killed: an upload half done, a case without its row.
      Files.writeString(state.resolve("incoming").resolve("upload1.part"), "half");
      Files.createDirectories(state.resolve("cases").resolve("orphan"));
      Files.writeString(state.resolve("cases").resolve("orphan").resolve("film"), "film");
      try (Workbench second = Workbench.builder(state).open()) {
        WorkbenchClient user = WorkbenchClient.signedIn(second);
        JsonNode cases = user.settled();
        assertEquals(FILES, cases.size());
        assertEquals(FILES, done(cases));
        Set<String> found = new HashSet<>();
        cases.forEach(each -> found.add(WorkbenchClient.id(each)));
        assertEquals(ids, found);
        assertEquals(NAME + "0", cases.get(0).get("name").stringValue(), "in their order");
        assertFalse(Files.exists(state.resolve("incoming").resolve("upload1.part")));
        assertFalse(Files.exists(state.resolve("cases").resolve("orphan")));
      }
      assertTrue(
          log.lines().stream().noneMatch(line -> line.contains("Agnes")), log.lines().toString());
    }
    try (Stream<Path> all = Files.walk(state)) {
      assertTrue(all.noneMatch(file -> file.toString().contains("Agnes")));
    }
  }

  @Test
  void stateBelongsToOneProcessAndOneUser() throws Exception {
    Path state = folder.resolve("state");
    try (Workbench first = Workbench.builder(state).open()) {
      assertEquals(
          "rwx------", PosixFilePermissions.toString(Files.getPosixFilePermissions(state)));
      IOException second = assertThrows(IOException.class, () -> Workbench.builder(state).open());
      assertTrue(second.getMessage().contains("--state"), second.getMessage());
      IOException used =
          assertThrows(
              IOException.class,
              () -> Workbench.builder(folder.resolve("other")).port(first.port()).open());
      assertTrue(used.getMessage().contains("--port"), used.getMessage());
    }
    Path others = Files.createDirectory(folder.resolve("others"));
    Files.writeString(others.resolve("thesis.txt"), "mine");
    assertThrows(IOException.class, () -> Workbench.builder(others).open());
    assertTrue(Files.exists(others.resolve("thesis.txt")));
  }

  @Test
  void casesOfThoseWhoStayAwayAreDeleted() throws Exception {
    Path state = folder.resolve("state");
    SettableClock clock = new SettableClock();
    Duration keep = Duration.ofDays(30);
    Limits limits = new Limits(1 << 20, 10, 1 << 20, Duration.ofHours(1), keep);
    try (Workbench first = Workbench.builder(state).clock(clock).limits(limits).open()) {
      WorkbenchClient user = WorkbenchClient.signedIn(first);
      user.add(new FilePart("a", new byte[1]));
      user.settled();
    }
    clock.forward(keep.minusHours(1));
    try (Workbench second = Workbench.builder(state).clock(clock).limits(limits).open()) {
      assertEquals(1, count(state.resolve("cases")), "they are kept so long");
      assertTrue(second.port() > 0);
    }
    clock.forward(Duration.ofHours(2));
    try (Workbench third = Workbench.builder(state).clock(clock).limits(limits).open()) {
      assertEquals(0, count(state.resolve("cases")));
      assertEquals(0, WorkbenchClient.signedIn(third).get("/api/cases").get("cases").size());
    }
  }

  private static long count(Path folder) throws IOException {
    try (Stream<Path> all = Files.list(folder)) {
      return all.count();
    }
  }
}
