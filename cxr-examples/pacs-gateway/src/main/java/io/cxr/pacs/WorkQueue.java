package io.cxr.pacs;

import io.cxr.pacs.WorkItem.Kind;
import io.cxr.pacs.WorkItem.Status;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * The items of a gateway's state, series and instances: noted, begun, left for later, ended.
 * Thread-safe.
 *
 * <p>An item that is begun is only marked as begun; whoever opens the state after a crash finds it
 * waiting.
 */
final class WorkQueue {
  private static final String ITEM =
      "number, kind, study, series, uid, status, attempts, faults, waited, revision";

  private static final String OPEN = "status IN ('WAITING', 'PREPARED')";

  private final StateDatabase database;

  WorkQueue(StateDatabase database) {
    this.database = database;
  }

  /**
   * Notes a series that the archive says is complete, or has new instances. What is open of it is
   * due now: an archive that speaks can be asked.
   */
  void notified(String study, String series, Instant now) throws IOException {
    database.transaction(
        connection -> {
          try (PreparedStatement insert = connection.prepareStatement(note(""));
              PreparedStatement wake =
                  connection.prepareStatement(
                      "UPDATE item SET due = MIN(due, ?), priority = 0 WHERE series = ? AND "
                          + OPEN)) {
            note(
                insert,
                new DicomWebClient.Series(study, series, "", OptionalInt.empty()),
                Priority.NOTIFIED,
                now);
            wake.setLong(1, now.toEpochMilli());
            wake.setString(2, series);
            return wake.executeUpdate();
          }
        });
  }

  /**
   * What was done of a page of series.
   *
   * @param changed how many are to be looked into
   * @param whole whether all of them fitted
   */
  record Noted(int changed, boolean whole) {}

  /**
   * Notes series that were found, all at once. One that was looked into is looked into again,
   * unless it has as many instances as then.
   *
   * @param most how many may be added; what comes after those is left out
   */
  Noted found(List<DicomWebClient.Series> found, Priority priority, int most, Instant now)
      throws IOException {
    boolean[] whole = {true};
    int changed =
        database.transaction(
            connection -> {
              int added = 0;
              try (PreparedStatement insert =
                  connection.prepareStatement(
                      note(
                          " WHERE excluded.instances IS NULL OR instances IS NULL"
                              + " OR instances <> excluded.instances"))) {
                for (DicomWebClient.Series series : found) {
                  if (added >= most) {
                    whole[0] = false;
                    break;
                  }
                  added += note(insert, series, priority, now);
                }
              }
              return added;
            });
    return new Noted(changed, whole[0]);
  }

  private static String note(String condition) {
    return "INSERT INTO item (kind, study, series, uid, status, due, noted, instances, priority)"
        + " VALUES ('SERIES', ?, ?, ?, 'WAITING', ?, ?, ?, ?)"
        + " ON CONFLICT (kind, uid) DO UPDATE SET revision = revision + 1,"
        + " instances = excluded.instances, priority = MIN(priority, excluded.priority),"
        // One that waits for its next attempt goes on waiting.
        + " attempts = CASE status WHEN 'WAITING' THEN attempts ELSE 0 END,"
        + " faults = CASE status WHEN 'WAITING' THEN faults ELSE 0 END,"
        + " waited = CASE status WHEN 'WAITING' THEN waited ELSE 0 END,"
        + " due = CASE status WHEN 'WAITING' THEN due ELSE excluded.due END,"
        + " noted = CASE status WHEN 'WAITING' THEN noted ELSE excluded.noted END,"
        + " status = 'WAITING'"
        + condition;
  }

  private static int note(
      PreparedStatement insert, DicomWebClient.Series series, Priority priority, Instant now)
      throws SQLException {
    insert.setString(1, series.study());
    insert.setString(2, series.series());
    insert.setString(3, series.series());
    insert.setLong(4, now.toEpochMilli());
    insert.setLong(5, now.toEpochMilli());
    if (series.instances().isPresent()) {
      insert.setInt(6, series.instances().getAsInt());
    } else {
      insert.setNull(6, java.sql.Types.INTEGER);
    }
    insert.setInt(7, priority.rank());
    return insert.executeUpdate();
  }

  /**
   * Notes the instances of a series and that it was looked into, all at once.
   *
   * @param found the instances; those that are known already stay as they are
   * @return how many are new
   */
  int expand(WorkItem item, List<DicomWebClient.Instance> found, Instant now) throws IOException {
    return expand(item, found, Optional.empty(), now);
  }

  /**
   * Notes the instances of a series and that it was looked into, all at once.
   *
   * @param found the instances; those that are known already stay as they are, unless other models
   *     alone were asked about them
   * @param model SHA-256 of the model that is to be asked about all; empty leaves them as they are
   * @return how many are new or taken up again
   */
  int expand(
      WorkItem item, List<DicomWebClient.Instance> found, Optional<String> model, Instant now)
      throws IOException {
    return database.transaction(
        connection -> {
          int added = 0;
          try (PreparedStatement insert =
              connection.prepareStatement(
                  "INSERT INTO item (kind, study, series, uid, status, due, noted, priority) VALUES"
                      + " ('INSTANCE', ?, ?, ?, 'WAITING', ?, ?,"
                      + " (SELECT priority FROM item WHERE number = ?))"
                      + " ON CONFLICT (kind, uid) DO UPDATE SET status = 'WAITING', attempts = 0,"
                      + " faults = 0, waited = 0, due = excluded.due, noted = excluded.noted,"
                      + " finished = NULL, priority = excluded.priority"
                      + " WHERE status IN ('DONE', 'REFUSED')"
                      // Null, and so false, where none was asked or none is to be.
                      + " AND (SELECT MAX(asked.model = ?) FROM asked"
                      + " WHERE asked.item = item.number) = 0")) {
            for (DicomWebClient.Instance instance : found) {
              insert.setString(1, instance.study());
              insert.setString(2, instance.series());
              insert.setString(3, instance.instance());
              insert.setLong(4, now.toEpochMilli());
              insert.setLong(5, now.toEpochMilli());
              insert.setLong(6, item.number());
              insert.setString(7, model.orElse(null));
              added += insert.executeUpdate();
            }
          }
          try (PreparedStatement update =
              connection.prepareStatement(
                  "UPDATE item SET instances = COALESCE(instances, ?), attempts = 0, faults = 0,"
                      + " waited = 0,"
                      // One that was noted again meanwhile is looked into again.
                      + " status = CASE WHEN revision = ? THEN 'DONE' ELSE 'WAITING' END,"
                      + " finished = ? WHERE number = ?")) {
            update.setInt(1, found.size());
            update.setInt(2, item.revision());
            update.setLong(3, now.toEpochMilli());
            update.setLong(4, item.number());
            update.executeUpdate();
          }
          return added;
        });
  }

  /**
   * The item of the first priority that is due longest, marked as begun once more.
   *
   * @param busy the numbers of items that are being handled
   * @param preparedOnly whether only results that wait to be stored are wanted
   * @return empty if nothing is due
   */
  Optional<WorkItem> begin(Set<Long> busy, boolean preparedOnly, Instant now) throws IOException {
    return database.write(
        connection -> {
          try (PreparedStatement select =
                  connection.prepareStatement(
                      "SELECT "
                          + ITEM
                          + " FROM item WHERE "
                          + OPEN
                          + (preparedOnly ? " AND status = 'PREPARED'" : "")
                          + " AND priority = ? AND due <= ? ORDER BY due, number LIMIT "
                          + (busy.size() + 1));
              PreparedStatement update =
                  connection.prepareStatement(
                      "UPDATE item SET attempts = attempts + 1, faults = faults + 1"
                          + " WHERE number = ?")) {
            for (Priority priority : Priority.values()) {
              select.setInt(1, priority.rank());
              select.setLong(2, now.toEpochMilli());
              WorkItem chosen = null;
              try (ResultSet rows = select.executeQuery()) {
                while (rows.next() && chosen == null) {
                  if (!busy.contains(rows.getLong(1))) {
                    chosen = item(rows, 1);
                  }
                }
              }
              if (chosen != null) {
                update.setLong(1, chosen.number());
                update.executeUpdate();
                return Optional.of(chosen);
              }
            }
            return Optional.empty();
          }
        });
  }

  /** When the next item will be due; empty if none is open but the busy ones. */
  Optional<Instant> nextDue(Set<Long> busy) throws IOException {
    return database.read(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement(
                  "SELECT number, due FROM item WHERE "
                      + OPEN
                      + " AND priority = ? ORDER BY due, number LIMIT "
                      + (busy.size() + 1))) {
            Optional<Instant> next = Optional.empty();
            for (Priority priority : Priority.values()) {
              select.setInt(1, priority.rank());
              try (ResultSet rows = select.executeQuery()) {
                while (rows.next()) {
                  if (!busy.contains(rows.getLong(1))) {
                    Instant due = Instant.ofEpochMilli(rows.getLong(2));
                    next = next.filter(other -> other.isBefore(due)).or(() -> Optional.of(due));
                    break;
                  }
                }
              }
            }
            return next;
          }
        });
  }

  /**
   * Makes items due that the clock has left behind: no item is left for later by more than the
   * longest delay, so that one which is due after that was postponed by a clock that was ahead.
   *
   * @return how many
   */
  int wakeStranded(Duration longestDelay, Instant now) throws IOException {
    return database.write(
        connection -> {
          try (PreparedStatement update =
              connection.prepareStatement(
                  "UPDATE item SET due = ? WHERE "
                      + OPEN
                      + " AND priority IN (0, 1, 2) AND due > ?")) {
            update.setLong(1, now.toEpochMilli());
            update.setLong(2, now.plus(longestDelay).toEpochMilli());
            return update.executeUpdate();
          }
        });
  }

  /**
   * Leaves an item for later.
   *
   * @param delay from now
   * @param blameless whether the attempt was ended by the archive or by a stop, not by the item
   */
  void postpone(WorkItem item, Duration delay, boolean blameless, Instant now) throws IOException {
    database.write(
        connection -> {
          try (PreparedStatement update =
              connection.prepareStatement(
                  "UPDATE item SET due = ?, faults = faults - ?, waited = waited + ?"
                      + " WHERE number = ?")) {
            update.setLong(1, now.plus(delay).toEpochMilli());
            update.setInt(2, blameless ? 1 : 0);
            update.setLong(3, delay.toMillis());
            update.setLong(4, item.number());
            return update.executeUpdate();
          }
        });
  }

  /**
   * Ends an item, and drops the results that waited.
   *
   * @param detail a code or a sentence without patient data; empty keeps what is there
   */
  void finish(WorkItem item, Status status, String detail, Instant now) throws IOException {
    database.transaction(
        connection -> {
          finishNow(connection, item, status, detail, now);
          return 0;
        });
  }

  static void finishNow(
      Connection connection, WorkItem item, Status status, String detail, Instant now)
      throws SQLException {
    // Failed items keep their results: taken up again, they need not be classified again.
    if (status != Status.FAILED) {
      try (PreparedStatement delete =
          connection.prepareStatement("DELETE FROM result WHERE item = ?")) {
        delete.setLong(1, item.number());
        delete.executeUpdate();
      }
    }
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE item SET status = ?, detail = CASE WHEN ? = '' THEN detail ELSE ? END,"
                + " finished = ? WHERE number = ?")) {
      update.setString(1, status.name());
      update.setString(2, detail);
      update.setString(3, detail);
      update.setLong(4, now.toEpochMilli());
      update.setLong(5, item.number());
      update.executeUpdate();
    }
  }

  /**
   * Takes up again what was given up, and what was refused because it was too large, which more
   * memory may have mended. Whatever else is open is due now.
   *
   * @return how many were taken up again
   */
  int retryFailed(Instant now) throws IOException {
    return database.transaction(
        connection -> {
          try (PreparedStatement update =
                  connection.prepareStatement(
                      "UPDATE item SET status = CASE WHEN EXISTS"
                          + " (SELECT 1 FROM result WHERE item = number)"
                          + " THEN 'PREPARED' ELSE 'WAITING' END, attempts = 0, faults = 0,"
                          + " waited = 0, due = ?, noted = ?, finished = NULL"
                          + " WHERE status = 'FAILED'"
                          + " OR (status = 'REFUSED' AND detail = 'TOO_LARGE')");
              PreparedStatement wake =
                  connection.prepareStatement("UPDATE item SET due = MIN(due, ?) WHERE " + OPEN)) {
            update.setLong(1, now.toEpochMilli());
            update.setLong(2, now.toEpochMilli());
            int taken = update.executeUpdate();
            wake.setLong(1, now.toEpochMilli());
            wake.executeUpdate();
            return taken;
          }
        });
  }

  /** How many items are open, of both kinds. */
  int open() throws IOException {
    return database.read(
        connection -> {
          try (Statement select = connection.createStatement();
              ResultSet row = select.executeQuery("SELECT COUNT(*) FROM item WHERE " + OPEN)) {
            return row.getInt(1);
          }
        });
  }

  /** How many instances have results that wait to be stored. */
  int waitingResults() throws IOException {
    return database.read(
        connection -> {
          try (Statement select = connection.createStatement();
              ResultSet row =
                  select.executeQuery("SELECT COUNT(*) FROM item WHERE status = 'PREPARED'")) {
            return row.getInt(1);
          }
        });
  }

  private static WorkItem item(ResultSet row, int begun) throws SQLException {
    return new WorkItem(
        row.getLong(1),
        Kind.valueOf(row.getString(2)),
        row.getString(3),
        row.getString(4),
        row.getString(5),
        Status.valueOf(row.getString(6)),
        row.getInt(7) + begun,
        row.getInt(8) + begun,
        Duration.ofMillis(row.getLong(9)),
        row.getInt(10));
  }
}
