package io.cxr.pacs;

import java.io.IOException;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** When an archive was asked for everything, as a gateway's state keeps it. Thread-safe. */
final class PollingTimes {
  private static final long DAY = Duration.ofDays(1).toMillis();

  /** More days than any gateway is down. */
  private static final int MOST_DAYS = 1000;

  private final StateDatabase database;

  PollingTimes(StateDatabase database) {
    this.database = database;
  }

  /**
   * When the archive was last asked for all series of a modality, and answered. A time that has not
   * come yet was that of a clock that was ahead, and does not count.
   */
  Optional<Instant> polled(String modality, Instant now) throws IOException {
    return database.read(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement(
                  "SELECT MAX(completed) FROM poll WHERE modality = ? AND completed <= ?")) {
            select.setString(1, modality);
            select.setLong(2, now.toEpochMilli());
            try (ResultSet row = select.executeQuery()) {
              long completed = row.getLong(1);
              return row.wasNull()
                  ? Optional.empty()
                  : Optional.of(Instant.ofEpochMilli(completed));
            }
          }
        });
  }

  /** Notes that the archive was asked for all series of a modality, beginning at a time. */
  void notePolled(String modality, Instant begun) throws IOException {
    long completed = begun.toEpochMilli();
    database.transaction(
        connection -> {
          try (PreparedStatement insert =
                  connection.prepareStatement(
                      "INSERT INTO poll (modality, day, completed) VALUES (?, ?, ?)"
                          + " ON CONFLICT (modality, day) DO UPDATE"
                          + " SET completed = excluded.completed");
              PreparedStatement delete =
                  connection.prepareStatement(
                      "DELETE FROM poll WHERE modality = ? AND (completed > ? OR day < ?)")) {
            long day = Math.floorDiv(completed, DAY);
            insert.setString(1, modality);
            insert.setLong(2, day);
            insert.setLong(3, completed);
            insert.executeUpdate();
            delete.setString(1, modality);
            delete.setLong(2, completed);
            delete.setLong(3, day - MOST_DAYS);
            return delete.executeUpdate();
          }
        });
  }
}
