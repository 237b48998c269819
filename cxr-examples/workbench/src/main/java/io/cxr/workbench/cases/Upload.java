package io.cxr.workbench.cases;

import io.cxr.workbench.http.ApiException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.MultiPart;
import org.eclipse.jetty.io.Content;
import org.jspecify.annotations.Nullable;

/**
 * An upload of files by {@code multipart/form-data} (RFC 7578), written to the disk as it comes in.
 * Each part named {@code file} becomes a case as soon as it is whole; one that is too large, or for
 * which there is no room, is told of and skipped, and the others go on.
 */
final class Upload {
  private static final String PART = "file";
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int HEADER_BYTES = 8 << 10;
  private static final int LONGEST_NAME = 255;
  private static final int LONGEST_FOLDER = 1024;
  private static final Pattern PARAMETER =
      Pattern.compile(";\\s*(name|filename)=(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^;\\s]+))");

  private final CaseStore cases;
  private final String user;
  private final Limits limits;
  private final Path incoming;
  private final List<Case> added = new ArrayList<>();
  private final List<Refused> refused = new ArrayList<>();

  /**
   * A file that was not taken.
   *
   * @param name as it was sent
   * @param reason why, for programs
   * @param error why
   */
  record Refused(String name, String reason, String error) {}

  /**
   * What came of an upload.
   *
   * @param cases of the files that were taken
   * @param refused the others
   */
  record Result(List<Case> cases, List<Refused> refused) {}

  private Upload(CaseStore cases, String user, Limits limits, Path incoming) {
    this.cases = cases;
    this.user = user;
    this.limits = limits;
    this.incoming = incoming;
  }

  /**
   * Reads an upload.
   *
   * @param body the request's body
   * @param contentType its type, with the boundary
   */
  static Result read(
      CaseStore cases,
      String user,
      Limits limits,
      Path incoming,
      InputStream body,
      @Nullable String contentType)
      throws IOException {
    String type = contentType == null ? "" : contentType;
    String boundary = MultiPart.extractBoundary(type);
    if (boundary == null
        || boundary.isEmpty()
        || !type.toLowerCase(Locale.ROOT).startsWith("multipart/form-data")) {
      throw new ApiException(415, "Upload: expected multipart/form-data, found another type");
    }
    Upload upload = new Upload(cases, user, limits, incoming);
    upload.read(boundary, body);
    return new Result(upload.added, upload.refused);
  }

  private void read(String boundary, InputStream body) throws IOException {
    try (Parts parts = new Parts()) {
      MultiPart.Parser parser = new MultiPart.Parser(boundary, parts);
      parser.setPartHeadersMaxLength(HEADER_BYTES);
      // Beyond the limit files are refused one by one, up to here.
      parser.setMaxParts(2L * limits.files() + 100);
      byte[] buffer = new byte[BUFFER_BYTES];
      for (int read = body.read(buffer); read >= 0; read = body.read(buffer)) {
        parser.parse(Content.Chunk.from(ByteBuffer.wrap(buffer, 0, read), false));
        parts.rethrow();
      }
      parser.parse(Content.Chunk.EOF);
      parts.rethrow();
      if (!parts.whole) {
        throw new ApiException(400, "Upload: expected a whole multipart body, found its beginning");
      }
    }
  }

  /** Takes the parts as they come. */
  private final class Parts implements MultiPart.Parser.Listener, AutoCloseable {
    private @Nullable String partName;
    private String fileName = "";
    private @Nullable Path file;
    private @Nullable WritableByteChannel channel;
    private long bytes;
    private @Nullable Throwable failure;
    private boolean whole;

    @Override
    public void onPartBegin() {
      partName = null;
      fileName = "";
      bytes = 0;
    }

    @Override
    public void onPartHeader(String header, String value) {
      if (header.equalsIgnoreCase("Content-Disposition")) {
        Matcher matcher = PARAMETER.matcher(value);
        while (matcher.find()) {
          String found = matcher.group(2) == null ? matcher.group(3) : unescaped(matcher.group(2));
          if (matcher.group(1).equals("name")) {
            partName = found;
          } else {
            fileName = found;
          }
        }
      }
    }

    @Override
    public void onPartHeaders() {
      if (!PART.equals(partName)) {
        return;
      }
      try {
        cases.requireRoom(user, 0);
        file = Files.createTempFile(incoming, "upload", ".part");
        OutputStream out = Files.newOutputStream(file);
        channel = Channels.newChannel(out);
      } catch (ApiException e) {
        refuse(e);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void onPartContent(Content.Chunk chunk) {
      if (channel == null) {
        return;
      }
      try {
        bytes += chunk.remaining();
        if (bytes > limits.fileBytes()) {
          cases.requireRoom(user, bytes);
        }
        ByteBuffer content = chunk.getByteBuffer();
        while (content.hasRemaining()) {
          channel.write(content);
        }
      } catch (ApiException e) {
        refuse(e);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void onPartEnd() {
      if (channel == null || file == null) {
        return;
      }
      try {
        channel.close();
        channel = null;
        List<String> names = names(fileName);
        added.add(
            cases.add(
                user,
                names.isEmpty() ? "unnamed" : shortened(names.get(names.size() - 1), LONGEST_NAME),
                names.size() < 2
                    ? ""
                    : shortened(
                        String.join("/", names.subList(0, names.size() - 1)), LONGEST_FOLDER),
                file));
        file = null;
      } catch (ApiException e) {
        refuse(e);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void onComplete() {
      whole = true;
    }

    @Override
    public void onFailure(Throwable cause) {
      if (failure == null) {
        failure = cause;
      }
    }

    private void refuse(ApiException why) {
      refused.add(new Refused(fileName, why.reason().orElse(""), String.valueOf(why.getMessage())));
      try {
        close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private void rethrow() throws IOException {
      if (failure instanceof UncheckedIOException wrapped) {
        throw wrapped.getCause();
      }
      if (failure instanceof RuntimeException ours && !(failure instanceof IllegalStateException)) {
        throw ours;
      }
      if (failure != null) {
        throw new ApiException(400, "Upload: expected a multipart body, found a damaged one");
      }
    }

    /** Deletes what is not whole. */
    @Override
    public void close() throws IOException {
      if (channel != null) {
        channel.close();
        channel = null;
      }
      if (file != null) {
        Files.deleteIfExists(file);
        file = null;
      }
    }
  }

  /** Browsers write %22 for a quotation mark, other programs a backslash before it. */
  private static String unescaped(String text) {
    return text.replace("\\\"", "\"").replace("%22", "\"").replace("%0D", "").replace("%0A", "");
  }

  /** The names between slashes. They are shown, never opened; but nothing that climbs is shown. */
  static List<String> names(String sent) {
    return Arrays.stream(sent.replace('\\', '/').split("/"))
        .map(name -> name.replaceAll("\\p{Cntrl}", "").strip())
        .filter(name -> !name.isEmpty() && !name.equals(".") && !name.equals(".."))
        .toList();
  }

  private static String shortened(String text, int longest) {
    return text.length() <= longest ? text : text.substring(text.length() - longest);
  }
}
