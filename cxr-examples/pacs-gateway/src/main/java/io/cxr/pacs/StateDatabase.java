package io.cxr.pacs;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * The database of a gateway's state. A change is on the disk when its method returns. Thread-safe:
 * one thread at a time reads or writes.
 */
final class StateDatabase implements AutoCloseable {
  private final Connection connection;

  private StateDatabase(Connection connection) {
    this.connection = connection;
  }

  /** Opens a database, which is made when needed. */
  static StateDatabase open(Path file) throws IOException {
    try {
      return new StateDatabase(StateSchema.connect(file));
    } catch (SQLException e) {
      throw failed("opened", e);
    }
  }

  /** Something to do with the database. */
  interface Work<T> {
    T with(Connection connection) throws SQLException;
  }

  /** Reads. */
  <T> T read(Work<T> work) throws IOException {
    return call("read", work);
  }

  /** Makes a change by one statement. */
  <T> T write(Work<T> work) throws IOException {
    return call("written", work);
  }

  private synchronized <T> T call(String verb, Work<T> work) throws IOException {
    try {
      return work.with(connection);
    } catch (SQLException e) {
      throw failed(verb, e);
    }
  }

  /** Makes all changes or none. */
  synchronized <T> T transaction(Work<T> work) throws IOException {
    try {
      connection.setAutoCommit(false);
      try {
        T made = work.with(connection);
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

  /** Closes it. Idempotent. */
  @Override
  public synchronized void close() throws IOException {
    try {
      connection.close();
    } catch (SQLException e) {
      throw failed("closed", e);
    }
  }
}
