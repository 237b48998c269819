package io.cxr.pacs;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** The tables of a gateway's state, and how those of earlier releases become these. */
final class StateSchema {
  private static final int VERSION = 3;

  /** Each brings the tables from the version of its place to the next. */
  private static final String[][] STEPS = {
    {
      "CREATE TABLE item (number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL,"
          + " study TEXT NOT NULL, series TEXT NOT NULL, uid TEXT NOT NULL,"
          + " status TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,"
          + " faults INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL,"
          + " noted INTEGER NOT NULL, finished INTEGER, detail TEXT, instances INTEGER,"
          + " revision INTEGER NOT NULL DEFAULT 0,"
          + " UNIQUE (kind, uid))",
      "CREATE INDEX open_item ON item (due) WHERE status IN ('WAITING', 'PREPARED')",
      "CREATE TABLE result (item INTEGER NOT NULL REFERENCES item (number), uid TEXT NOT NULL,"
          + " file BLOB NOT NULL, PRIMARY KEY (item, uid))"
    },
    {
      // Smaller numbers go first: see Priority.
      "ALTER TABLE item ADD COLUMN priority INTEGER NOT NULL DEFAULT 1",
      // Milliseconds that the item was left for later.
      "ALTER TABLE item ADD COLUMN waited INTEGER NOT NULL DEFAULT 0",
      // What an item becomes when its results are stored.
      "ALTER TABLE item ADD COLUMN outcome TEXT NOT NULL DEFAULT 'DONE'",
      "DROP INDEX open_item",
      "CREATE INDEX open_item ON item (priority, due) WHERE status IN ('WAITING', 'PREPARED')",
      "CREATE INDEX open_series ON item (series) WHERE status IN ('WAITING', 'PREPARED')",
      "CREATE INDEX prepared_item ON item (number) WHERE status = 'PREPARED'",
      "CREATE INDEX ended_item ON item (finished) WHERE status IN ('REFUSED', 'FAILED')",
      // When everything of a modality had been asked for, one row a day.
      "CREATE TABLE poll (modality TEXT NOT NULL, day INTEGER NOT NULL,"
          + " completed INTEGER NOT NULL, PRIMARY KEY (modality, day))",
      // How far the audit trail was, so that one whose end is cut off is found.
      "CREATE TABLE audit (records INTEGER NOT NULL, head TEXT NOT NULL)"
    },
    {
      // What was made for an instance, so that later results can say what they supersede.
      "CREATE TABLE made (item INTEGER NOT NULL REFERENCES item (number), uid TEXT NOT NULL,"
          + " series TEXT NOT NULL, class TEXT NOT NULL, model TEXT NOT NULL,"
          + " name TEXT NOT NULL, version TEXT NOT NULL, outcome TEXT NOT NULL,"
          + " PRIMARY KEY (item, uid))",
      // The models that an instance was classified or refused by, by their SHA-256.
      "CREATE TABLE asked (item INTEGER NOT NULL REFERENCES item (number), model TEXT NOT NULL,"
          + " PRIMARY KEY (item, model))"
    }
  };

  private StateSchema() {}

  /** Opens a database, which is made when needed. */
  static Connection connect(Path file) throws SQLException, IOException {
    Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode = WAL");
      // Also through a loss of power.
      statement.execute("PRAGMA synchronous = FULL");
      statement.execute("PRAGMA foreign_keys = ON");
      // What is deleted held images.
      statement.execute("PRAGMA secure_delete = ON");
      int version;
      try (ResultSet row = statement.executeQuery("PRAGMA user_version")) {
        version = row.getInt(1);
      }
      if (version < 0 || version > VERSION) {
        throw new IOException(
            "State "
                + file
                + ": expected version "
                + VERSION
                + " or an earlier one, found "
                + version
                + ". Use the release that wrote it, or another folder.");
      }
      if (version < VERSION) {
        connection.setAutoCommit(false);
        for (int step = version; step < VERSION; step++) {
          for (String change : STEPS[step]) {
            statement.execute(change);
          }
        }
        statement.execute("PRAGMA user_version = " + VERSION);
        connection.commit();
        connection.setAutoCommit(true);
      }
      return connection;
    } catch (SQLException | IOException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }
}
