package io.cxr.dataset;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where on images readers have marked findings: a CSV file (RFC 4180, UTF-8, with a header) with
 * one line per box and the columns {@code file}, {@code left}, {@code top}, {@code width} and
 * {@code height}, in any order and beside any others; where there is a column {@code finding}, a
 * box is of that finding. Immutable and thread-safe.
 */
public final class BoxTable {
  private static final List<String> SIDES = List.of("left", "top", "width", "height");

  /** Sums of rounded fractions may be a little above 1. */
  private static final double ROUNDING = 1e-3;

  private static final String FINDING = "finding";

  private final Map<String, List<Box>> boxes;

  /** By image, then by finding; empty without such a column. */
  private final Map<String, Map<String, List<Box>>> byFinding;

  private BoxTable(Map<String, List<Box>> boxes, Map<String, Map<String, List<Box>>> byFinding) {
    this.boxes = Collections.unmodifiableMap(boxes);
    this.byFinding = byFinding;
  }

  /**
   * A rectangle on an image.
   *
   * @param left its left side, a fraction of the image's width, 0 at the left
   * @param top its upper side, a fraction of the image's height, 0 at the top
   * @param width its width, a fraction of the image's width
   * @param height its height, a fraction of the image's height
   */
  public record Box(double left, double top, double width, double height) {
    /** Checks the values. */
    public Box {
      boolean fits =
          left >= 0
              && top >= 0
              && width > 0
              && height > 0
              && left + width <= 1 + ROUNDING
              && top + height <= 1 + ROUNDING;
      if (!fits) {
        throw new IllegalArgumentException(
            "Box: expected fractions of the image, from 0 to 1, found left "
                + left
                + ", top "
                + top
                + ", width "
                + width
                + ", height "
                + height);
      }
    }

    /**
     * Whether a point is in the box.
     *
     * @param x a fraction of the image's width
     * @param y a fraction of the image's height
     * @return whether it is inside or on the left or upper side
     */
    public boolean contains(double x, double y) {
      return x >= left && x < left + width && y >= top && y < top + height;
    }
  }

  /**
   * Reads a table.
   *
   * @param csv the file
   * @return the table
   * @throws IOException if the file is missing or unreadable
   * @throws IllegalArgumentException if it is not such a table, or a box is not on its image
   */
  public static BoxTable read(Path csv) throws IOException {
    List<String> needed = new ArrayList<>(List.of("file"));
    needed.addAll(SIDES);
    ImageTable table = ImageTable.read(csv, needed);
    int[] columns = SIDES.stream().mapToInt(table.columns()::indexOf).toArray();
    int finding = table.columns().indexOf(FINDING);
    Map<String, List<Box>> boxes = new LinkedHashMap<>();
    Map<String, Map<String, List<Box>>> byFinding = new HashMap<>();
    table
        .lines()
        .forEach(
            (file, lines) -> {
              boxes.put(
                  file, lines.stream().map(line -> box(table.name(), columns, line)).toList());
              for (int i = 0; finding >= 0 && i < lines.size(); i++) {
                byFinding
                    .computeIfAbsent(file, key -> new HashMap<>())
                    .computeIfAbsent(lines.get(i).fields().get(finding), key -> new ArrayList<>())
                    .add(boxes.get(file).get(i));
              }
            });
    return new BoxTable(boxes, byFinding);
  }

  private static Box box(String table, int[] columns, CsvRows.Row line) {
    double[] sides = new double[columns.length];
    try {
      for (int i = 0; i < sides.length; i++) {
        sides[i] = Double.parseDouble(line.fields().get(columns[i]));
      }
      return new Box(sides[0], sides[1], sides[2], sides[3]);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          table + ", line " + line.number() + ": expected numbers in " + SIDES + ", found others",
          e);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          table + ", line " + line.number() + ": " + e.getMessage(), e);
    }
  }

  /**
   * The boxes of one finding on one image.
   *
   * @param file the image, as the table names it
   * @param finding a finding, as the column {@code finding} has it
   * @return none if the image has none, or the table no such column
   */
  public List<Box> of(String file, String finding) {
    return List.copyOf(byFinding.getOrDefault(file, Map.of()).getOrDefault(finding, List.of()));
  }

  /**
   * All boxes.
   *
   * @return by image, as the table names it; at least one box each
   */
  public Map<String, List<Box>> byFile() {
    return boxes;
  }
}
