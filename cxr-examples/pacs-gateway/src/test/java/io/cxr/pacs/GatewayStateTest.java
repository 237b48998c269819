package io.cxr.pacs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.pacs.WorkItem.Kind;
import io.cxr.pacs.WorkItem.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the gateway remembers, over closings that were none. */
class GatewayStateTest {
  private static final Instant NOW = Instant.parse("2026-03-04T12:00:00Z");

  @TempDir Path folder;

  private GatewayState open() throws IOException {
    return GatewayState.open(folder.resolve("state"));
  }

  private static WorkItem begin(GatewayState state, Instant now) throws IOException {
    return state.queue().begin(Set.of(), false, now).orElseThrow();
  }

  /** Whether polling finds something to do in a series of so many instances. */
  private static boolean isNew(GatewayState state, int instances) throws IOException {
    return state
            .queue()
            .found(
                List.of(new DicomWebClient.Series("1.2", "1.3", "DX", OptionalInt.of(instances))),
                Priority.RECENT,
                10,
                NOW)
            .changed()
        == 1;
  }

  private static DicomWebClient.Instance instance(int number) {
    return new DicomWebClient.Instance("1.2", "1.3", "1.4." + number);
  }

  @Test
  void whatIsOpenIsOpenAgainAndWhatIsDoneIsDone() throws IOException {
    try (GatewayState state = open()) {
      state.queue().notified("1.2", "1.3", NOW);
      WorkItem series = begin(state, NOW);
      assertEquals(Kind.SERIES, series.kind());
      assertEquals(2, state.queue().expand(series, List.of(instance(1), instance(2)), NOW));
      WorkItem first = begin(state, NOW);
      state
          .results()
          .prepare(
              first,
              List.of(new PreparedResult("1.9", new byte[] {1, 2})),
              List.of(),
              "LABEL",
              Status.DONE);
    }
    try (GatewayState state = open()) {
      assertEquals(
          Map.of(Status.WAITING, 1, Status.PREPARED, 1), state.overview().counts(Kind.INSTANCE));
      assertEquals(2, state.queue().open());
      WorkItem first = begin(state, NOW);
      assertEquals("1.4.1", first.uid());
      assertEquals(Status.PREPARED, first.status());
      assertEquals(2, first.attempts());
      List<PreparedResult> results = state.results().prepared(first);
      assertEquals("1.9", results.get(0).uid());
      assertArrayEquals(new byte[] {1, 2}, results.get(0).file());
      state.queue().finish(first, Status.DONE, "", NOW);
      assertEquals(List.of(), state.results().prepared(first));
      assertEquals("LABEL", state.overview().progress("1.4.1").orElseThrow().detail());
      assertEquals(Optional.empty(), state.overview().progress("1.4.3"));
      assertEquals("1.4.2", begin(state, NOW).uid());
    }
  }

  @Test
  void instancesAreKnownOnce() throws IOException {
    try (GatewayState state = open()) {
      state.queue().notified("1.2", "1.3", NOW);
      assertEquals(1, state.queue().expand(begin(state, NOW), List.of(instance(1)), NOW));
      WorkItem item = begin(state, NOW);
      state.queue().finish(item, Status.REFUSED, "DAMAGED", NOW);
      state.queue().notified("1.2", "1.3", NOW);
      assertEquals(
          1, state.queue().expand(begin(state, NOW), List.of(instance(1), instance(2)), NOW));
      assertEquals("1.4.2", begin(state, NOW).uid());
      assertEquals(Map.of("DAMAGED", 1), state.overview().refusals());
    }
  }

  @Test
  void aSeriesIsLookedIntoAgainWhenItGrowsOrIsNotedMeanwhile() throws IOException {
    try (GatewayState state = open()) {
      assertTrue(isNew(state, 1));
      assertFalse(isNew(state, 1), "waits already");
      WorkItem series = begin(state, NOW);
      // A notification between the search and its end.
      state.queue().notified("1.2", "1.3", NOW);
      state.queue().expand(series, List.of(instance(1)), NOW);
      assertEquals(Map.of(Status.WAITING, 1), state.overview().counts(Kind.SERIES));
      WorkItem again = state.queue().begin(Set.of(), false, NOW).orElseThrow();
      assertEquals(Kind.SERIES, again.kind());
      state.queue().expand(again, List.of(instance(1)), NOW);
      assertEquals(Map.of(Status.DONE, 1), state.overview().counts(Kind.SERIES));
      assertFalse(isNew(state, 1), "has not grown");
      assertTrue(isNew(state, 2), "has grown");
    }
  }

  @Test
  void itemsWaitForTheirTurn() throws IOException {
    try (GatewayState state = open()) {
      state.queue().notified("1.2", "1.3", NOW);
      WorkItem item = begin(state, NOW);
      assertEquals(1, item.faults());
      state.queue().postpone(item, Duration.ofSeconds(10), true, NOW);
      assertEquals(Optional.empty(), state.queue().begin(Set.of(), false, NOW.plusSeconds(9)));
      assertEquals(Optional.of(NOW.plusSeconds(10)), state.queue().nextDue(Set.of()));
      assertEquals(Optional.empty(), state.queue().nextDue(Set.of(item.number())));
      WorkItem second = begin(state, NOW.plusSeconds(10));
      assertEquals(2, second.attempts());
      assertEquals(1, second.faults(), "the archive's failure is not the item's");
      assertEquals(
          Optional.empty(),
          state.queue().begin(Set.of(second.number()), false, NOW.plusSeconds(20)),
          "is being handled");
      assertEquals(Optional.empty(), state.queue().begin(Set.of(), true, NOW.plusSeconds(20)));
      state.queue().postpone(second, Duration.ZERO, false, NOW);
      assertEquals(2, begin(state, NOW).faults());
    }
  }

  @Test
  void oneProcessAtATimeAndNoOtherUserReadsIt() throws IOException {
    try (GatewayState state = open()) {
      IOException e = assertThrows(IOException.class, this::open);
      assertTrue(e.getMessage().contains("expected no other process"), e.getMessage());
      assertEquals(
          "rwx------",
          PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("state"))));
      assertEquals(0, state.queue().open());
    }
  }

  @Test
  void aFolderThatOthersCouldReadIsClosedToThem() throws IOException {
    Path state = folder.resolve("state");
    open().close();
    Files.writeString(state.resolve("audit.jsonl"), "");
    for (String name : List.of("", "gateway.sqlite", "audit.jsonl")) {
      Files.setPosixFilePermissions(
          state.resolve(name), PosixFilePermissions.fromString("rwxr-xr-x"));
    }
    try (GatewayState again = open()) {
      assertEquals(0, again.queue().open());
      assertEquals("rwx------", permissions(state));
      for (String name :
          List.of("gateway.sqlite", "gateway.sqlite-wal", "gateway.sqlite-shm", "audit.jsonl")) {
        assertEquals("rw-------", permissions(state.resolve(name)), name);
      }
    }
    // Somebody else's folder stays as it is; the files in it do not.
    Path shared = Files.createDirectory(folder.resolve("shared"));
    Files.writeString(shared.resolve("other"), "");
    Files.setPosixFilePermissions(shared, PosixFilePermissions.fromString("rwxr-xr-x"));
    try (GatewayState state2 = GatewayState.open(shared)) {
      assertEquals(0, state2.queue().open());
      assertEquals("rwxr-xr-x", permissions(shared));
      assertEquals("rw-------", permissions(shared.resolve("gateway.sqlite")));
    }
  }

  private static String permissions(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void aStateOfVersionOneIsTakenOver() throws Exception {
    Path file = Files.createDirectory(folder.resolve("state")).resolve("gateway.sqlite");
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE item (number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL,"
              + " study TEXT NOT NULL, series TEXT NOT NULL, uid TEXT NOT NULL,"
              + " status TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,"
              + " faults INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL,"
              + " noted INTEGER NOT NULL, finished INTEGER, detail TEXT, instances INTEGER,"
              + " revision INTEGER NOT NULL DEFAULT 0, UNIQUE (kind, uid))");
      statement.execute(
          "CREATE INDEX open_item ON item (due) WHERE status IN ('WAITING', 'PREPARED')");
      statement.execute(
          "CREATE TABLE result (item INTEGER NOT NULL REFERENCES item (number), uid TEXT NOT"
              + " NULL, file BLOB NOT NULL, PRIMARY KEY (item, uid))");
      statement.execute(
          "INSERT INTO item (kind, study, series, uid, status, due, noted) VALUES"
              + " ('INSTANCE', '1.2', '1.3', '1.4', 'WAITING', 0, 0)");
      statement.execute("PRAGMA user_version = 1");
    }
    try (GatewayState state = open()) {
      assertEquals("1.4", begin(state, NOW).uid());
    }
  }

  @Test
  void statesOfOtherVersionsAndOtherFilesAreRefused() throws Exception {
    open().close();
    Path file = folder.resolve("state/gateway.sqlite");
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
      connection.createStatement().execute("PRAGMA user_version = 9");
    }
    IOException newer = assertThrows(IOException.class, this::open);
    assertTrue(newer.getMessage().contains("found 9"), newer.getMessage());
    Files.writeString(file, "no database at all, but long enough to be taken for one".repeat(20));
    IOException other = assertThrows(IOException.class, this::open);
    assertTrue(other.getMessage().contains("expected a database"), other.getMessage());
  }

  @Test
  void whatIsClosedSaysSo() throws IOException {
    GatewayState state = open();
    state.close();
    state.close();
    assertThrows(StateException.class, state.queue()::open);
  }
}
