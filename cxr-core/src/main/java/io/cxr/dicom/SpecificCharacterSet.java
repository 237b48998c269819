package io.cxr.dicom;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Specific Character Set (0008,0005): how bytes of names and text are decoded (DICOM PS3.5 6.1,
 * PS3.3 C.12.1.1.2).
 *
 * <p>One of the single-byte sets, UTF-8, GBK or GB18030; or several sets with ISO 2022 escape
 * sequences. Invalid bytes become U+FFFD: an undecodable name does not make an image unreadable.
 * Immutable and thread-safe.
 */
public final class SpecificCharacterSet {
  // First: the sets below are made with it.
  private static final Charset ASCII = StandardCharsets.US_ASCII;

  /** ASCII, the default repertoire ISO_IR 6. */
  public static final SpecificCharacterSet DEFAULT = new SpecificCharacterSet(List.of());

  /** UTF-8. */
  public static final SpecificCharacterSet UTF_8 = of("ISO_IR 192");

  private static final int ESCAPE = 0x1b;

  private final List<String> terms;

  /** Of a set without code extensions; null where escape sequences may come. */
  private final @Nullable Charset whole;

  /** What bytes from 0x80 mean before the first escape sequence. */
  private final Plane right;

  private SpecificCharacterSet(List<String> terms) {
    this.terms = terms;
    String first = terms.isEmpty() ? "" : terms.get(0);
    whole =
        switch (first) {
          case "ISO_IR 192" -> StandardCharsets.UTF_8;
          case "GB18030" -> charset("GB18030");
          case "GBK" -> charset("GBK");
          default -> null;
        };
    right =
        switch (first.replace("ISO 2022 IR", "ISO_IR")) {
          case "ISO_IR 100" -> Plane.LATIN_1;
          case "ISO_IR 101" -> Plane.LATIN_2;
          case "ISO_IR 109" -> Plane.LATIN_3;
          case "ISO_IR 110" -> Plane.LATIN_4;
          case "ISO_IR 144" -> Plane.CYRILLIC;
          case "ISO_IR 127" -> Plane.ARABIC;
          case "ISO_IR 126" -> Plane.GREEK;
          case "ISO_IR 138" -> Plane.HEBREW;
          case "ISO_IR 148" -> Plane.LATIN_5;
          case "ISO_IR 203" -> Plane.LATIN_9;
          case "ISO_IR 166" -> Plane.THAI;
          case "ISO_IR 13" -> Plane.KATAKANA;
          case "ISO_IR 149" -> Plane.KOREAN;
          case "ISO_IR 58" -> Plane.CHINESE;
          default -> Plane.NONE;
        };
  }

  /**
   * The character set of the attribute's values.
   *
   * @param terms defined terms such as {@code ISO_IR 100}; the first may be empty
   * @return the character set; unknown terms mean ASCII
   */
  public static SpecificCharacterSet of(String... terms) {
    return new SpecificCharacterSet(List.of(terms));
  }

  /**
   * The defined terms.
   *
   * @return none for the default repertoire
   */
  public List<String> terms() {
    return terms;
  }

  /**
   * Decodes a text; escape sequences end at delimiters (PS3.5 6.1.2.5.3).
   *
   * @param bytes the value, possibly with several values in it
   * @param isName whether {@code ^} and {@code =} are delimiters, too
   * @return the characters
   */
  public String decode(byte[] bytes, boolean isName) {
    if (whole != null) {
      return new String(bytes, whole);
    }
    StringBuilder text = new StringBuilder(bytes.length);
    Plane left = Plane.ASCII;
    Plane high = right;
    int at = 0;
    while (at < bytes.length) {
      int value = bytes[at] & 255;
      if (value == ESCAPE) {
        Plane invoked = Plane.ofEscape(bytes, at);
        if (invoked != null) {
          if (invoked.isLeft) {
            left = invoked;
          } else {
            high = invoked;
          }
          at += 1 + invoked.escape.length();
          continue;
        }
      }
      if (value < 0x80 && (left.width == 1 || value < 0x21)) {
        boolean delimiter =
            value == '\\'
                || value == '\r'
                || value == '\n'
                || value == '\f'
                || value == '\t'
                || (isName && (value == '^' || value == '='));
        if (delimiter) {
          left = Plane.ASCII;
          high = right;
          text.append((char) value);
        } else if (value < 0x21) {
          text.append((char) value);
        } else {
          left.append(text, bytes, at);
        }
        at++;
        continue;
      }
      at += (value < 0x80 ? left : high).append(text, bytes, at);
    }
    return text.toString();
  }

  /**
   * Encodes a text. Sets with escape sequences are written in their first set alone.
   *
   * @param text the text
   * @return its bytes; empty if the set lacks one of the characters
   */
  public Optional<byte[]> encode(String text) {
    Charset charset = whole != null ? whole : Optional.ofNullable(right.charset).orElse(ASCII);
    try {
      ByteBuffer bytes =
          charset
              .newEncoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .encode(CharBuffer.wrap(text));
      byte[] encoded = new byte[bytes.remaining()];
      bytes.get(encoded);
      return Optional.of(encoded);
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof SpecificCharacterSet that && terms.equals(that.terms);
  }

  @Override
  public int hashCode() {
    return terms.hashCode();
  }

  @Override
  public String toString() {
    return String.join("\\", terms);
  }

  /** A charset of the JDK; ASCII on a runtime that was built without it. */
  private static Charset charset(String name) {
    try {
      return Charset.forName(name);
    } catch (UnsupportedCharsetException e) {
      return ASCII;
    }
  }

  /** A set that escape sequences can put below (G0) or above (G1) 0x80. */
  private enum Plane {
    ASCII("(B", true, 1, "US-ASCII"),
    ROMAJI("(J", true, 1, "JIS_X0201"),
    KANJI("$B", true, 2, "EUC-JP"),
    SUPPLEMENTARY_KANJI("$(D", true, 2, "EUC-JP"),
    KATAKANA(")I", false, 1, "JIS_X0201"),
    KOREAN("$)C", false, 2, "EUC-KR"),
    CHINESE("$)A", false, 2, "GB2312"),
    LATIN_1("-A", false, 1, "ISO-8859-1"),
    LATIN_2("-B", false, 1, "ISO-8859-2"),
    LATIN_3("-C", false, 1, "ISO-8859-3"),
    LATIN_4("-D", false, 1, "ISO-8859-4"),
    CYRILLIC("-L", false, 1, "ISO-8859-5"),
    ARABIC("-G", false, 1, "ISO-8859-6"),
    GREEK("-F", false, 1, "ISO-8859-7"),
    HEBREW("-H", false, 1, "ISO-8859-8"),
    LATIN_5("-M", false, 1, "ISO-8859-9"),
    LATIN_9("-b", false, 1, "ISO-8859-15"),
    THAI("-T", false, 1, "TIS-620"),
    NONE("", false, 1, "US-ASCII");

    /** What follows the escape byte. */
    private final String escape;

    private final boolean isLeft;
    private final int width;
    private final Charset charset;

    Plane(String escape, boolean isLeft, int width, String charset) {
      this.escape = escape;
      this.isLeft = isLeft;
      this.width = width;
      this.charset = SpecificCharacterSet.charset(charset);
    }

    static @Nullable Plane ofEscape(byte[] bytes, int at) {
      for (Plane plane : values()) {
        int length = plane.escape.length();
        boolean same = length > 0 && at + length < bytes.length;
        for (int i = 0; same && i < length; i++) {
          same = bytes[at + 1 + i] == plane.escape.charAt(i);
        }
        if (same) {
          return plane;
        }
      }
      return null;
    }

    /** Appends the character at a place; returns how many bytes it took. */
    int append(StringBuilder text, byte[] bytes, int at) {
      int length = Math.min(width, bytes.length - at);
      byte[] character = new byte[3];
      int size = 0;
      if (this == SUPPLEMENTARY_KANJI) {
        character[size++] = (byte) 0x8f;
      }
      for (int i = 0; i < length; i++) {
        // EUC-JP has JIS X 0208 above 0x80.
        character[size++] = (byte) (isLeft && width == 2 ? bytes[at + i] | 0x80 : bytes[at + i]);
      }
      text.append(new String(character, 0, size, charset));
      return length;
    }
  }
}
