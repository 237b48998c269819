package io.cxr.pacs;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Optional;

/**
 * What the gateway has to do and has done, in a SQLite database, so that a process that dies loses
 * nothing and does nothing twice. A change is on the disk when its method returns. Thread-safe. One
 * process at a time, which a lock file sees to.
 */
final class GatewayState implements AutoCloseable {
  private final StateFolder folder;
  private final StateDatabase database;
  private final WorkQueue queue;
  private final PreparedResults results;
  private final PollingTimes polling;
  private final StateOverview overview;

  private GatewayState(StateFolder folder, StateDatabase database) {
    this.folder = folder;
    this.database = database;
    this.queue = new WorkQueue(database);
    this.results = new PreparedResults(database);
    this.polling = new PollingTimes(database);
    this.overview = new StateOverview(database);
  }

  /** Opens the state in a folder, which is made when needed. */
  static GatewayState open(Path path) throws IOException {
    StateFolder folder = StateFolder.open(path);
    try {
      return new GatewayState(folder, StateDatabase.open(folder.database()));
    } catch (IOException | RuntimeException e) {
      folder.close();
      throw e;
    }
  }

  /** The folder that this state is in. */
  StateFolder folder() {
    return folder;
  }

  /** What is to be done. */
  WorkQueue queue() {
    return queue;
  }

  /** What was made. */
  PreparedResults results() {
    return results;
  }

  /** When the archive was asked for everything. */
  PollingTimes polling() {
    return polling;
  }

  /** What became of all. */
  StateOverview overview() {
    return overview;
  }

  /** How far the audit trail was when it was last written; empty if it never was. */
  Optional<AuditHead> auditHead() throws IOException {
    return database.read(
        connection -> {
          try (Statement select = connection.createStatement();
              ResultSet row = select.executeQuery("SELECT records, head FROM audit")) {
            return row.next()
                ? Optional.of(new AuditHead(row.getLong(1), row.getString(2)))
                : Optional.empty();
          }
        });
  }

  /** Keeps how far the audit trail is. */
  void keepAuditHead(AuditHead head) throws IOException {
    database.transaction(
        connection -> {
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

  /** Closes the database and frees the folder. Idempotent. */
  @Override
  public void close() throws IOException {
    try {
      database.close();
    } finally {
      folder.close();
    }
  }
}
