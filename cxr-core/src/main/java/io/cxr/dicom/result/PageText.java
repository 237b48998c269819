package io.cxr.dicom.result;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.fontbox.ttf.CmapLookup;
import org.apache.fontbox.ttf.TTFParser;
import org.apache.fontbox.ttf.TrueTypeFont;
import org.apache.pdfbox.io.RandomAccessReadBuffer;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.PDPageContentStream;
import org.apache.pdfbox.pdmodel.font.PDType0Font;
import org.apache.pdfbox.pdmodel.graphics.state.RenderingMode;

/**
 * Text of a PDF page in Liberation Sans, which comes with PDFBox (SIL Open Font License) and is
 * embedded as far as it is used, so that a page is the same on machines with other fonts or none.
 *
 * <p>It has the Latin, Greek and Cyrillic letters. A character that it lacks, or that runs from
 * right to left, is shown as its code point, such as {@code [U+80BA]}; who searches or copies the
 * text gets the character itself (ActualText, ISO 32000-1 14.9.4).
 */
final class PageText {
  private static final String FONT = "/org/apache/pdfbox/resources/ttf/LiberationSans-Regular.ttf";
  private static final float UNITS = 1000;

  /** How thick the outline of bold letters is, as a share of their size: there is no bold font. */
  private static final float BOLD = 0.035f;

  private final PDType0Font font;
  private final CmapLookup glyphs;
  private final Map<Integer, Float> advances = new HashMap<>();

  private PageText(PDType0Font font, CmapLookup glyphs) {
    this.font = font;
    this.glyphs = glyphs;
  }

  static PageText embed(PDDocument document) throws IOException {
    try (InputStream in = PDDocument.class.getResourceAsStream(FONT)) {
      if (in == null) {
        throw new IllegalStateException(
            "Encapsulated PDF: expected the font "
                + FONT
                + " in PDFBox' jar, found none. Use version 3.0.8.");
      }
      TrueTypeFont letters = new TTFParser().parse(new RandomAccessReadBuffer(in));
      // Ligatures would come back as other characters when text is searched.
      letters.setEnableGsub(false);
      return new PageText(
          PDType0Font.load(document, letters, true), letters.getUnicodeCmapLookup());
    }
  }

  /** Text as it is drawn: composed, in one line. */
  private static String plain(String text) {
    return Normalizer.normalize(text, Normalizer.Form.NFC).replaceAll("\\s", " ");
  }

  private boolean isDrawable(int character) {
    byte direction = Character.getDirectionality(character);
    return glyphs.getGlyphId(character) != 0
        && !Character.isISOControl(character)
        && Character.getType(character) != Character.FORMAT
        && direction != Character.DIRECTIONALITY_RIGHT_TO_LEFT
        && direction != Character.DIRECTIONALITY_RIGHT_TO_LEFT_ARABIC;
  }

  private static String codePoint(int character) {
    return String.format(Locale.ROOT, "[U+%04X]", character);
  }

  private float advance(int character) {
    Float known = advances.get(character);
    if (known != null) {
      return known;
    }
    String shown = isDrawable(character) ? Character.toString(character) : codePoint(character);
    try {
      float advance = font.getStringWidth(shown) / UNITS;
      advances.put(character, advance);
      return advance;
    } catch (IOException e) {
      throw new IllegalStateException("A font in memory could not be read", e);
    }
  }

  /** The width of a line of text in points. */
  float width(String text, float size) {
    float width = 0;
    int[] characters = plain(text).codePoints().toArray();
    for (int character : characters) {
      width += advance(character);
    }
    return width * size;
  }

  /** Breaks text at spaces, and within a word that is longer than a line. At least one line. */
  List<String> wrap(String text, float size, float most) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : plain(text).split(" ", -1)) {
      String joined = line.isEmpty() ? word : line + " " + word;
      if (width(joined, size) <= most) {
        line.setLength(0);
        line.append(joined);
        continue;
      }
      if (!line.isEmpty()) {
        lines.add(line.toString());
        line.setLength(0);
      }
      int[] characters = word.codePoints().toArray();
      float width = 0;
      for (int character : characters) {
        float advance = advance(character) * size;
        if (width + advance > most && !line.isEmpty()) {
          lines.add(line.toString());
          line.setLength(0);
          width = 0;
        }
        line.appendCodePoint(character);
        width += advance;
      }
    }
    if (!line.isEmpty() || lines.isEmpty()) {
      lines.add(line.toString());
    }
    return lines;
  }

  /** Draws a line of text from a point on its base line, in the present colour. */
  void draw(PDPageContentStream page, String text, float left, float base, float size, boolean bold)
      throws IOException {
    String line = plain(text);
    page.setRenderingMode(bold ? RenderingMode.FILL_STROKE : RenderingMode.FILL);
    page.setLineWidth(size * BOLD);
    float x = left;
    int[] characters = line.codePoints().toArray();
    for (int start = 0; start < characters.length; ) {
      boolean drawable = isDrawable(characters[start]);
      int end = start + 1;
      while (end < characters.length && isDrawable(characters[end]) == drawable) {
        end++;
      }
      String part = new String(characters, start, end - start);
      page.beginText();
      page.setFont(font, size);
      page.newLineAtOffset(x, base);
      if (drawable) {
        page.showText(part);
      } else {
        StringBuilder shown = new StringBuilder();
        part.codePoints().forEach(character -> shown.append(codePoint(character)));
        beginActualText(page, part);
        page.showText(shown.toString());
        page.endMarkedContent();
      }
      page.endText();
      x += width(part, size);
      start = end;
    }
  }

  /** In place, not by a property list of the page, which some readers do not look up. */
  @SuppressWarnings("deprecation") // There is no other way to write operands of one's own.
  private static void beginActualText(PDPageContentStream page, String text) throws IOException {
    StringBuilder digits = new StringBuilder("FEFF");
    for (byte code : text.getBytes(StandardCharsets.UTF_16BE)) {
      digits.append(String.format(Locale.ROOT, "%02X", code));
    }
    page.appendRawCommands("/Span <</ActualText <" + digits + ">>> BDC\n");
  }
}
