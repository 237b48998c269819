package io.cxr.workbench.state;

import java.util.List;

/**
 * The tables of one part of the workbench, and how those of earlier releases become these.
 *
 * @param part the part's name, such as {@code cases}; never changed
 * @param steps each is a list of SQL statements that brings the tables from the version of its
 *     place to the next; once released, a step is never changed
 */
public record Tables(String part, List<List<String>> steps) {
  /** Checks and copies. */
  public Tables {
    steps = steps.stream().map(List::copyOf).toList();
    if (part.isEmpty() || steps.isEmpty()) {
      throw new IllegalArgumentException("Tables: expected a name and at least one step");
    }
  }
}
