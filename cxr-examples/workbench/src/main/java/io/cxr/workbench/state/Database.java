package io.cxr.workbench.state;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The database of the workbench's state, in SQLite. A change is on the disk when its method
 * returns, and what is deleted is overwritten. Thread-safe: one thread at a time reads or writes.
 *
 * <p>A failure of the disk or the file is an {@link UncheckedIOException}, since no caller can go
 * on after it.
 */
public final class Database implements AutoCloseable {
  private final Connection connection;

  private Database(Connection connection) {
    this.connection = connection;
  }

  /**
   * Opens a database, which is made when needed, and brings its tables up to date.
   *
   * @param file the file
   * @param tables of all parts
   * @return the database, which the caller closes
   * @throws IOException if it cannot be opened or is of a later release
   */
  public static Database open(Path file, List<Tables> tables) throws IOException {
    try {
      Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
      try {
        prepare(connection, file, tables);
        return new Database(connection);
      } catch (SQLException | IOException | RuntimeException e) {
        connection.close();
        throw e;
      }
    } catch (SQLException e) {
      throw failed("opened", e).getCause();
    }
  }

  private static void prepare(Connection connection, Path file, List<Tables> tables)
      throws SQLException, IOException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode = WAL");
      statement.execute("PRAGMA synchronous = FULL");
      statement.execute("PRAGMA foreign_keys = ON");
      // What is deleted was about patients.
      statement.execute("PRAGMA secure_delete = ON");
      statement.execute(
          "CREATE TABLE IF NOT EXISTS part (name TEXT PRIMARY KEY, version INTEGER NOT NULL)");
      connection.setAutoCommit(false);
      for (Tables part : tables) {
        migrate(connection, statement, file, part);
      }
      connection.commit();
      connection.setAutoCommit(true);
    }
  }

  private static void migrate(Connection connection, Statement statement, Path file, Tables part)
      throws SQLException, IOException {
    int version = 0;
    try (PreparedStatement query =
        connection.prepareStatement("SELECT version FROM part WHERE name = ?")) {
      query.setString(1, part.part());
      try (ResultSet row = query.executeQuery()) {
        if (row.next()) {
          version = row.getInt(1);
        }
      }
    }
    int latest = part.steps().size();
    if (version > latest) {
      throw new IOException(
          "State "
              + file
              + ": expected version "
              + latest
              + " of '"
              + part.part()
              + "' or an earlier one, found "
              + version
              + ". Use the release that wrote it, or another folder.");
    }
    for (List<String> step : part.steps().subList(version, latest)) {
      for (String change : step) {
        statement.execute(change);
      }
    }
    try (PreparedStatement update =
        connection.prepareStatement("INSERT OR REPLACE INTO part (name, version) VALUES (?, ?)")) {
      update.setString(1, part.part());
      update.setInt(2, latest);
      update.executeUpdate();
    }
  }

  /**
   * Something to do with the connection.
   *
   * @param <T> what comes of it
   */
  @FunctionalInterface
  public interface Work<T extends @Nullable Object> {
    /**
     * Does it.
     *
     * @param connection within a transaction
     * @return what comes of it
     * @throws SQLException if the database fails
     */
    T with(Connection connection) throws SQLException;
  }

  /**
   * Reads a row.
   *
   * @param <T> what a row holds
   */
  @FunctionalInterface
  public interface Row<T> {
    /**
     * Reads the current row.
     *
     * @param row where the result set is
     * @return what it holds
     * @throws SQLException if a column is missing
     */
    T of(ResultSet row) throws SQLException;
  }

  /**
   * Makes one change.
   *
   * @param sql with a question mark for each value
   * @param values of the question marks
   * @return the number of rows changed
   */
  public synchronized int update(String sql, @Nullable Object... values) {
    try (PreparedStatement statement = statement(sql, values)) {
      return statement.executeUpdate();
    } catch (SQLException e) {
      throw failed("written", e);
    }
  }

  /**
   * Reads rows.
   *
   * @param <T> what a row holds
   * @param row reads one
   * @param sql with a question mark for each value
   * @param values of the question marks
   * @return all rows in the order of the query
   */
  public synchronized <T> List<T> query(Row<T> row, String sql, @Nullable Object... values) {
    try (PreparedStatement statement = statement(sql, values);
        ResultSet rows = statement.executeQuery()) {
      List<T> found = new ArrayList<>();
      while (rows.next()) {
        found.add(row.of(rows));
      }
      return found;
    } catch (SQLException e) {
      throw failed("read", e);
    }
  }

  /**
   * Reads the first row.
   *
   * @param <T> what a row holds
   * @param row reads it
   * @param sql with a question mark for each value
   * @param values of the question marks
   * @return empty if there is none
   */
  public <T> Optional<T> first(Row<T> row, String sql, @Nullable Object... values) {
    return query(row, sql, values).stream().findFirst();
  }

  /**
   * Makes all changes or none.
   *
   * @param <T> what comes of it
   * @param work makes them
   * @return what it returned
   */
  public synchronized <T extends @Nullable Object> T transaction(Work<T> work) {
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

  /**
   * Moves the write-ahead log into the file and empties it, so that what was deleted is in neither.
   */
  public synchronized void emptyLog() {
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (SQLException e) {
      throw failed("written", e);
    }
  }

  private PreparedStatement statement(String sql, @Nullable Object... values) throws SQLException {
    PreparedStatement statement = connection.prepareStatement(sql);
    try {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      return statement;
    } catch (SQLException | RuntimeException e) {
      statement.close();
      throw e;
    }
  }

  private static UncheckedIOException failed(String verb, SQLException e) {
    return new UncheckedIOException(
        new IOException(
            "State: expected a database that can be "
                + verb
                + ", found "
                + e.getMessage()
                + ". See that the disk has room and the folder belongs to this user.",
            e));
  }

  /** Empties the write-ahead log into the file and closes it. Idempotent. */
  @Override
  public synchronized void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw failed("closed", e);
    }
  }
}
