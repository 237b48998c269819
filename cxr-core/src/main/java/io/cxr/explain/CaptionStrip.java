package io.cxr.explain;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lines of text as pixels. The letters are our own, 5 x 7 pixels each, so that the text is there on
 * machines without fonts too, which servers and containers often are, and is the same everywhere.
 * ASCII only: accents are dropped, other characters become question marks.
 */
final class CaptionStrip {
  private static final int LETTER_COLUMNS = 5;
  private static final int LETTER_ROWS = 7;
  private static final int ADVANCE = LETTER_COLUMNS + 1;
  private static final int LINE = LETTER_ROWS + 3;
  private static final int MARGIN = 3;
  private static final int LETTERS_A_BAND = 16;

  /** What is written at the ends of the scale of colours, and how many letters it is long. */
  private static final String LEAST = "least ";

  private static final String MOST = " most";
  private static final int LONGEST_BAR = 24;
  private static final int PAPER = 0x000000;
  private static final int INK = 0xe6e6e6;

  /** Letters a line where the text is to be as large as it may be. */
  private static final int LETTERS_A_LINE = 44;

  private static final boolean[][][] LETTERS = letters();

  private final List<String> lines;
  private final int scale;
  private final int columns;
  private final @Nullable Colormap colours;

  private CaptionStrip(List<String> lines, int scale, int columns, @Nullable Colormap colours) {
    this.lines = lines;
    this.scale = scale;
    this.columns = columns;
    this.colours = colours;
  }

  /**
   * A strip of at least 64 columns.
   *
   * @param colours the map whose scale is drawn beneath the text, if any
   */
  static CaptionStrip of(List<String> paragraphs, int columns, @Nullable Colormap colours) {
    int scale = Math.max(1, (columns - 2 * MARGIN) / (LETTERS_A_LINE * ADVANCE));
    int width = (columns - 2 * MARGIN * scale) / (ADVANCE * scale);
    List<String> lines = new ArrayList<>();
    for (String paragraph : paragraphs) {
      wrap(ascii(paragraph), width, lines);
    }
    if (colours != null) {
      // The bar is as many letters wide as the line has room for between the two words.
      int bar = Math.max(1, Math.min(LONGEST_BAR, width - LEAST.length() - MOST.length()));
      lines.add(LEAST + " ".repeat(bar) + MOST);
    }
    return new CaptionStrip(lines, scale, columns, colours);
  }

  int rows() {
    return (lines.size() * LINE + 2 * MARGIN) * scale;
  }

  List<String> lines() {
    return lines;
  }

  /** The pixels, each as {@code 0xRRGGBB}: {@link #rows()} rows of the strip's columns. */
  int[] toRgb() {
    int[] pixels = new int[rows() * columns];
    Arrays.fill(pixels, PAPER);
    for (int i = 0; i < lines.size(); i++) {
      for (int row = 0; row < LETTER_ROWS; row++) {
        int first = (MARGIN + i * LINE + row) * scale * columns;
        text(lines.get(i), row, pixels, first);
        if (colours != null && i == lines.size() - 1) {
          scale(colours, lines.get(i), pixels, first);
        }
        for (int copy = 1; copy < scale; copy++) {
          System.arraycopy(pixels, first, pixels, first + copy * columns, columns);
        }
      }
    }
    return pixels;
  }

  private void text(String line, int letterRow, int[] pixels, int first) {
    for (int i = 0; i < line.length(); i++) {
      boolean[] letter = LETTERS[line.charAt(i) - ' '][letterRow];
      for (int column = 0; column < LETTER_COLUMNS; column++) {
        if (letter[column]) {
          fill(pixels, first, MARGIN + i * ADVANCE + column, INK);
        }
      }
    }
  }

  private void scale(Colormap map, String line, int[] pixels, int first) {
    int cells = (line.length() - LEAST.length() - MOST.length()) * ADVANCE;
    for (int cell = 0; cell < cells; cell++) {
      int colour = map.rgb(cell / (cells - 1f));
      fill(pixels, first, MARGIN + LEAST.length() * ADVANCE + cell, colour);
    }
  }

  private void fill(int[] pixels, int first, int cell, int colour) {
    Arrays.fill(pixels, first + cell * scale, first + (cell + 1) * scale, colour);
  }

  private static String ascii(String text) {
    return Normalizer.normalize(text, Normalizer.Form.NFD)
        .replaceAll("\\p{M}", "")
        .replaceAll("\\s", " ")
        .replaceAll("[^ -~]", "?");
  }

  private static void wrap(String text, int width, List<String> lines) {
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ", -1)) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      if (!line.isEmpty()) {
        line.append(' ');
      }
      line.append(word);
      while (line.length() > width) {
        lines.add(line.substring(0, width));
        line.delete(0, width);
      }
    }
    if (!line.isEmpty()) {
      lines.add(line.toString());
    }
  }

  /** Reads the drawn letters: bands of 16 from the space on, a column of blanks between two. */
  private static boolean[][][] letters() {
    boolean[][][] letters = new boolean['~' - ' ' + 1][LETTER_ROWS][LETTER_COLUMNS];
    try (InputStream in = CaptionStrip.class.getResourceAsStream("letters.txt")) {
      if (in == null) {
        throw new IllegalStateException("letters.txt is missing from the jar of cxr-core");
      }
      List<String> drawn =
          new BufferedReader(new InputStreamReader(in, StandardCharsets.US_ASCII)).lines().toList();
      for (int letter = 0; letter < letters.length; letter++) {
        int top = letter / LETTERS_A_BAND * (LETTER_ROWS + 1);
        int left = letter % LETTERS_A_BAND * ADVANCE;
        for (int row = 0; row < LETTER_ROWS; row++) {
          for (int column = 0; column < LETTER_COLUMNS; column++) {
            letters[letter][row][column] = drawn.get(top + row).charAt(left + column) == '#';
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return letters;
  }
}
