package io.cxr.pacs;

import io.cxr.pacs.WorkItem.Kind;
import io.cxr.pacs.WorkItem.Status;
import java.io.IOException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** What became of the items of a gateway's state. Thread-safe. */
final class StateOverview {
  private final StateDatabase database;

  StateOverview(StateDatabase database) {
    this.database = database;
  }

  /** How many items of a kind have each status. */
  Map<Status, Integer> counts(Kind kind) throws IOException {
    Map<Status, Integer> counts = new EnumMap<>(Status.class);
    return database.read(
        connection -> {
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
          }
        });
  }

  /** How often each reason refused an instance. */
  Map<String, Integer> refusals() throws IOException {
    Map<String, Integer> counts = new TreeMap<>();
    return database.read(
        connection -> {
          try (Statement select = connection.createStatement();
              ResultSet rows =
                  select.executeQuery(
                      "SELECT detail, COUNT(*) FROM item WHERE status = 'REFUSED' GROUP BY detail")) {
            while (rows.next()) {
              counts.put(rows.getString(1), rows.getInt(2));
            }
            return counts;
          }
        });
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
  List<Unanswered> unanswered(int most) throws IOException {
    return database.read(
        connection -> {
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
          }
        });
  }

  /**
   * What became of an instance.
   *
   * @param status how far it is
   * @param attempts how often it was begun
   * @param detail label, code of a refusal, or failure; may be empty
   */
  record Progress(Status status, int attempts, String detail) {}

  Optional<Progress> progress(String instance) throws IOException {
    return database.read(
        connection -> {
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
                      Status.valueOf(row.getString(1)),
                      row.getInt(2),
                      detail == null ? "" : detail));
            }
          }
        });
  }
}
