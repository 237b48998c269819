package io.cxr.pacs;

import io.cxr.radiograph.DecodeLimits;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The DICOMweb services of an archive (DICOM PS3.18, section 10): searches by QIDO-RS, retrieves by
 * WADO-RS, stores by STOW-RS. Thread-safe. Every call throws {@link ArchiveException} for whatever
 * the archive does not do, and ends early when its thread is interrupted, with {@link
 * InterruptedException}.
 *
 * <p>Redirects are not followed, so that credentials go nowhere else. Answers larger than a limit
 * are refused while they arrive.
 */
public final class DicomWebClient {
  /** Explicit VR Little Endian, which every archive can convert to. */
  public static final String EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1";

  /** As the archive has it. */
  public static final String AS_STORED = "*";

  private static final JsonMapper JSON = new JsonMapper();
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("yyyyMMdd", Locale.ROOT);
  private static final int LONGEST_JSON = 1 << 24;

  /** PS3.18, table I.2-2; PS3.7 annex C: the instance is there already. */
  private static final int DUPLICATE_SOP_INSTANCE = 0x0111;

  private static final int OUT_OF_RESOURCES = 0xa700;

  private final HttpClient http;
  private final String root;
  private final @Nullable String authorization;
  private final Duration timeout;
  private final long mostBytes;

  private DicomWebClient(Builder builder) {
    HttpClient.Builder client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(builder.timeout);
    if (builder.tls != null) {
      client.sslContext(builder.tls);
    }
    http = client.build();
    String address = builder.root.toString();
    root = address.endsWith("/") ? address.substring(0, address.length() - 1) : address;
    authorization = builder.authorization;
    timeout = builder.timeout;
    mostBytes = builder.mostBytes;
  }

  /**
   * A client's settings.
   *
   * @param root the root of the services, such as {@code http://127.0.0.1:8042/dicom-web}
   * @return a builder
   * @throws IllegalArgumentException if it is no address of HTTP or HTTPS
   */
  public static Builder builder(URI root) {
    return new Builder(root);
  }

  /** Settings. Not thread-safe. */
  public static final class Builder {
    private final URI root;
    private @Nullable String authorization;
    private @Nullable SSLContext tls;
    private Duration timeout = Duration.ofSeconds(30);
    private long mostBytes = DecodeLimits.DEFAULT.bytes();

    private Builder(URI root) {
      String scheme = root.getScheme();
      if (root.getHost() == null
          || root.getQuery() != null
          || !("http".equalsIgnoreCase(scheme) || "https".equalsIgnoreCase(scheme))) {
        throw new IllegalArgumentException(
            "Archive: expected an address such as http://127.0.0.1:8042/dicom-web, found '"
                + root
                + "'");
      }
      this.root = root;
    }

    /**
     * Sends a token with each request (RFC 6750).
     *
     * @param token the token
     * @return this
     */
    public Builder bearerToken(String token) {
      authorization = "Bearer " + token;
      return this;
    }

    /**
     * Sends name and password with each request (RFC 7617).
     *
     * @param name the name, without a colon
     * @param password the password
     * @return this
     */
    public Builder basic(String name, String password) {
      authorization =
          "Basic "
              + Base64.getEncoder()
                  .encodeToString((name + ":" + password).getBytes(StandardCharsets.UTF_8));
      return this;
    }

    /**
     * Whom to trust and who to be.
     *
     * @param context by default the JDK's
     * @return this
     */
    public Builder tls(SSLContext context) {
      tls = Objects.requireNonNull(context, "context");
      return this;
    }

    /**
     * How long to wait for a connection, and for an answer to begin.
     *
     * @param time by default 30 seconds
     * @return this
     */
    public Builder timeout(Duration time) {
      timeout = Objects.requireNonNull(time, "time");
      return this;
    }

    /**
     * The most bytes of an instance.
     *
     * @param bytes by default those of {@link DecodeLimits#DEFAULT}
     * @return this
     */
    public Builder mostBytes(long bytes) {
      mostBytes = Math.min(bytes, Integer.MAX_VALUE - 16);
      return this;
    }

    /**
     * The client.
     *
     * @return a client
     */
    public DicomWebClient build() {
      return new DicomWebClient(this);
    }
  }

  /**
   * A series in the archive.
   *
   * @param study Study Instance UID (0020,000D)
   * @param series Series Instance UID (0020,000E)
   * @param modality Modality (0008,0060), empty where the archive does not say
   * @param instances Number of Series Related Instances (0020,1209)
   */
  public record Series(String study, String series, String modality, OptionalInt instances) {}

  /**
   * An instance in the archive.
   *
   * @param study Study Instance UID (0020,000D)
   * @param series Series Instance UID (0020,000E)
   * @param instance SOP Instance UID (0008,0018)
   */
  public record Instance(String study, String series, String instance) {}

  /**
   * Whether text is a UID (PS3.5, section 9): digits and dots, at most 64.
   *
   * @param text anything
   * @return true for what can be part of an address
   */
  public static boolean isUid(@Nullable String text) {
    return text != null && text.length() <= 64 && text.matches("[0-9]+(\\.[0-9]+)*");
  }

  // QIDO-RS -------------------------------------------------------------------------------------

  /**
   * A page of the series of a modality.
   *
   * @param modality such as DX
   * @param since the first Study Date; empty for all, also those of studies without a date
   * @param offset how many to pass over
   * @param limit the most to return
   * @return series in the archive's order
   */
  public List<Series> searchSeries(
      String modality, Optional<LocalDate> since, int offset, int limit)
      throws ArchiveException, InterruptedException {
    StringBuilder query = new StringBuilder("/series?Modality=");
    query.append(URLEncoder.encode(modality, StandardCharsets.UTF_8));
    since.ifPresent(date -> query.append("&StudyDate=").append(date.format(DATE)).append('-'));
    query.append("&includefield=00201209&limit=").append(limit).append("&offset=").append(offset);
    return series("Search for series", query.toString(), null);
  }

  /**
   * One series.
   *
   * @param study its study's UID
   * @param series its UID
   * @return empty if the archive has none
   */
  public Optional<Series> series(String study, String series)
      throws ArchiveException, InterruptedException {
    return series(
            "Search for a series",
            "/studies/"
                + uid(study)
                + "/series?includefield=00201209&SeriesInstanceUID="
                + uid(series),
            study)
        .stream()
        .filter(found -> found.series().equals(series))
        .findFirst();
  }

  private List<Series> series(String request, String query, @Nullable String study)
      throws ArchiveException, InterruptedException {
    List<Series> found = new ArrayList<>();
    for (JsonNode item : search(request, query)) {
      String count = value(item, "00201209");
      found.add(
          new Series(
              study != null ? study : requiredUid(item, "0020000D"),
              requiredUid(item, "0020000E"),
              value(item, "00080060"),
              count.matches("[0-9]{1,9}")
                  ? OptionalInt.of(Integer.parseInt(count))
                  : OptionalInt.empty()));
    }
    return found;
  }

  /**
   * A page of the instances of a series.
   *
   * @param study the study's UID
   * @param series the series' UID
   * @param offset how many to pass over
   * @param limit the most to return
   * @return instances in the archive's order
   */
  public List<Instance> searchInstances(String study, String series, int offset, int limit)
      throws ArchiveException, InterruptedException {
    List<Instance> found = new ArrayList<>();
    String path = "/studies/" + uid(study) + "/series/" + uid(series);
    for (JsonNode item :
        search("Search for instances", path + "/instances?limit=" + limit + "&offset=" + offset)) {
      found.add(new Instance(study, series, requiredUid(item, "00080018")));
    }
    return found;
  }

  /**
   * Whether a study has an instance.
   *
   * @param study the study's UID
   * @param instance the instance's UID
   * @return true if the archive finds it
   */
  public boolean holds(String study, String instance)
      throws ArchiveException, InterruptedException {
    for (JsonNode item :
        search(
            "Search for a result",
            "/studies/" + uid(study) + "/instances?SOPInstanceUID=" + uid(instance))) {
      // Archives that do not know the key answer with all.
      if (value(item, "00080018").equals(instance)) {
        return true;
      }
    }
    return false;
  }

  private JsonNode search(String request, String query)
      throws ArchiveException, InterruptedException {
    Answer answer =
        send(
            request, request(query).header("Accept", "application/dicom+json").GET(), LONGEST_JSON);
    if (answer.status() == 204) {
      return JSON.createArrayNode();
    }
    if (answer.status() != 200) {
      throw ArchiveException.ofStatus(request, answer.status());
    }
    JsonNode found = json(request, answer.body());
    if (!found.isArray()) {
      throw new ArchiveException(
          ArchiveException.Kind.REFUSED, request + ": expected an array of JSON, found other JSON");
    }
    return found;
  }

  // WADO-RS -------------------------------------------------------------------------------------

  /**
   * Retrieves an instance.
   *
   * @param instance which
   * @param transferSyntax {@link #AS_STORED} or the UID of one to convert to
   * @return a DICOM file
   */
  public byte[] retrieve(Instance instance, String transferSyntax)
      throws ArchiveException, InterruptedException {
    String request = "Retrieve an instance";
    Answer answer =
        send(
            request,
            request(
                    "/studies/"
                        + uid(instance.study())
                        + "/series/"
                        + uid(instance.series())
                        + "/instances/"
                        + uid(instance.instance()))
                .header(
                    "Accept",
                    "multipart/related; type=\""
                        + MultipartRelated.DICOM
                        + "\"; transfer-syntax="
                        + transferSyntax)
                .GET(),
            mostBytes);
    if (answer.status() != 200) {
      throw ArchiveException.ofStatus(request, answer.status());
    }
    if (answer.contentType().toLowerCase(Locale.ROOT).startsWith(MultipartRelated.DICOM)) {
      return answer.body();
    }
    List<byte[]> parts = MultipartRelated.parts(answer.contentType(), answer.body(), 1);
    if (parts.isEmpty()) {
      throw new ArchiveException(
          ArchiveException.Kind.GONE, request + ": expected one part, found none");
    }
    return parts.get(0);
  }

  // STOW-RS -------------------------------------------------------------------------------------

  /**
   * Stores instances. What the archive has already counts as stored.
   *
   * @param study the study that all of them belong to
   * @param files DICOM files; unchanged
   * @throws ArchiveException if not all are stored; some may be
   */
  public void store(String study, List<byte[]> files)
      throws ArchiveException, InterruptedException {
    String request = "Store results";
    MultipartRelated.Outgoing body = new MultipartRelated.Outgoing(files);
    Answer answer =
        send(
            request,
            request("/studies/" + uid(study))
                .header("Content-Type", body.contentType())
                .header("Accept", "application/dicom+json")
                .POST(body.publisher()),
            LONGEST_JSON);
    // PS3.18 10.5.3: 200 all stored, 202 some, 409 none.
    if (answer.status() != 200 && answer.status() != 202 && answer.status() != 409) {
      throw ArchiveException.ofStatus(request, answer.status());
    }
    JsonNode dataSet = json(request, answer.body());
    JsonNode failed = dataSet.path("00081198").path("Value");
    for (JsonNode item : failed) {
      int reason = item.path("00081197").path("Value").path(0).asInt(0);
      if (reason != DUPLICATE_SOP_INSTANCE) {
        throw new ArchiveException(
            (reason & 0xff00) == OUT_OF_RESOURCES
                ? ArchiveException.Kind.TEMPORARY
                : ArchiveException.Kind.REFUSED,
            String.format(
                Locale.ROOT,
                "%s: expected all to be stored, found Failure Reason %04XH; look into the"
                    + " archive's log",
                request,
                reason));
      }
    }
    if (answer.status() == 409 && failed.isEmpty()) {
      throw ArchiveException.ofStatus(request, answer.status());
    }
  }

  // HTTP ----------------------------------------------------------------------------------------

  private static final class Answer {
    private final int status;
    private final String contentType;
    private final byte[] body;

    Answer(int status, String contentType, byte[] body) {
      this.status = status;
      this.contentType = contentType;
      this.body = body;
    }

    int status() {
      return status;
    }

    String contentType() {
      return contentType;
    }

    byte[] body() {
      return body;
    }
  }

  private HttpRequest.Builder request(String pathAndQuery) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(root + pathAndQuery)).timeout(timeout);
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    return request;
  }

  private Answer send(String request, HttpRequest.Builder message, long mostBytes)
      throws ArchiveException, InterruptedException {
    try {
      HttpResponse<InputStream> response =
          http.send(message.build(), HttpResponse.BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        byte[] bytes = body.readNBytes((int) mostBytes + 1);
        if (bytes.length > mostBytes) {
          throw new ArchiveException(
              ArchiveException.Kind.REFUSED,
              request + ": expected at most " + mostBytes + " bytes, found more");
        }
        return new Answer(
            response.statusCode(), response.headers().firstValue("Content-Type").orElse(""), bytes);
      }
    } catch (ArchiveException e) {
      throw e;
    } catch (IOException e) {
      if (Thread.interrupted() || e.getCause() instanceof InterruptedException) {
        InterruptedException interrupted = new InterruptedException(request);
        interrupted.initCause(e);
        throw interrupted;
      }
      // Neither the address nor the exception's words, which may hold an address with UIDs.
      throw new ArchiveException(
          ArchiveException.Kind.TEMPORARY,
          request
              + ": expected an answer of the archive, found "
              + e.getClass().getSimpleName()
              + "; see that it runs and can be reached",
          e);
    }
  }

  private static JsonNode json(String request, byte[] body) throws ArchiveException {
    try {
      return JSON.readTree(body);
    } catch (JacksonException e) {
      // Its words would quote the answer, which may name a patient.
      throw new ArchiveException(
          ArchiveException.Kind.REFUSED,
          request
              + ": expected application/dicom+json, found "
              + body.length
              + " bytes that are none");
    }
  }

  private static String value(JsonNode item, String tag) {
    return item.path(tag).path("Value").path(0).asString("");
  }

  private static String requiredUid(JsonNode item, String tag) throws ArchiveException {
    String uid = value(item, tag);
    if (!isUid(uid)) {
      throw new ArchiveException(
          ArchiveException.Kind.REFUSED,
          "Search: expected a UID in (" + tag + ") of each match, found none");
    }
    return uid;
  }

  private static String uid(String uid) {
    if (!isUid(uid)) {
      throw new IllegalArgumentException(
          "UID: expected digits and dots, at most 64, found " + uid.length() + " characters");
    }
    return uid;
  }
}
