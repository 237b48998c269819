package io.cxr.workbench.cases;

import io.cxr.radiograph.Radiograph;
import io.cxr.workbench.http.Json;
import io.cxr.workbench.state.Database;
import io.cxr.workbench.state.Tables;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;

/** Cases with their answers and marks in the database, without their files. Thread-safe. */
final class CaseTable {
  /** Cases, answers and marks. */
  static final Tables TABLES =
      new Tables(
          "cases",
          List.of(
              List.of(
                  "CREATE TABLE film (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL"
                      + " UNIQUE, owner TEXT NOT NULL, name TEXT NOT NULL, folder TEXT NOT NULL,"
                      + " added INTEGER NOT NULL, bytes INTEGER NOT NULL, format TEXT, width"
                      + " INTEGER, height INTEGER, bits INTEGER)",
                  "CREATE INDEX film_of_owner ON film (owner)",
                  "CREATE TABLE answer (film TEXT NOT NULL REFERENCES film (id) ON DELETE CASCADE,"
                      + " model TEXT NOT NULL, state TEXT NOT NULL, result TEXT, decisions TEXT,"
                      + " reason TEXT, error TEXT, label TEXT, probability REAL, seconds REAL,"
                      + " PRIMARY KEY (film, model))",
                  "CREATE INDEX open_answer ON answer (state) WHERE state IN ('QUEUED',"
                      + " 'RUNNING')",
                  "CREATE TABLE mark (film TEXT PRIMARY KEY REFERENCES film (id) ON DELETE"
                      + " CASCADE, verdict TEXT, labels TEXT, remark TEXT NOT NULL)")));

  private static final String SELECT_FILMS =
      "SELECT film.*, mark.film AS marked, mark.verdict, mark.labels, mark.remark FROM film LEFT"
          + " JOIN mark ON mark.film = film.id";

  private final Database database;

  CaseTable(Database database) {
    this.database = database;
  }

  /** Lets answers wait again that an interrupted run was at. */
  void requeue() {
    database.update("UPDATE answer SET state = 'QUEUED' WHERE state = 'RUNNING'");
  }

  /** The ids of all cases. */
  List<String> ids() {
    return database.query(row -> row.getString(1), "SELECT id FROM film");
  }

  /** The ids of a user's cases. */
  List<String> ids(String owner) {
    return database.query(row -> row.getString(1), "SELECT id FROM film WHERE owner = ?", owner);
  }

  /** A user's cases, the oldest first. */
  List<Case> of(String owner) {
    return read(
        SELECT_FILMS + " WHERE owner = ? ORDER BY number",
        "SELECT answer.* FROM answer JOIN film ON film.id = answer.film WHERE film.owner = ?",
        owner);
  }

  Optional<Case> find(String id) {
    return read(SELECT_FILMS + " WHERE id = ?", "SELECT * FROM answer WHERE film = ?", id).stream()
        .findFirst();
  }

  private List<Case> read(String films, String answers, String key) {
    return database.transaction(
        connection -> {
          Map<String, Map<String, Answer>> byFilm = new HashMap<>();
          try (var statement = connection.prepareStatement(answers)) {
            statement.setString(1, key);
            try (ResultSet row = statement.executeQuery()) {
              while (row.next()) {
                byFilm
                    .computeIfAbsent(row.getString("film"), film -> new HashMap<>())
                    .put(row.getString("model"), answer(row));
              }
            }
          }
          List<Case> cases = new ArrayList<>();
          try (var statement = connection.prepareStatement(films)) {
            statement.setString(1, key);
            try (ResultSet row = statement.executeQuery()) {
              while (row.next()) {
                cases.add(ofRow(row, byFilm.getOrDefault(row.getString("id"), Map.of())));
              }
            }
          }
          return cases;
        });
  }

  private static Case ofRow(ResultSet row, Map<String, Answer> answers) throws SQLException {
    return new Case(
        row.getString("id"),
        row.getString("owner"),
        row.getString("name"),
        row.getString("folder"),
        Instant.ofEpochMilli(row.getLong("added")),
        row.getLong("bytes"),
        row.getString("format"),
        integer(row, "width"),
        integer(row, "height"),
        integer(row, "bits"),
        answers,
        row.getString("marked") == null ? null : mark(row));
  }

  private static @Nullable Integer integer(ResultSet row, String column) throws SQLException {
    int value = row.getInt(column);
    return row.wasNull() ? null : value;
  }

  private static @Nullable Double decimal(ResultSet row, String column) throws SQLException {
    double value = row.getDouble(column);
    return row.wasNull() ? null : value;
  }

  private static Mark mark(ResultSet row) throws SQLException {
    String labels = row.getString("labels");
    return new Mark(
        row.getString("verdict"),
        labels == null
            ? null
            : Json.mapper().readValue(labels, new TypeReference<List<String>>() {}),
        row.getString("remark"));
  }

  private static Answer answer(ResultSet row) throws SQLException {
    return new Answer(
        Answer.State.valueOf(row.getString("state")),
        row.getString("result"),
        row.getString("decisions"),
        row.getString("reason"),
        row.getString("error"),
        row.getString("label"),
        decimal(row, "probability"),
        decimal(row, "seconds"));
  }

  /**
   * Writes a new case and lets it wait for a model.
   *
   * @param added without answers and mark
   * @param model the model's id
   */
  void add(Case added, String model) {
    database.transaction(
        connection -> {
          database.update(
              "INSERT INTO film (id, owner, name, folder, added, bytes, format) VALUES (?, ?, ?,"
                  + " ?, ?, ?, ?)",
              added.id(),
              added.owner(),
              added.name(),
              added.folder(),
              added.added().toEpochMilli(),
              added.bytes(),
              added.format());
          return enqueue(added.id(), model);
        });
  }

  /** Lets a case wait for a model, unless it did before. */
  int enqueue(String film, String model) {
    return database.update(
        "INSERT OR IGNORE INTO answer (film, model, state) SELECT id, ?, 'QUEUED' FROM film WHERE"
            + " id = ?",
        model,
        film);
  }

  void delete(String id) {
    database.update("DELETE FROM film WHERE id = ?", id);
  }

  /** Deletes a case of a user; false if there is none. */
  boolean delete(String owner, String id) {
    return database.update("DELETE FROM film WHERE id = ? AND owner = ?", id, owner) == 1;
  }

  /** Leaves nothing of what was deleted in the database's files. */
  void emptyLog() {
    database.emptyLog();
  }

  /** What a user's cases take. */
  CaseStore.Usage usage(String owner) {
    return database
        .first(
            row -> new CaseStore.Usage(row.getInt(1), row.getLong(2)),
            "SELECT COUNT(*), COALESCE(SUM(bytes), 0) FROM film WHERE owner = ?",
            owner)
        .orElseThrow();
  }

  /** Writes a mark in the place of one that was there; null for none. */
  void mark(String film, @Nullable Mark mark) {
    if (mark == null) {
      database.update("DELETE FROM mark WHERE film = ?", film);
    } else {
      database.update(
          "INSERT OR REPLACE INTO mark (film, verdict, labels, remark) SELECT id, ?, ?, ? FROM film"
              + " WHERE id = ?",
          mark.verdict(),
          mark.labels() == null ? null : Json.mapper().writeValueAsString(mark.labels()),
          mark.remark(),
          film);
    }
  }

  /** Users and models of which answers wait. */
  List<CaseStore.Waiting> waiting() {
    return database.query(
        row -> new CaseStore.Waiting(row.getString(1), row.getString(2)),
        "SELECT DISTINCT film.owner, answer.model FROM answer JOIN film ON film.id = answer.film"
            + " WHERE answer.state = 'QUEUED'");
  }

  /** Lets up to so many that wait count as running, and returns their ids, the oldest first. */
  List<String> take(CaseStore.Waiting waiting, int most) {
    List<String> ids =
        database.query(
            row -> row.getString(1),
            "SELECT film.id FROM answer JOIN film ON film.id = answer.film WHERE answer.state ="
                + " 'QUEUED' AND film.owner = ? AND answer.model = ? ORDER BY film.number LIMIT ?",
            waiting.owner(),
            waiting.model(),
            most);
    database.transaction(
        connection -> {
          int running = 0;
          for (String id : ids) {
            running +=
                database.update(
                    "UPDATE answer SET state = 'RUNNING' WHERE film = ? AND model = ?",
                    id,
                    waiting.model());
          }
          return running;
        });
    return ids;
  }

  /** Writes what a model answered; nothing if the case is deleted. */
  void answered(String film, String model, Answer answer) {
    database.update(
        "UPDATE answer SET state = ?, result = ?, decisions = ?, reason = ?, error = ?, label = ?,"
            + " probability = ?, seconds = ? WHERE film = ? AND model = ?",
        answer.state().name(),
        answer.result(),
        answer.decisions(),
        answer.reason(),
        answer.error(),
        answer.topLabel(),
        answer.topProbability(),
        answer.seconds(),
        film,
        model);
  }

  /** Writes what decoding found. */
  void decoded(String film, Radiograph radiograph) {
    database.update(
        "UPDATE film SET width = ?, height = ?, bits = ? WHERE id = ?",
        radiograph.columns(),
        radiograph.rows(),
        radiograph.bitsStored(),
        film);
  }

  /** How far the answers of a user's cases are. */
  CaseStore.Progress progress(String owner) {
    return database
        .first(
            row -> new CaseStore.Progress(row.getInt(1), row.getInt(2), row.getInt(3)),
            "SELECT COUNT(*) FILTER (WHERE state = 'QUEUED'), COUNT(*) FILTER (WHERE state ="
                + " 'RUNNING'), COUNT(*) FILTER (WHERE state NOT IN ('QUEUED', 'RUNNING')) FROM"
                + " answer JOIN film ON film.id = answer.film WHERE film.owner = ?",
            owner)
        .orElseThrow();
  }
}
