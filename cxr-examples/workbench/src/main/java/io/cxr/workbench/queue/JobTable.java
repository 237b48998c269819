package io.cxr.workbench.queue;

import io.cxr.workbench.state.Database;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The jobs of one kind in the database. The table has the columns {@code number}, which grows,
 * {@code id}, {@code owner} and {@code state}, and those of the kind's own. Thread-safe.
 *
 * @param <J> the kind of job
 */
public abstract class JobTable<J extends QueuedJob> {
  /** The state of jobs that wait. */
  private static final String QUEUED = "QUEUED";

  /** Where the table is. */
  protected final Database database;

  private final String name;

  /**
   * The jobs of a table.
   *
   * @param database where the table is
   * @param name of the table, the program's own
   */
  protected JobTable(Database database, String name) {
    this.database = database;
    this.name = name;
  }

  /**
   * Writes a new job.
   *
   * @param job with an id that is not in the table
   */
  public abstract void add(J job);

  /**
   * Writes what may change of a job; nothing if it is deleted.
   *
   * @param job as it is now
   */
  public abstract void update(J job);

  /**
   * Reads the current row.
   *
   * @param row with all columns
   * @return the job
   * @throws SQLException if a column is missing
   */
  protected abstract J read(ResultSet row) throws SQLException;

  /**
   * Deletes a job, so that nothing of it stays in the database's files.
   *
   * @param id of the job
   */
  public final void delete(String id) {
    database.update("DELETE FROM " + name + " WHERE id = ?", id);
    database.emptyLog();
  }

  /**
   * All jobs.
   *
   * @return the oldest first
   */
  public final List<J> all() {
    return select("ORDER BY number");
  }

  /**
   * The jobs of a user.
   *
   * @param owner the user
   * @return the newest first
   */
  public final List<J> of(String owner) {
    return select("WHERE owner = ? ORDER BY number DESC", owner);
  }

  /**
   * A job.
   *
   * @param id of the job
   * @return empty if there is none
   */
  public final Optional<J> find(String id) {
    return select("WHERE id = ?", id).stream().findFirst();
  }

  /**
   * The job whose turn is next.
   *
   * @return the oldest that waits; empty if none does
   */
  public final Optional<J> next() {
    return select("WHERE state = ? ORDER BY number LIMIT 1", QUEUED).stream().findFirst();
  }

  /**
   * Who has jobs.
   *
   * @return their names
   */
  public final Set<String> owners() {
    return Set.copyOf(
        database.query(row -> row.getString(1), "SELECT DISTINCT owner FROM " + name));
  }

  /**
   * Some of the jobs.
   *
   * @param where what follows the name of the table in a query
   * @param values of its question marks
   * @return in the order of the query
   */
  protected final List<J> select(String where, @Nullable Object... values) {
    return database.query(this::read, "SELECT * FROM " + name + " " + where, values);
  }
}
