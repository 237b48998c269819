package io.cxr.onnx;

import io.cxr.error.ModelFormatException;
import java.util.Locale;

/**
 * Looks at the text of a card before it is parsed. Its strings go to terminals, pages, reports and
 * logs, so it may hold no markup and no characters that steer a terminal or turn the direction of
 * writing; and it may not be so long or so deep that parsing it hurts.
 */
final class CardScan {
  private static final int LONGEST = 4 << 20;
  private static final int LONGEST_STRING = 1 << 16;
  private static final int DEEPEST = 32;

  private final String text;
  private final String origin;

  private CardScan(String text, String origin) {
    this.text = text;
    this.origin = origin;
  }

  /**
   * Looks at a card.
   *
   * @param text JSON, or whatever stands in its place
   * @param origin how messages name the model
   * @throws ModelFormatException if it is no text that a card may have
   */
  static void check(String text, String origin) {
    new CardScan(text, origin).check();
  }

  private void check() {
    if (text.length() > LONGEST) {
      throw refusal("at most " + LONGEST + " characters", text.length() + "");
    }
    int depth = 0;
    int stringStart = -1;
    int before = 0;
    for (int i = 0; i < text.length(); i++) {
      int c = text.charAt(i);
      if (stringStart < 0) {
        if (c == '"') {
          stringStart = i;
          before = 0;
        } else if (c == '{' || c == '[') {
          depth++;
          if (depth > DEEPEST) {
            throw refusal(
                "objects and lists " + DEEPEST + " deep at most", "deeper ones at character " + i);
          }
        } else if (c == '}' || c == ']') {
          depth--;
        }
        continue;
      }
      if (c == '"') {
        stringStart = -1;
        continue;
      }
      if (i - stringStart > LONGEST_STRING) {
        throw refusal(
            "strings of at most " + LONGEST_STRING + " characters",
            "a longer one at character " + stringStart);
      }
      if (c == '\\') {
        i++;
        c = escaped(i);
        if (i < text.length() && text.charAt(i) == 'u') {
          i += 4;
        }
      }
      if (isSteering(c)) {
        throw refusal(
            "text without control characters",
            String.format(Locale.ROOT, "U+%04X in the string at character %d", c, stringStart));
      }
      if (before == '<' && opensMarkup(c)) {
        throw refusal("text without markup", "a tag in the string at character " + stringStart);
      }
      before = c;
    }
  }

  /** The character that an escape stands for, as far as it matters here. */
  private int escaped(int at) {
    if (at >= text.length()) {
      return ' ';
    }
    char kind = text.charAt(at);
    if (kind != 'u' || at + 4 >= text.length()) {
      return switch (kind) {
        case 'b' -> '\b';
        case 'f' -> '\f';
        case 'n', 'r', 't' -> '\n';
        default -> kind;
      };
    }
    int code = 0;
    for (int i = at + 1; i <= at + 4; i++) {
      int digit = Character.digit(text.charAt(i), 16);
      if (digit < 0) {
        return ' '; // The parser will say so.
      }
      code = code << 4 | digit;
    }
    return code;
  }

  private static boolean opensMarkup(int c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/' || c == '!' || c == '?';
  }

  /** Control characters but line ends and tabs, and those that turn the direction of writing. */
  private static boolean isSteering(int c) {
    boolean control = (c < 0x20 && c != '\n' && c != '\r' && c != '\t') || (c >= 0x7f && c < 0xa0);
    return control || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
  }

  private ModelFormatException refusal(String expected, String found) {
    return new ModelFormatException(
        origin
            + ": Model card: expected "
            + expected
            + ", found "
            + found
            + ". Do not use the file unless you know who made it; export it again with cxr.");
  }
}
