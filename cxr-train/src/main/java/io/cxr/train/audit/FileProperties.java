package io.cxr.train.audit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What a file says of itself without a pixel being looked at. Headers are walked up to the image
 * data (JPEG: ITU-T T.81, annex B; PNG: W3C PNG specification, clause 5); a file that was decoded
 * before has sound ones, and the walk stops at whatever it does not understand.
 */
final class FileProperties {
  /** A value that fewer images share says nothing that could be learnt. */
  private static final double RAREST = 0.02;

  private final Map<String, Double> numbers = new LinkedHashMap<>();
  private final Set<String> facts = new LinkedHashSet<>();

  private FileProperties() {}

  static FileProperties of(byte[] file, int rows, int columns, int bitsStored) {
    FileProperties properties = new FileProperties();
    Map<String, Double> numbers = properties.numbers;
    numbers.put("bytes a pixel", Math.log((double) file.length / rows / columns));
    numbers.put("rows", Math.log(rows));
    numbers.put("columns", Math.log(columns));
    double aspect = Math.log((double) columns / rows);
    numbers.put("aspect", aspect);
    numbers.put("distance from square", Math.abs(aspect));
    numbers.put("bits a pixel", (double) bitsStored);
    numbers.put("JPEG quantisation", 0.0);
    properties.facts.add("size " + columns + " x " + rows);
    if (at(file, 0) == 0xff && at(file, 1) == 0xd8) {
      properties.facts.add("format JPEG");
      properties.walkJpeg(file);
    } else if (at(file, 0) == 0x89 && at(file, 1) == 'P') {
      properties.facts.add("format PNG");
      properties.walkPng(file);
    } else {
      properties.facts.add("format " + otherFormat(file));
    }
    return properties;
  }

  private static String otherFormat(byte[] file) {
    int first = at(file, 0);
    int second = at(file, 1);
    if (first == 'G' && second == 'I') {
      return "GIF";
    } else if (first == 'B' && second == 'M') {
      return "BMP";
    }
    return first == second && (first == 'I' || first == 'M') ? "TIFF" : "other";
  }

  private static int at(byte[] file, int index) {
    return index >= 0 && index < file.length ? file[index] & 0xff : -1;
  }

  private static int twoBytes(byte[] file, int index) {
    return Math.max(0, at(file, index)) << 8 | Math.max(0, at(file, index + 1));
  }

  private static boolean says(byte[] file, int index, String text) {
    return index + text.length() <= file.length
        && new String(file, index, text.length(), StandardCharsets.ISO_8859_1).equals(text);
  }

  private void walkJpeg(byte[] file) {
    int index = 2;
    while (index + 4 <= file.length && at(file, index) == 0xff) {
      int marker = at(file, index + 1);
      if (marker == 0xff) {
        index++;
        continue;
      }
      int length = twoBytes(file, index + 2);
      int content = index + 4;
      int end = index + 2 + length;
      if (marker == 0xda || length < 2 || end > file.length) {
        return;
      }
      if (marker == 0xdb) {
        quantisation(file, content, end);
      } else if (marker >= 0xc0
          && marker <= 0xcf
          && marker != 0xc4
          && marker != 0xc8
          && marker != 0xcc) {
        facts.add(marker == 0xc2 ? "JPEG progressive" : "JPEG sequential");
        facts.add("JPEG components " + at(file, content + 5));
        if (at(file, content + 5) > 1 && at(file, content + 7) != 0x11) {
          facts.add("JPEG chroma subsampled");
        }
      } else if (marker == 0xe0 && says(file, content, "JFIF")) {
        facts.add("JFIF density unit " + at(file, content + 7));
      } else if (marker == 0xe1 && says(file, content, "Exif")) {
        facts.add("EXIF");
      } else if (marker == 0xe1) {
        facts.add("XMP");
      } else if (marker == 0xe2 && says(file, content, "ICC_PROFILE")) {
        facts.add("colour profile");
      } else if (marker == 0xed) {
        facts.add("Photoshop data");
      } else if (marker == 0xee && says(file, content, "Adobe")) {
        facts.add("Adobe marker");
      } else if (marker == 0xfe) {
        facts.add("comment");
      }
      index = end;
    }
  }

  /** The sum of the first table: the coarser the quality, the larger. */
  private void quantisation(byte[] file, int content, int end) {
    boolean wide = at(file, content) >> 4 == 1;
    if ((at(file, content) & 0x0f) != 0 || content + 1 + (wide ? 128 : 64) > end) {
      return;
    }
    int sum = 0;
    for (int i = 0; i < 64; i++) {
      sum += wide ? twoBytes(file, content + 1 + 2 * i) : at(file, content + 1 + i);
    }
    numbers.put("JPEG quantisation", Math.log1p(sum));
    facts.add("JPEG quantisation sum " + sum);
  }

  private void walkPng(byte[] file) {
    int index = 8;
    while (index + 12 <= file.length) {
      long length = (long) twoBytes(file, index) << 16 | twoBytes(file, index + 2);
      String type = new String(file, index + 4, 4, StandardCharsets.ISO_8859_1);
      int content = index + 8;
      if (type.equals("IDAT") || length > file.length - content - 4) {
        return;
      }
      switch (type) {
        case "IHDR" -> {
          facts.add("PNG bit depth " + at(file, content + 8));
          facts.add("PNG colour type " + at(file, content + 9));
          if (at(file, content + 12) == 1) {
            facts.add("PNG interlaced");
          }
        }
        case "tEXt", "zTXt", "iTXt" -> facts.add("comment");
        case "iCCP" -> facts.add("colour profile");
        case "eXIf" -> facts.add("EXIF");
        default -> facts.add("PNG chunk " + type);
      }
      index = content + (int) length + 4;
    }
  }

  /** Features of files, one row each. */
  static final class Table {
    final List<String> names;
    final float[][] rows;

    private Table(List<String> names, float[][] rows) {
      this.names = names;
      this.rows = rows;
    }
  }

  /** Numbers as they are, and a 1 or 0 for every fact that several files share but not all. */
  static Table table(List<FileProperties> files) {
    Map<String, Integer> counts = new TreeMap<>();
    for (FileProperties file : files) {
      file.facts.forEach(fact -> counts.merge(fact, 1, Integer::sum));
    }
    int fewest = Math.max(2, (int) Math.ceil(RAREST * files.size()));
    List<String> shared = new ArrayList<>();
    counts.forEach(
        (fact, count) -> {
          if (count >= fewest && count < files.size()) {
            shared.add(fact);
          }
        });
    List<String> numbers = List.copyOf(files.get(0).numbers.keySet());
    List<String> names = new ArrayList<>(numbers);
    names.addAll(shared);
    float[][] rows = new float[files.size()][names.size()];
    for (int i = 0; i < rows.length; i++) {
      int next = 0;
      for (double number : files.get(i).numbers.values()) {
        rows[i][next++] = (float) number;
      }
      for (String fact : shared) {
        rows[i][next++] = files.get(i).facts.contains(fact) ? 1 : 0;
      }
    }
    return new Table(names, rows);
  }
}
