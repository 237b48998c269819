package io.cxr.pacs;

import io.cxr.pacs.WorkItem.Kind;
import io.cxr.pacs.WorkItem.Status;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
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
import org.jspecify.annotations.Nullable;

/**
 * What the gateway has to do and has done, in a SQLite database, so that a process that dies loses
 * nothing and does nothing twice. A change is on the disk when its method returns. Thread-safe. One
 * process at a time, which a lock file sees to.
 *
 * <p>An item that is begun is only marked as begun; whoever opens the state after a crash finds it
 * waiting.
 */
final class GatewayState implements AutoCloseable {
  private static final int VERSION = 1;
  private static final String ITEM =
      "number, kind, study, series, uid, status, attempts, faults, noted, revision";

  private final FileChannel lockFile;
  private final FileLock lock;
  private final Connection connection;

  private GatewayState(FileChannel lockFile, FileLock lock, Connection connection) {
    this.lockFile = lockFile;
    this.lock = lock;
    this.connection = connection;
  }

  /**
   * Opens the state in a folder, which is made when needed, readable by its owner alone: results
   * that wait hold images.
   */
  static GatewayState open(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      Path parent = folder.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
        Files.createDirectory(
            folder,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      } else {
        Files.createDirectory(folder);
      }
    }
    FileChannel channel =
        FileChannel.open(
            folder.resolve("gateway.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = tryLock(channel);
      if (lock == null) {
        throw new IOException(
            "State "
                + folder
                + ": expected no other process to use it, found one. Stop that gateway, or give"
                + " this one another folder.");
      }
      return new GatewayState(channel, lock, connect(folder.resolve("gateway.sqlite")));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private static Connection connect(Path file) throws IOException {
    try {
      Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
      try (Statement statement = connection.createStatement()) {
        statement.execute("PRAGMA journal_mode = WAL");
        // Also through a loss of power.
        statement.execute("PRAGMA synchronous = FULL");
        statement.execute("PRAGMA foreign_keys = ON");
        // What is deleted held images.
        statement.execute("PRAGMA secure_delete = ON");
        int version;
        try (ResultSet row = statement.executeQuery("PRAGMA user_version")) {
          version = row.getInt(1);
        }
        if (version == 0) {
          create(connection);
        } else if (version != VERSION) {
          throw new IOException(
              "State "
                  + file
                  + ": expected version "
                  + VERSION
                  + ", found "
                  + version
                  + ". Use the release that wrote it, or another folder.");
        }
      } catch (SQLException | IOException | RuntimeException e) {
        connection.close();
        throw e;
      }
      return connection;
    } catch (SQLException e) {
      throw failed("opened", e);
    }
  }

  private static void create(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE item (number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL,"
              + " study TEXT NOT NULL, series TEXT NOT NULL, uid TEXT NOT NULL,"
              + " status TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,"
              + " faults INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL,"
              + " noted INTEGER NOT NULL, finished INTEGER, detail TEXT, instances INTEGER,"
              + " revision INTEGER NOT NULL DEFAULT 0,"
              + " UNIQUE (kind, uid))");
      statement.execute(
          "CREATE INDEX open_item ON item (due) WHERE status IN ('WAITING'," + " 'PREPARED')");
      statement.execute(
          "CREATE TABLE result (item INTEGER NOT NULL REFERENCES item (number), uid TEXT NOT NULL,"
              + " file BLOB NOT NULL, PRIMARY KEY (item, uid))");
      statement.execute("PRAGMA user_version = " + VERSION);
    }
    connection.commit();
    connection.setAutoCommit(true);
  }

  // Notes ---------------------------------------------------------------------------------------

  /**
   * Notes a series that may have new instances. One that was looked into is looked into again,
   * unless it is said to have as many instances as then.
   *
   * @return whether there is something to do that was not there before
   */
  synchronized boolean noteSeries(String study, String series, OptionalInt instances, Instant now)
      throws IOException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO item (kind, study, series, uid, status, due, noted, instances)"
                + " VALUES ('SERIES', ?, ?, ?, 'WAITING', ?, ?, ?)"
                + " ON CONFLICT (kind, uid) DO UPDATE SET revision = revision + 1,"
                + " instances = excluded.instances,"
                // One that waits for its next attempt goes on waiting.
                + " attempts = CASE status WHEN 'WAITING' THEN attempts ELSE 0 END,"
                + " faults = CASE status WHEN 'WAITING' THEN faults ELSE 0 END,"
                + " due = CASE status WHEN 'WAITING' THEN due ELSE excluded.due END,"
                + " noted = CASE status WHEN 'WAITING' THEN noted ELSE excluded.noted END,"
                + " status = 'WAITING'"
                + " WHERE excluded.instances IS NULL OR instances IS NULL"
                + " OR instances <> excluded.instances")) {
      insert.setString(1, study);
      insert.setString(2, series);
      insert.setString(3, series);
      insert.setLong(4, now.toEpochMilli());
      insert.setLong(5, now.toEpochMilli());
      if (instances.isPresent()) {
        insert.setInt(6, instances.getAsInt());
      } else {
        insert.setNull(6, java.sql.Types.INTEGER);
      }
      return insert.executeUpdate() > 0;
    } catch (SQLException e) {
      throw failed("written", e);
    }
  }

  /**
   * Notes the instances of a series and that it was looked into, all at once.
   *
   * @param found the instances; those that are known already stay as they are
   * @return how many are new
   */
  synchronized int expand(WorkItem item, List<DicomWebClient.Instance> found, Instant now)
      throws IOException {
    return transaction(
        () -> {
          int added = 0;
          try (PreparedStatement insert =
              connection.prepareStatement(
                  "INSERT INTO item (kind, study, series, uid, status, due, noted) VALUES"
                      + " ('INSTANCE', ?, ?, ?, 'WAITING', ?, ?)"
                      + " ON CONFLICT (kind, uid) DO NOTHING")) {
            for (DicomWebClient.Instance instance : found) {
              insert.setString(1, instance.study());
              insert.setString(2, instance.series());
              insert.setString(3, instance.instance());
              insert.setLong(4, now.toEpochMilli());
              insert.setLong(5, now.toEpochMilli());
              added += insert.executeUpdate();
            }
          }
          try (PreparedStatement update =
              connection.prepareStatement(
                  "UPDATE item SET instances = COALESCE(instances, ?), attempts = 0, faults = 0,"
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
   * The item that is due longest, marked as begun once more.
   *
   * @param busy the numbers of items that are being handled
   * @param preparedOnly whether only results that wait to be stored are wanted
   * @return empty if nothing is due
   */
  synchronized Optional<WorkItem> begin(Set<Long> busy, boolean preparedOnly, Instant now)
      throws IOException {
    String open = preparedOnly ? "status = 'PREPARED'" : "status IN ('WAITING', 'PREPARED')";
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT "
                + ITEM
                + " FROM item WHERE "
                + open
                + " AND due <= ? ORDER BY due, number LIMIT "
                + (busy.size() + 1))) {
      select.setLong(1, now.toEpochMilli());
      WorkItem chosen = null;
      try (ResultSet rows = select.executeQuery()) {
        while (rows.next() && chosen == null) {
          if (!busy.contains(rows.getLong(1))) {
            chosen = item(rows, 1);
          }
        }
      }
      if (chosen != null) {
        try (PreparedStatement update =
            connection.prepareStatement(
                "UPDATE item SET attempts = attempts + 1, faults = faults + 1 WHERE number = ?")) {
          update.setLong(1, chosen.number());
          update.executeUpdate();
        }
      }
      return Optional.ofNullable(chosen);
    } catch (SQLException e) {
      throw failed("written", e);
    }
  }

  /** When the next item will be due; empty if none is open but the busy ones. */
  synchronized Optional<Instant> nextDue(Set<Long> busy) throws IOException {
    try (Statement select = connection.createStatement();
        ResultSet rows =
            select.executeQuery(
                "SELECT number, due FROM item WHERE status IN ('WAITING', 'PREPARED')"
                    + " ORDER BY due, number LIMIT "
                    + (busy.size() + 1))) {
      while (rows.next()) {
        if (!busy.contains(rows.getLong(1))) {
          return Optional.of(Instant.ofEpochMilli(rows.getLong(2)));
        }
      }
      return Optional.empty();
    } catch (SQLException e) {
      throw failed("read", e);
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

  /** Keeps results until they are stored. From then on the instance is never classified again. */
  synchronized void prepare(WorkItem item, List<PreparedResult> results, String detail)
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
          try (PreparedStatement update =
              connection.prepareStatement(
                  "UPDATE item SET status = 'PREPARED', detail = ? WHERE number = ?")) {
            update.setString(1, detail);
            update.setLong(2, item.number());
            update.executeUpdate();
          }
          return 0;
        });
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
            "UPDATE item SET due = ?, faults = faults - ? WHERE number = ?")) {
      update.setLong(1, now.plus(delay).toEpochMilli());
      update.setInt(2, blameless ? 1 : 0);
      update.setLong(3, item.number());
      update.executeUpdate();
    } catch (SQLException e) {
      throw failed("written", e);
    }
  }

  /** Takes all failed items up again. Returns how many. */
  synchronized int retryFailed(Instant now) throws IOException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE item SET status = CASE WHEN EXISTS (SELECT 1 FROM result WHERE item = number)"
                + " THEN 'PREPARED' ELSE 'WAITING' END, attempts = 0, faults = 0, due = ?,"
                + " noted = ?, finished = NULL WHERE status = 'FAILED'")) {
      update.setLong(1, now.toEpochMilli());
      update.setLong(2, now.toEpochMilli());
      return update.executeUpdate();
    } catch (SQLException e) {
      throw failed("written", e);
    }
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
            select.executeQuery(
                // In words of the index, which is small.
                "SELECT COUNT(*) FROM item WHERE status IN ('WAITING', 'PREPARED')"
                    + " AND status = 'PREPARED'")) {
      return row.getInt(1);
    } catch (SQLException e) {
      throw failed("read", e);
    }
  }

  /** How many items are open, of both kinds. */
  synchronized int open() throws IOException {
    try (Statement select = connection.createStatement();
        ResultSet row =
            select.executeQuery(
                "SELECT COUNT(*) FROM item WHERE status IN ('WAITING', 'PREPARED')")) {
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
        Instant.ofEpochMilli(row.getLong(9)),
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
      if (lock.isValid()) {
        lock.release();
      }
      lockFile.close();
    }
  }
}
