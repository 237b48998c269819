package io.cxr.pacs;

import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Bodies of type {@code multipart/related} (RFC 2387), as DICOM PS3.18 8.6.1.2 uses them. */
final class MultipartRelated {
  static final String DICOM = "application/dicom";

  /** RFC 2046, section 5.1.1, in quotes or without. */
  private static final Pattern BOUNDARY =
      Pattern.compile("(?i);\\s*boundary=(?:\"([^\"]{1,200})\"|([^\\s;\"]{1,200}))");

  private static final byte[] END_OF_HEADERS = {'\r', '\n', '\r', '\n'};

  private MultipartRelated() {}

  /**
   * The parts of a body.
   *
   * @param contentType the header of the answer
   * @param body the whole body
   * @param most the most parts
   * @return the parts without their headers
   */
  static List<byte[]> parts(String contentType, byte[] body, int most) throws ArchiveException {
    Matcher matcher = BOUNDARY.matcher(contentType);
    if (!matcher.find()) {
      throw wrong("a boundary in the content type", "none");
    }
    String name = matcher.group(1) != null ? matcher.group(1) : matcher.group(2);
    byte[] delimiter = ("\r\n--" + name).getBytes(StandardCharsets.ISO_8859_1);
    // The first delimiter may stand at the very beginning, without its line break.
    int at =
        startsWith(body, delimiter, 2)
            ? delimiter.length - 2
            : after(body, delimiter, 0, "a first boundary");
    List<byte[]> parts = new ArrayList<>();
    while (!(at + 1 < body.length && body[at] == '-' && body[at + 1] == '-')) {
      if (parts.size() == most) {
        throw wrong("at most " + most + " parts", "more");
      }
      int from = after(body, END_OF_HEADERS, at, "an end of the part's headers");
      int next = after(body, delimiter, from, "a boundary after the part");
      parts.add(Arrays.copyOfRange(body, from, next - delimiter.length));
      at = next;
    }
    return parts;
  }

  private static boolean startsWith(byte[] body, byte[] delimiter, int skipped) {
    int length = delimiter.length - skipped;
    return body.length >= length
        && Arrays.equals(body, 0, length, delimiter, skipped, delimiter.length);
  }

  private static int after(byte[] body, byte[] wanted, int from, String what)
      throws ArchiveException {
    int last = body.length - wanted.length;
    for (int i = from; i <= last; i++) {
      if (body[i] == wanted[0]
          && Arrays.equals(body, i, i + wanted.length, wanted, 0, wanted.length)) {
        return i + wanted.length;
      }
    }
    throw wrong(what, "the end of the answer");
  }

  private static ArchiveException wrong(String expected, String found) {
    return new ArchiveException(
        // A connection that breaks looks the same.
        ArchiveException.Kind.TEMPORARY,
        "Answer of type multipart/related: expected " + expected + ", found " + found);
  }

  /** A body to send, which shares the parts' memory. */
  static final class Outgoing {
    private final String boundary = "cxr-" + UUID.randomUUID();
    private final List<byte[]> parts;

    Outgoing(List<byte[]> parts) {
      this.parts = List.copyOf(parts);
    }

    String contentType() {
      return "multipart/related; type=\"" + DICOM + "\"; boundary=" + boundary;
    }

    HttpRequest.BodyPublisher publisher() {
      List<HttpRequest.BodyPublisher> pieces = new ArrayList<>();
      String before = "";
      for (byte[] part : parts) {
        String head = before + "--" + boundary + "\r\nContent-Type: " + DICOM + "\r\n\r\n";
        pieces.add(HttpRequest.BodyPublishers.ofString(head, StandardCharsets.ISO_8859_1));
        pieces.add(HttpRequest.BodyPublishers.ofByteArray(part));
        before = "\r\n";
      }
      pieces.add(
          HttpRequest.BodyPublishers.ofString(
              before + "--" + boundary + "--\r\n", StandardCharsets.ISO_8859_1));
      return HttpRequest.BodyPublishers.concat(pieces.toArray(new HttpRequest.BodyPublisher[0]));
    }
  }
}
