package io.cxr.train.report;

/** Text for HTML and XML. */
final class Html {
  private Html() {}

  /** Escapes text for element content and quoted attributes; drops what XML does not allow. */
  static String escape(String text) {
    StringBuilder escaped = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '&' -> escaped.append("&amp;");
                case '<' -> escaped.append("&lt;");
                case '>' -> escaped.append("&gt;");
                case '"' -> escaped.append("&quot;");
                case '\'' -> escaped.append("&#39;");
                default -> {
                  boolean character = c >= 0x20 && c != 0xfffe && c != 0xffff;
                  boolean surrogate = c >= 0xd800 && c <= 0xdfff;
                  boolean allowed = (character && !surrogate) || c == '\n' || c == '\t';
                  if (allowed) {
                    escaped.appendCodePoint(c);
                  }
                }
              }
            });
    return escaped.toString();
  }
}
