package io.cxr.pacs;

import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.ValueRepresentation;
import io.cxr.radiograph.DecodeLimits;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.exc.UnexpectedEndOfInputException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The DICOMweb services of an archive (DICOM PS3.18, section 10): searches by QIDO-RS, retrieves by
 * WADO-RS, stores by STOW-RS. Thread-safe. Every call throws {@link ArchiveException} for whatever
 * the archive does not do, and ends early when its thread is interrupted, with {@link
 * InterruptedException}, or when its exchange takes too long.
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
  private static final String STUDY = "0020000D";
  private static final String INSTANCE = "00080018";

  private static final String SOP_CLASS = "00080016";

  /** What is asked of an instance that is described. */
  private static final Map<String, ValueRepresentation> DESCRIPTION =
      Map.of(
          SOP_CLASS,
          ValueRepresentation.UI,
          "00080020",
          ValueRepresentation.DA,
          "00080030",
          ValueRepresentation.TM,
          "00080050",
          ValueRepresentation.SH,
          "00100010",
          ValueRepresentation.PN,
          "00100020",
          ValueRepresentation.LO,
          "00100030",
          ValueRepresentation.DA,
          "00100040",
          ValueRepresentation.CS,
          "00200010",
          ValueRepresentation.SH);

  /** Bytes of a page of matches, and of what is said about stored instances. */
  private static final long LONGEST_JSON = 1 << 26;

  private static final long LONGEST_ANSWER = 1 << 22;

  private static final int PAGE_OF_A_STUDY = 100;

  /** What an archive sends beyond so many matches at once is asked for again as the next page. */
  private static final int MOST_MATCHES = 50_000;

  private final ArchiveConnection archive;
  private final long mostBytes;

  private DicomWebClient(Builder builder) {
    String address = builder.root.toString();
    archive =
        new ArchiveConnection(
            address.endsWith("/") ? address.substring(0, address.length() - 1) : address,
            builder.authorization,
            builder.tls,
            builder.timeout,
            builder.exchangeDeadline);
    mostBytes = builder.mostBytes;
  }

  /**
   * A client's settings.
   *
   * @param root the root of the services, such as {@code http://127.0.0.1:8042/dicom-web}
   * @return a builder
   * @throws IllegalArgumentException if it is no address of HTTP or HTTPS, or holds credentials
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
    private Duration exchangeDeadline = Duration.ofSeconds(100);
    private long mostBytes = DecodeLimits.DEFAULT.bytes();

    private Builder(URI root) {
      if (root.getRawUserInfo() != null
          || (root.getRawAuthority() != null && root.getRawAuthority().contains("@"))) {
        // Not quoted: it would be read in logs, as it is in lists of processes.
        throw new IllegalArgumentException(
            "Archive: expected an address without name and password, found credentials in it. Take"
                + " them out, and give them in a file.");
      }
      String scheme = root.getScheme();
      if (root.getHost() == null
          || root.getRawQuery() != null
          || root.getRawFragment() != null
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
     * How long a whole exchange may take, until the last byte of the answer.
     *
     * @param time by default 100 seconds
     * @return this
     */
    public Builder exchangeDeadline(Duration time) {
      exchangeDeadline = Objects.requireNonNull(time, "time");
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
   * A page of a search.
   *
   * @param matches those that can be understood
   * @param received how many matches the archive sent, also those that cannot: so many are to be
   *     passed over for the next page
   * @param fingerprint the same for a page that comes again
   */
  public record Page<T>(List<T> matches, int received, int fingerprint) {
    /** Copies the list. */
    public Page {
      matches = List.copyOf(matches);
    }
  }

  /**
   * A page of the series of a modality. A match without well-formed UIDs is left out.
   *
   * @param modality such as DX
   * @param since the first Study Date; empty for all, also those of studies without a date
   * @param offset how many to pass over
   * @param limit the most to return
   * @return series in the archive's order; the archive may send fewer than it has, and than the
   *     limit
   */
  public Page<Series> searchSeries(
      String modality, Optional<LocalDate> since, int offset, int limit)
      throws ArchiveException, InterruptedException {
    StringBuilder query = new StringBuilder("/series?Modality=");
    query.append(URLEncoder.encode(modality, StandardCharsets.UTF_8));
    since.ifPresent(date -> query.append("&StudyDate=").append(date.format(DATE)).append('-'));
    query.append("&includefield=00201209&limit=").append(limit).append("&offset=").append(offset);
    try {
      return search(
          "Search for series", query.toString(), offset, item -> series(item, value(item, STUDY)));
    } catch (ArchiveException e) {
      if (e.kind() != ArchiveException.Kind.GONE || !holds("/studies?limit=1")) {
        // As an address has it that is not the root of the services.
        throw e;
      }
      return new Page<>(List.of(), 0, 0);
    }
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
    String query =
        "/studies/"
            + uid(study)
            + "/series?includefield=00201209&SeriesInstanceUID="
            + uid(series)
            + "&limit=";
    // Archives that do not know the key answer with all series of the study.
    PagedSearch<Series> search =
        new PagedSearch<>(
            (offset, limit) ->
                search(
                    "Search for a series",
                    query + limit + "&offset=" + offset,
                    offset,
                    item -> series(item, study)),
            Series::series,
            0,
            PAGE_OF_A_STUDY);
    for (Optional<List<Series>> page = search.next(); page.isPresent(); page = search.next()) {
      Optional<Series> found =
          page.get().stream().filter(one -> one.series().equals(series)).findFirst();
      if (found.isPresent()) {
        return found;
      }
    }
    if (search.malformed() > 0) {
      // It may be one of those.
      throw new ArchiveException(
          ArchiveException.Kind.REFUSED,
          "Search for a series: expected matches with well-formed UIDs, found some without; look"
              + " into the archive's index");
    }
    return Optional.empty();
  }

  private static Optional<Series> series(JsonNode item, String study) {
    String series = value(item, "0020000E");
    if (!isUid(study) || !isUid(series)) {
      return Optional.empty();
    }
    String count = value(item, "00201209");
    return Optional.of(
        new Series(
            study,
            series,
            value(item, "00080060"),
            count.matches("[0-9]{1,9}")
                ? OptionalInt.of(Integer.parseInt(count))
                : OptionalInt.empty()));
  }

  /**
   * A page of the instances of a series. A match without a well-formed UID is left out.
   *
   * @param study the study's UID
   * @param series the series' UID
   * @param offset how many to pass over
   * @param limit the most to return
   * @return instances in the archive's order
   */
  public Page<Instance> searchInstances(String study, String series, int offset, int limit)
      throws ArchiveException, InterruptedException {
    return search(
        "Search for instances",
        "/studies/"
            + uid(study)
            + "/series/"
            + uid(series)
            + "/instances?limit="
            + limit
            + "&offset="
            + offset,
        offset,
        item ->
            Optional.of(value(item, INSTANCE))
                .filter(DicomWebClient::isUid)
                .map(found -> new Instance(study, series, found)));
  }

  /**
   * What the archive says of an instance: its UIDs and SOP Class UID, and of patient and study what
   * its answer holds (PS3.18, tables 10.6.3-3 to 10.6.3-5).
   *
   * @param instance which
   * @return empty if the archive does not find it, or does not say its SOP class
   */
  Optional<DicomDataSet> describe(Instance instance) throws ArchiveException, InterruptedException {
    return search(
            "Search for an instance",
            "/studies/"
                + uid(instance.study())
                + "/series/"
                + uid(instance.series())
                + "/instances?SOPInstanceUID="
                + uid(instance.instance())
                + DESCRIPTION.keySet().stream()
                    .map(tag -> "&includefield=" + tag)
                    .collect(Collectors.joining()),
            0,
            item ->
                value(item, INSTANCE).equals(instance.instance()) && isUid(value(item, SOP_CLASS))
                    ? Optional.of(description(instance, item))
                    : Optional.empty())
        .matches()
        .stream()
        .findFirst();
  }

  private static DicomDataSet description(Instance instance, JsonNode item) {
    DicomDataSet found =
        DicomDataSet.of(
            DicomElement.ofText(
                DicomTag.STUDY_INSTANCE_UID, ValueRepresentation.UI, instance.study()),
            DicomElement.ofText(
                DicomTag.SERIES_INSTANCE_UID, ValueRepresentation.UI, instance.series()),
            DicomElement.ofText(
                DicomTag.SOP_INSTANCE_UID, ValueRepresentation.UI, instance.instance()));
    for (Map.Entry<String, ValueRepresentation> entry : DESCRIPTION.entrySet()) {
      String text =
          entry.getValue() == ValueRepresentation.PN
              ? item.path(entry.getKey()).path("Value").path(0).path("Alphabetic").asString("")
              : value(item, entry.getKey());
      if (!text.isEmpty()) {
        DicomTag tag = DicomTag.of(Integer.parseUnsignedInt(entry.getKey(), 16));
        found = found.with(DicomElement.ofText(tag, entry.getValue(), text));
      }
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
    try {
      return !search(
              "Search for a result",
              "/studies/" + uid(study) + "/instances?SOPInstanceUID=" + uid(instance),
              0,
              // Archives that do not know the key answer with all.
              item -> Optional.of(value(item, INSTANCE)).filter(instance::equals))
          .matches()
          .isEmpty();
    } catch (ArchiveException e) {
      if (e.kind() != ArchiveException.Kind.GONE
          || !holds("/studies/" + uid(study) + "/series?limit=1")) {
        throw e;
      }
      // An archive that says "not found" of an instance where others send an empty list.
      return false;
    }
  }

  /** Whether a search finds anything; "not found" is an error here. */
  private boolean holds(String query) throws ArchiveException, InterruptedException {
    return search("Search for a study", query, 0, Optional::of).received() > 0;
  }

  private <T> Page<T> search(
      String request, String query, int offset, Function<JsonNode, Optional<T>> match)
      throws ArchiveException, InterruptedException {
    return archive.exchange(
        request,
        archive.request(query).header("Accept", "application/dicom+json").GET(),
        answer -> {
          // Beyond the last match some say that there is nothing, in the one or the other way.
          if (answer.status() == 204 || (answer.status() == 404 && offset > 0)) {
            return new Page<>(List.of(), 0, 0);
          }
          if (answer.status() != 200 && answer.status() != 206) {
            throw ArchiveException.ofStatus(request, answer.status());
          }
          return page(request, answer.body().atMost(LONGEST_JSON), match);
        });
  }

  /** Reads matches one by one, so that a long list takes little memory. */
  private static <T> Page<T> page(
      String request, TimedBody body, Function<JsonNode, Optional<T>> match) throws IOException {
    try (JsonParser parser = JSON.createParser(body)) {
      JsonToken first = parser.nextToken();
      if (first == null) {
        return new Page<>(List.of(), 0, 0);
      }
      if (first != JsonToken.START_ARRAY) {
        throw new ArchiveException(
            ArchiveException.Kind.REFUSED,
            request + ": expected an array of JSON, found other JSON");
      }
      List<T> matches = new ArrayList<>();
      int received = 0;
      int fingerprint = 1;
      while (received < MOST_MATCHES && parser.nextToken() != JsonToken.END_ARRAY) {
        JsonNode item = parser.readValueAsTree();
        received++;
        fingerprint = 31 * fingerprint + item.hashCode();
        match.apply(item).ifPresent(matches::add);
      }
      return new Page<>(matches, received, fingerprint);
    } catch (JacksonException e) {
      throw failure(request, e);
    }
  }

  /** What Jackson found; its words would quote the answer, which may name a patient. */
  private static IOException failure(String request, JacksonException e) {
    if (e.getCause() instanceof IOException broken) {
      return broken;
    }
    if (e instanceof UnexpectedEndOfInputException) {
      return new ArchiveException(
          ArchiveException.Kind.TEMPORARY,
          request + ": expected application/dicom+json, found that it broke off");
    }
    return new ArchiveException(
        ArchiveException.Kind.REFUSED,
        request + ": expected application/dicom+json, found other than JSON");
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
    return retrieve(instance, transferSyntax, new MemoryBudget(Long.MAX_VALUE).lease());
  }

  /** Retrieves an instance into memory that a lease is given for; the lease is of it afterwards. */
  byte[] retrieve(Instance instance, String transferSyntax, MemoryBudget.Lease memory)
      throws ArchiveException, InterruptedException {
    String request = "Retrieve an instance";
    HttpRequest.Builder message =
        archive
            .request(
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
            .GET();
    WholeBody body =
        archive.exchange(
            request,
            message,
            answer -> {
              if (answer.status() != 200 && answer.status() != 206) {
                throw ArchiveException.ofStatus(request, answer.status());
              }
              return WholeBody.read(answer, mostBytes, memory);
            });
    String contentType = body.contentType();
    byte[] bytes = body.bytes();
    if (!contentType.toLowerCase(Locale.ROOT).startsWith(MultipartRelated.DICOM)) {
      List<byte[]> parts = MultipartRelated.parts(contentType, bytes, 1);
      if (parts.isEmpty()) {
        throw new ArchiveException(
            ArchiveException.Kind.GONE, request + ": expected one part, found none");
      }
      bytes = parts.get(0);
    }
    memory.resize(bytes.length);
    return bytes;
  }

  // STOW-RS -------------------------------------------------------------------------------------

  /**
   * Stores instances. What the archive has already counts as stored. Where its answer does not say
   * what became of an instance, or refuses it, the archive is searched for it.
   *
   * @param study the study that all of them belong to
   * @param files DICOM files by their SOP Instance UIDs; unchanged
   * @throws ArchiveException if not all are stored; some may be
   */
  public void store(String study, Map<String, byte[]> files)
      throws ArchiveException, InterruptedException {
    String request = "Store results";
    MultipartRelated.Outgoing body = new MultipartRelated.Outgoing(List.copyOf(files.values()));
    StoreAnswer answer =
        archive.exchange(
            request,
            archive
                .request("/studies/" + uid(study))
                .header("Content-Type", body.contentType())
                .header("Accept", "application/dicom+json")
                .POST(body.publisher()),
            received -> {
              // PS3.18 10.5.3: 200 all stored, 202 some, 409 none.
              if (received.status() / 100 != 2 && received.status() != 409) {
                throw ArchiveException.ofStatus(request, received.status());
              }
              return StoreAnswer.read(received.status(), received.body().atMost(LONGEST_ANSWER));
            });
    for (String instance : files.keySet()) {
      if (!answer.accepts(instance) && !holds(study, instance)) {
        throw answer.failure(request, instance);
      }
    }
  }

  /** The first value of an attribute without the padding of PS3.5, or nothing. */
  private static String value(JsonNode item, String tag) {
    return item.path(tag).path("Value").path(0).asString("").replaceAll("[\\x00 ]+$", "");
  }

  private static String uid(String uid) {
    if (!isUid(uid)) {
      throw new IllegalArgumentException(
          "UID: expected digits and dots, at most 64, found " + uid.length() + " characters");
    }
    return uid;
  }
}
