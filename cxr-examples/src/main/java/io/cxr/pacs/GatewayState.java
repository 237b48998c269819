package io.cxr.pacs;

import io.cxr.ModelIdentity;
import io.cxr.pacs.WorkItem.Kind;
import io.cxr.pacs.WorkItem.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the gateway has to do and has done, in a SQLite database, so that a process that dies loses
 * nothing and does nothing twice. A change is on the disk when its method returns. Thread-safe. One
 * process at a time, which a lock file sees to.
 *
 * <p>An item that is begun is only marked as begun; whoever opens the state after a crash finds it
 * waiting.
 */
final class GatewayState implements AutoCloseable {
  private static final String ITEM =
      "number, kind, study, series, uid, status, attempts, faults, waited, revision";

  private static final String OPEN = "status IN ('WAITING', 'PREPARED')";

  private static final long DAY = Duration.ofDays(1).toMillis();

  /** More days than any gateway is down. */
  private static final int MOST_DAYS = 1000;

  private final StateFolder folder;
  private final Connection connection;

  private GatewayState(StateFolder folder, Connection connection) {
    this.folder = folder;
    this.connection = connection;
  }

  /** Opens the state in a folder, which is made when needed. */
  static GatewayState open(Path path) throws IOException {
    StateFolder folder = StateFolder.open(path);
    try {
      return new GatewayState(folder, StateSchema.connect(folder.database()));
    } catch (SQLException e) {
      folder.close();
      throw failed("opened", e);
    } catch (IOException | RuntimeException e) {
      folder.close();
      throw e;
    }
  }

  /** The folder that this state is in. */
  StateFolder folder() {
    return folder;
  }

  // Notes ---------------------------------------------------------------------------------------

  /**
   * Notes a series that the archive says is complete, or has new instances. What is open of it is
   * due now: an archive that speaks can be asked.
   */
  synchronized void notified(String study, String series, Instant now) throws IOException {
    transaction(
        () -> {
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
  synchronized Noted found(
      List<DicomWebClient.Series> found, Priority priority, int most, Instant now)
      throws IOException {
    boolean[] whole = {true};
    int changed =
        transaction(
            () -> {
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
  synchronized int expand(
      WorkItem item, List<DicomWebClient.Instance> found, Optional<String> model, Instant now)
      throws IOException {
    return transaction(
        () -> {
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

  // Work ----------------------------------------------------------------------------------------

  /**
   * The item of the first priority that is due longest, marked as begun once more.
   *
   * @param busy the numbers of items that are being handled
   * @param preparedOnly whether only results that wait to be stored are wanted
   * @return empty if nothing is due
   */
  synchronized Optional<WorkItem> begin(Set<Long> busy, boolean preparedOnly, Instant now)
      throws IOException {
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
    } catch (SQLException e) {
      throw failed("written", e);
    }
  }

  /** When the next item will be due; empty if none is open but the busy ones. */
  synchronized Optional<Instant> nextDue(Set<Long> busy) throws IOException {
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
    } catch (SQLException e) {
      throw failed("read", e);
    }
  }

  /**
   * Makes items due that the clock has left behind: no item is left for later by more than the
   * longest delay, so that one which is due after that was postponed by a clock that was ahead.
   *
   * @return how many
   */
  synchronized int wakeStranded(Duration longestDelay, Instant now) throws IOException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE item SET due = ? WHERE " + OPEN + " AND priority IN (0, 1, 2) AND due > ?")) {
      update.setLong(1, now.toEpochMilli());
      update.setLong(2, now.plus(longestDelay).toEpochMilli());
      return update.executeUpdate();
    } catch (SQLException e) {
      throw failed("written", e);
    }
  }

  /** A result that waits to be stored. The file is shared, not copied: nobody changes it. */
  static final class PreparedResult {
    private final String uid;
    private final byte[] file;

    PreparedResult(String uid, byte[] file) {
      this.uid = uid;
      this.file = file;
    }

    /** Its SOP Instance UID. */
    String uid() {
      return uid;
    }

    /** The DICOM file. */
    byte[] file() {
      return file;
    }
  }

  /**
   * A result that was made for an instance, whether or not the archive has it.
   *
   * @param uid SOP Instance UID
   * @param series Series Instance UID
   * @param sopClass SOP Class UID
   * @param model whose it is
   */
  record MadeResult(String uid, String series, String sopClass, ModelIdentity model) {}

  /**
   * What was made for an instance that results of a model come in the place of: all of other
   * models, and reports of the model's own that there is no result.
   */
  synchronized List<MadeResult> earlier(WorkItem item, ModelIdentity model) throws IOException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT uid, series, class, name, version, model FROM made WHERE item = ?"
                + " AND (model <> ? OR outcome <> 'DONE') ORDER BY rowid")) {
      select.setLong(1, item.number());
      select.setString(2, model.sha256());
      List<MadeResult> results = new ArrayList<>();
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          results.add(
              new MadeResult(
                  rows.getString(1),
                  rows.getString(2),
                  rows.getString(3),
                  new ModelIdentity(rows.getString(4), rows.getString(5), rows.getString(6))));
        }
      }
      return results;
    } catch (SQLException e) {
      throw failed("read", e);
    }
  }

  /**
   * Notes what is made for an instance.
   *
   * @param outcome what the instance is with it
   */
  synchronized void noteMade(WorkItem item, List<MadeResult> made, Status outcome)
      throws IOException {
    transaction(
        () -> {
          noteMadeNow(item, made, outcome);
          return 0;
        });
  }

  /** Notes that a model was asked about an instance and made nothing for it. */
  synchronized void noteAsked(WorkItem item, ModelIdentity model) throws IOException {
    transaction(
        () -> {
          noteAskedNow(item, model);
          return 0;
        });
  }

  private void noteAskedNow(WorkItem item, ModelIdentity model) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO asked (item, model) VALUES (?, ?) ON CONFLICT DO NOTHING")) {
      insert.setLong(1, item.number());
      insert.setString(2, model.sha256());
      insert.executeUpdate();
    }
  }

  private void noteMadeNow(WorkItem item, List<MadeResult> made, Status outcome)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO made (item, uid, series, class, model, name, version, outcome)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING")) {
      for (MadeResult result : made) {
        insert.setLong(1, item.number());
        insert.setString(2, result.uid());
        insert.setString(3, result.series());
        insert.setString(4, result.sopClass());
        insert.setString(5, result.model().sha256());
        insert.setString(6, result.model().name());
        insert.setString(7, result.model().version());
        insert.setString(8, outcome.name());
        insert.executeUpdate();
        noteAskedNow(item, result.model());
      }
    }
  }

  /**
   * Keeps results until they are stored. From then on the instance is not classified again by the
   * same model.
   *
   * @param made the same results, as later ones refer to them
   * @param outcome what the item becomes then
   */
  synchronized void prepare(
      WorkItem item,
      List<PreparedResult> results,
      List<MadeResult> made,
      String detail,
      Status outcome)
      throws IOException {
    transaction(
        () -> {
          try (PreparedStatement insert =
              connection.prepareStatement(
                  "INSERT INTO result (item, uid, file) VALUES (?, ?, ?)")) {
            for (PreparedResult result : results) {
              insert.setLong(1, item.number());
              insert.setString(2, result.uid());
              insert.setBytes(3, result.file());
              insert.executeUpdate();
            }
          }
          noteMadeNow(item, made, outcome);
          try (PreparedStatement update =
              connection.prepareStatement(
                  "UPDATE item SET status = 'PREPARED', detail = ?, outcome = ?"
                      + " WHERE number = ?")) {
            update.setString(1, detail);
            update.setString(2, outcome.name());
            update.setLong(3, item.number());
            update.executeUpdate();
          }
          return 0;
        });
  }

  /** How many bytes the results of an item have that wait to be stored. */
  synchronized long preparedBytes(WorkItem item) throws IOException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT SUM(LENGTH(file)) FROM result WHERE item = ?")) {
      select.setLong(1, item.number());
      try (ResultSet row = select.executeQuery()) {
        return row.getLong(1);
      }
    } catch (SQLException e) {
      throw failed("read", e);
    }
  }

  synchronized List<PreparedResult> prepared(WorkItem item) throws IOException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT uid, file FROM result WHERE item = ? ORDER BY rowid")) {
      select.setLong(1, item.number());
      List<PreparedResult> results = new ArrayList<>();
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          results.add(new PreparedResult(rows.getString(1), rows.getBytes(2)));
        }
      }
      return results;
    } catch (SQLException e) {
      throw failed("read", e);
    }
  }

  /** Ends an item whose results are stored. Returns what it became. */
  synchronized Status finishStored(WorkItem item, Instant now) throws IOException {
    Status[] outcome = {Status.DONE};
    transaction(
        () -> {
          try (PreparedStatement select =
              connection.prepareStatement("SELECT outcome FROM item WHERE number = ?")) {
            select.setLong(1, item.number());
            try (ResultSet row = select.executeQuery()) {
              outcome[0] = Status.valueOf(row.getString(1));
            }
          }
          finishNow(item, outcome[0], "", now);
          return 0;
        });
    return outcome[0];
  }

  /**
   * Ends an item, and drops the results that waited.
   *
   * @param detail a code or a sentence without patient data; empty keeps what is there
   */
  synchronized void finish(WorkItem item, Status status, String detail, Instant now)
      throws IOException {
    transaction(
        () -> {
          finishNow(item, status, detail, now);
          return 0;
        });
  }

  private void finishNow(WorkItem item, Status status, String detail, Instant now)
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
   * Leaves an item for later.
   *
   * @param delay from now
   * @param blameless whether the attempt was ended by the archive or by a stop, not by the item
   */
  synchronized void postpone(WorkItem item, Duration delay, boolean blameless, Instant now)
      throws IOException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE item SET due = ?, faults = faults - ?, waited = waited + ?"
                + " WHERE number = ?")) {
      update.setLong(1, now.plus(delay).toEpochMilli());
      update.setInt(2, blameless ? 1 : 0);
      update.setLong(3, delay.toMillis());
      update.setLong(4, item.number());
      update.executeUpdate();
    } catch (SQLException e) {
      throw failed("written", e);
    }
  }

  /**
   * Takes up again what was given up, and what was refused because it was too large, which more
   * memory may have mended. Whatever else is open is due now.
   *
   * @return how many were taken up again
   */
  synchronized int retryFailed(Instant now) throws IOException {
    return transaction(
        () -> {
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

  // Polling -------------------------------------------------------------------------------------

  /**
   * When the archive was last asked for all series of a modality, and answered. A time that has not
   * come yet was that of a clock that was ahead, and does not count.
   */
  synchronized Optional<Instant> polled(String modality, Instant now) throws IOException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT MAX(completed) FROM poll WHERE modality = ? AND completed <= ?")) {
      select.setString(1, modality);
      select.setLong(2, now.toEpochMilli());
      try (ResultSet row = select.executeQuery()) {
        long completed = row.getLong(1);
        return row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(completed));
      }
    } catch (SQLException e) {
      throw failed("read", e);
    }
  }

  /** Notes that the archive was asked for all series of a modality, beginning at a time. */
  synchronized void notePolled(String modality, Instant begun) throws IOException {
    long completed = begun.toEpochMilli();
    transaction(
        () -> {
          try (PreparedStatement insert =
                  connection.prepareStatement(
                      "INSERT INTO poll (modality, day, completed) VALUES (?, ?, ?)"
                          + " ON CONFLICT (modality, day) DO UPDATE"
                          + " SET completed = excluded.completed");
              PreparedStatement delete =
                  connection.prepareStatement(
                      "DELETE FROM poll WHERE modality = ? AND (completed > ? OR day < ?)")) {
            long day = Math.floorDiv(completed, DAY);
            insert.setString(1, modality);
            insert.setLong(2, day);
            insert.setLong(3, completed);
            insert.executeUpdate();
            delete.setString(1, modality);
            delete.setLong(2, completed);
            delete.setLong(3, day - MOST_DAYS);
            return delete.executeUpdate();
          }
        });
  }

  // Audit trail ---------------------------------------------------------------------------------

  /** How far the audit trail was when it was last written; empty if it never was. */
  synchronized Optional<AuditHead> auditHead() throws IOException {
    try (Statement select = connection.createStatement();
        ResultSet row = select.executeQuery("SELECT records, head FROM audit")) {
      return row.next()
          ? Optional.of(new AuditHead(row.getLong(1), row.getString(2)))
          : Optional.empty();
    } catch (SQLException e) {
      throw failed("read", e);
    }
  }

  /** Keeps how far the audit trail is. */
  synchronized void keepAuditHead(AuditHead head) throws IOException {
    transaction(
        () -> {
          try (Statement delete = connection.createStatement();
              PreparedStatement insert =
                  connection.prepareStatement("INSERT INTO audit (records, head) VALUES (?, ?)")) {
            delete.executeUpdate("DELETE FROM audit");
            insert.setLong(1, head.records());
            insert.setString(2, head.sha256());
            return insert.executeUpdate();
          }
        });
  }

  // Looking -------------------------------------------------------------------------------------

  /** How many items of a kind have each status. */
  synchronized Map<Status, Integer> counts(Kind kind) throws IOException {
    Map<Status, Integer> counts = new EnumMap<>(Status.class);
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT status, COUNT(*) FROM item WHERE kind = ? GROUP BY status")) {
      select.setString(1, kind.name());
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          counts.put(Status.valueOf(rows.getString(1)), rows.getInt(2));
        }
      }
      return counts;
    } catch (SQLException e) {
      throw failed("read", e);
    }
  }

  /** How many instances have results that wait to be stored. */
  synchronized int waitingResults() throws IOException {
    try (Statement select = connection.createStatement();
        ResultSet row =
            select.executeQuery("SELECT COUNT(*) FROM item WHERE status = 'PREPARED'")) {
      return row.getInt(1);
    } catch (SQLException e) {
      throw failed("read", e);
    }
  }

  /** How many items are open, of both kinds. */
  synchronized int open() throws IOException {
    try (Statement select = connection.createStatement();
        ResultSet row = select.executeQuery("SELECT COUNT(*) FROM item WHERE " + OPEN)) {
      return row.getInt(1);
    } catch (SQLException e) {
      throw failed("read", e);
    }
  }

  /** How often each reason refused an instance. */
  synchronized Map<String, Integer> refusals() throws IOException {
    Map<String, Integer> counts = new TreeMap<>();
    try (Statement select = connection.createStatement();
        ResultSet rows =
            select.executeQuery(
                "SELECT detail, COUNT(*) FROM item WHERE status = 'REFUSED' GROUP BY detail")) {
      while (rows.next()) {
        counts.put(rows.getString(1), rows.getInt(2));
      }
      return counts;
    } catch (SQLException e) {
      throw failed("read", e);
    }
  }

  /**
   * An item that ended without results.
   *
   * @param number by which logs name it
   * @param kind what it is
   * @param uid the series' or the instance's own UID
   * @param status REFUSED or FAILED
   * @param detail the code of a refusal, or a failure
   * @param finished when it ended
   */
  record Unanswered(
      long number, Kind kind, String uid, Status status, String detail, Instant finished) {}

  /** What was given up or refused, the last first. */
  synchronized List<Unanswered> unanswered(int most) throws IOException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT number, kind, uid, status, COALESCE(detail, ''), finished FROM item"
                + " WHERE status IN ('REFUSED', 'FAILED') ORDER BY finished DESC, number DESC"
                + " LIMIT ?")) {
      select.setInt(1, most);
      List<Unanswered> found = new ArrayList<>();
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next()) {
          found.add(
              new Unanswered(
                  rows.getLong(1),
                  Kind.valueOf(rows.getString(2)),
                  rows.getString(3),
                  Status.valueOf(rows.getString(4)),
                  rows.getString(5),
                  Instant.ofEpochMilli(rows.getLong(6))));
        }
      }
      return found;
    } catch (SQLException e) {
      throw failed("read", e);
    }
  }

  /**
   * What became of an instance.
   *
   * @param status how far it is
   * @param attempts how often it was begun
   * @param detail label, code of a refusal, or failure; may be empty
   */
  record Progress(Status status, int attempts, String detail) {}

  synchronized Optional<Progress> progress(String instance) throws IOException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT status, attempts, detail FROM item WHERE kind = 'INSTANCE' AND uid = ?")) {
      select.setString(1, instance);
      try (ResultSet row = select.executeQuery()) {
        if (!row.next()) {
          return Optional.empty();
        }
        String detail = row.getString(3);
        return Optional.of(
            new Progress(
                Status.valueOf(row.getString(1)), row.getInt(2), detail == null ? "" : detail));
      }
    } catch (SQLException e) {
      throw failed("read", e);
    }
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

  private interface Change {
    int make() throws SQLException;
  }

  private int transaction(Change change) throws IOException {
    try {
      connection.setAutoCommit(false);
      try {
        int made = change.make();
        connection.commit();
        return made;
      } catch (SQLException | RuntimeException e) {
        connection.rollback();
        throw e;
      } finally {
        connection.setAutoCommit(true);
      }
    } catch (SQLException e) {
      throw failed("written", e);
    }
  }

  private static StateException failed(String verb, SQLException e) {
    return new StateException(
        "State of the gateway: expected a database that can be "
            + verb
            + ", found "
            + e.getMessage()
            + ". See that the disk has room and the folder belongs to this user.",
        e);
  }

  /** Closes the database and frees the folder. Idempotent. */
  @Override
  public synchronized void close() throws IOException {
    try {
      connection.close();
    } catch (SQLException e) {
      throw failed("closed", e);
    } finally {
      folder.close();
    }
  }
}
