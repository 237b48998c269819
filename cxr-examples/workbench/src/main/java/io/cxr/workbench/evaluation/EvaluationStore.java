package io.cxr.workbench.evaluation;

import io.cxr.workbench.queue.JobTable;
import io.cxr.workbench.state.Database;
import io.cxr.workbench.state.Tables;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Evaluations in the database, without their figures. Thread-safe. */
public final class EvaluationStore extends JobTable<EvaluationHead> {
  /** The tables of evaluation. */
  public static final Tables TABLES =
      new Tables(
          "evaluation",
          List.of(
              List.of(
                  """
                  CREATE TABLE evaluation (
                    number INTEGER PRIMARY KEY AUTOINCREMENT,
                    id TEXT NOT NULL UNIQUE,
                    owner TEXT NOT NULL,
                    created INTEGER NOT NULL,
                    model TEXT NOT NULL,
                    model_name TEXT NOT NULL,
                    data TEXT NOT NULL,
                    data_name TEXT NOT NULL,
                    state TEXT NOT NULL,
                    done INTEGER NOT NULL,
                    total INTEGER NOT NULL,
                    error TEXT)\
                  """,
                  "CREATE INDEX evaluation_owner ON evaluation (owner)",
                  """
                  CREATE TABLE opened_item (
                    evaluation TEXT NOT NULL REFERENCES evaluation (id) ON DELETE CASCADE,
                    item INTEGER NOT NULL,
                    film TEXT NOT NULL,
                    PRIMARY KEY (evaluation, item))\
                  """)));

  EvaluationStore(Database database) {
    super(database, "evaluation");
  }

  @Override
  public void add(EvaluationHead head) {
    database.update(
        "INSERT INTO evaluation (id, owner, created, model, model_name, data, data_name, state,"
            + " done, total, error) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        head.id(),
        head.owner(),
        head.created().toEpochMilli(),
        head.model(),
        head.modelName(),
        head.data(),
        head.dataName(),
        head.state().name(),
        head.done(),
        head.total(),
        head.error());
  }

  @Override
  public void update(EvaluationHead head) {
    database.update(
        "UPDATE evaluation SET state = ?, done = ?, total = ?, error = ? WHERE id = ?",
        head.state().name(),
        head.done(),
        head.total(),
        head.error(),
        head.id());
  }

  /** The case that an item was opened as before. */
  Optional<String> opened(String evaluation, int item) {
    return database.first(
        row -> row.getString(1),
        "SELECT film FROM opened_item WHERE evaluation = ? AND item = ?",
        evaluation,
        item);
  }

  void opened(String evaluation, int item, String film) {
    database.update(
        "INSERT OR REPLACE INTO opened_item (evaluation, item, film) VALUES (?, ?, ?)",
        evaluation,
        item,
        film);
  }

  @Override
  protected EvaluationHead read(ResultSet row) throws SQLException {
    return new EvaluationHead(
        row.getString("id"),
        row.getString("owner"),
        Instant.ofEpochMilli(row.getLong("created")),
        row.getString("model"),
        row.getString("model_name"),
        row.getString("data"),
        row.getString("data_name"),
        EvaluationHead.State.valueOf(row.getString("state")),
        row.getInt("done"),
        row.getInt("total"),
        row.getString("error"));
  }
}
