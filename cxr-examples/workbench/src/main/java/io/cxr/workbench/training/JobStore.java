package io.cxr.workbench.training;

import io.cxr.train.TrainingHistory;
import io.cxr.workbench.http.Json;
import io.cxr.workbench.queue.JobTable;
import io.cxr.workbench.state.Database;
import io.cxr.workbench.state.Tables;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import tools.jackson.core.type.TypeReference;

/** Jobs in the database. Thread-safe. */
public final class JobStore extends JobTable<Job> {
  /** The tables of training. */
  public static final Tables TABLES =
      new Tables(
          "training",
          List.of(
              List.of(
                  """
                  CREATE TABLE job (
                    number INTEGER PRIMARY KEY AUTOINCREMENT,
                    id TEXT NOT NULL UNIQUE,
                    owner TEXT NOT NULL,
                    created INTEGER NOT NULL,
                    data TEXT NOT NULL,
                    data_name TEXT NOT NULL,
                    preset TEXT NOT NULL,
                    name TEXT NOT NULL,
                    epochs INTEGER NOT NULL,
                    seed INTEGER NOT NULL,
                    state TEXT NOT NULL,
                    history TEXT NOT NULL,
                    warnings TEXT NOT NULL,
                    images INTEGER,
                    seconds REAL NOT NULL,
                    model TEXT,
                    error TEXT)\
                  """,
                  "CREATE INDEX job_owner ON job (owner)")));

  JobStore(Database database) {
    super(database, "job");
  }

  @Override
  public void add(Job job) {
    database.update(
        "INSERT INTO job (id, owner, created, data, data_name, preset, name, epochs, seed, state,"
            + " history, warnings, images, seconds, model, error)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        job.id(),
        job.owner(),
        job.created().toEpochMilli(),
        job.data(),
        job.dataName(),
        job.preset().id(),
        job.name(),
        job.epochs(),
        job.seed(),
        job.state().name(),
        history(job),
        Json.mapper().writeValueAsString(job.warnings()),
        job.images(),
        job.seconds(),
        job.model(),
        job.error());
  }

  @Override
  public void update(Job job) {
    database.update(
        "UPDATE job SET state = ?, history = ?, warnings = ?, images = ?, seconds = ?, model = ?,"
            + " error = ? WHERE id = ?",
        job.state().name(),
        history(job),
        Json.mapper().writeValueAsString(job.warnings()),
        job.images(),
        job.seconds(),
        job.model(),
        job.error(),
        job.id());
  }

  /** Those in a state, the oldest first. */
  List<Job> in(Job.State state) {
    return select("WHERE state = ? ORDER BY number", state.name());
  }

  private static String history(Job job) {
    return new TrainingHistory(job.history()).toJson();
  }

  @Override
  protected Job read(ResultSet row) throws SQLException {
    int images = row.getInt("images");
    boolean known = !row.wasNull();
    return new Job(
        row.getString("id"),
        row.getString("owner"),
        Instant.ofEpochMilli(row.getLong("created")),
        row.getString("data"),
        row.getString("data_name"),
        Preset.of(row.getString("preset")).orElse(Preset.HEAD),
        row.getString("name"),
        row.getInt("epochs"),
        row.getLong("seed"),
        Job.State.valueOf(row.getString("state")),
        TrainingHistory.fromJson(row.getString("history")).epochs(),
        Json.mapper().readValue(row.getString("warnings"), new TypeReference<List<String>>() {}),
        known ? images : null,
        row.getDouble("seconds"),
        row.getString("model"),
        row.getString("error"));
  }
}
