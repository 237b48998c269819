package io.cxr.pacs;

import io.cxr.ModelIdentity;
import io.cxr.pacs.WorkItem.Status;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * The results of a gateway's state: those that wait to be stored, and what was made and which
 * models were asked before. Thread-safe.
 */
final class PreparedResults {
  private final StateDatabase database;

  PreparedResults(StateDatabase database) {
    this.database = database;
  }

  /**
   * Keeps results until they are stored. From then on the instance is not classified again by the
   * same model.
   *
   * @param made the same results, as later ones refer to them
   * @param outcome what the item becomes then
   */
  void prepare(
      WorkItem item,
      List<PreparedResult> results,
      List<MadeResult> made,
      String detail,
      Status outcome)
      throws IOException {
    database.transaction(
        connection -> {
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
          noteMadeNow(connection, item, made, outcome);
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
  long preparedBytes(WorkItem item) throws IOException {
    return database.read(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement("SELECT SUM(LENGTH(file)) FROM result WHERE item = ?")) {
            select.setLong(1, item.number());
            try (ResultSet row = select.executeQuery()) {
              return row.getLong(1);
            }
          }
        });
  }

  List<PreparedResult> prepared(WorkItem item) throws IOException {
    return database.read(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement(
                  "SELECT uid, file FROM result WHERE item = ? ORDER BY rowid")) {
            select.setLong(1, item.number());
            List<PreparedResult> results = new ArrayList<>();
            try (ResultSet rows = select.executeQuery()) {
              while (rows.next()) {
                results.add(new PreparedResult(rows.getString(1), rows.getBytes(2)));
              }
            }
            return results;
          }
        });
  }

  /** Ends an item whose results are stored. Returns what it became. */
  Status finishStored(WorkItem item, Instant now) throws IOException {
    Status[] outcome = {Status.DONE};
    database.transaction(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement("SELECT outcome FROM item WHERE number = ?")) {
            select.setLong(1, item.number());
            try (ResultSet row = select.executeQuery()) {
              outcome[0] = Status.valueOf(row.getString(1));
            }
          }
          WorkQueue.finishNow(connection, item, outcome[0], "", now);
          return 0;
        });
    return outcome[0];
  }

  /**
   * What was made for an instance that results of a model come in the place of: all of other
   * models, and reports of the model's own that there is no result.
   */
  List<MadeResult> earlier(WorkItem item, ModelIdentity model) throws IOException {
    return database.read(
        connection -> {
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
                        new ModelIdentity(
                            rows.getString(4), rows.getString(5), rows.getString(6))));
              }
            }
            return results;
          }
        });
  }

  /**
   * Notes what is made for an instance.
   *
   * @param outcome what the instance is with it
   */
  void noteMade(WorkItem item, List<MadeResult> made, Status outcome) throws IOException {
    database.transaction(
        connection -> {
          noteMadeNow(connection, item, made, outcome);
          return 0;
        });
  }

  /** Notes that a model was asked about an instance and made nothing for it. */
  void noteAsked(WorkItem item, ModelIdentity model) throws IOException {
    database.transaction(
        connection -> {
          noteAskedNow(connection, item, model);
          return 0;
        });
  }

  private static void noteMadeNow(
      Connection connection, WorkItem item, List<MadeResult> made, Status outcome)
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
        noteAskedNow(connection, item, result.model());
      }
    }
  }

  private static void noteAskedNow(Connection connection, WorkItem item, ModelIdentity model)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO asked (item, model) VALUES (?, ?) ON CONFLICT DO NOTHING")) {
      insert.setLong(1, item.number());
      insert.setString(2, model.sha256());
      insert.executeUpdate();
    }
  }
}
