package io.cxr.audit;

import io.cxr.LabelProbability;
import io.cxr.MeasuredValue;
import io.cxr.ModelIdentity;
import io.cxr.file.Sha256;
import io.cxr.model.Measurement;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonWriteFeature;

/**
 * A line of an audit trail: one JSON object in ASCII, its properties always in the same order. The
 * last one, {@code check}, is the SHA-256 of all bytes before it, so that a line that was altered
 * shows even where no line follows that repeats its hash.
 *
 * @param sequence its number, from 1
 * @param record what it records
 * @param previous SHA-256 of the line before, without its end; 64 zeros for the first
 */
record AuditLine(long sequence, AuditRecord record, String previous) {
  /** What the first line repeats. */
  static final String NONE_BEFORE = "0".repeat(64);

  /** The format of most lines. */
  private static final int FORMAT = 1;

  /** The format of lines with measured values, so that older software says what it lacks. */
  private static final int FORMAT_MEASURED = 2;

  /** What a trail may start with. */
  static final List<String> STARTS = List.of(start(FORMAT), start(FORMAT_MEASURED));

  private static final String CHECK = ",\"check\":\"";
  private static final String END = "\"}";
  private static final int CHECK_LENGTH = CHECK.length() + 64 + END.length();
  private static final String PLAIN = "SHA-256";
  private static final String KEYED = "HMAC-SHA-256";

  /** Escapes make a line independent of what a reader takes for its encoding and its line ends. */
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  /** A line that is not as it was written. Its message tells nothing of what is in the line. */
  static final class DamagedLineException extends IOException {
    private static final long serialVersionUID = 1L;

    DamagedLineException(String message) {
      super(message);
    }
  }

  private static String start(int format) {
    return "{\"format\":" + format + ",\"sequence\":1,\"time\":\"";
  }

  private static int format(AuditOutcome outcome) {
    return outcome instanceof AuditOutcome.Measured ? FORMAT_MEASURED : FORMAT;
  }

  /** The line without its end. */
  byte[] encode() {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), text)) {
      json.writeStartObject();
      json.writeNumberProperty("format", format(record.outcome()));
      json.writeNumberProperty("sequence", sequence);
      json.writeStringProperty("time", record.time().toString());
      writeOptional(json, "input", record.input());
      writeUids(json, record.uids());
      json.writeObjectPropertyStart("model");
      json.writeStringProperty("name", record.model().name());
      json.writeStringProperty("version", record.model().version());
      json.writeStringProperty("sha256", record.model().sha256());
      json.writeEndObject();
      if (record.outcome() instanceof AuditOutcome.Classified classified) {
        json.writeObjectPropertyStart("probabilities");
        for (LabelProbability entry : classified.probabilities()) {
          json.writeNumberProperty(entry.label(), entry.probability());
        }
        json.writeEndObject();
      } else if (record.outcome() instanceof AuditOutcome.Measured measured) {
        json.writeObjectPropertyStart("measurements");
        for (MeasuredValue entry : measured.values()) {
          json.writeObjectPropertyStart(entry.name());
          json.writeNumberProperty("value", entry.value());
          json.writeStringProperty("unit", entry.unit());
          json.writeEndObject();
        }
        json.writeEndObject();
      } else if (record.outcome() instanceof AuditOutcome.Refused refused) {
        json.writeStringProperty("refusal", refused.reason());
      }
      json.writeStringProperty("caller", record.caller());
      json.writeStringProperty("previous", previous);
      json.writeEndObject();
    }
    String body = text.getBuffer().substring(0, text.getBuffer().length() - 1);
    byte[] bytes = body.getBytes(StandardCharsets.US_ASCII);
    return (body + CHECK + Sha256.hex(bytes) + END).getBytes(StandardCharsets.US_ASCII);
  }

  private static void writeUids(JsonGenerator json, HashedUids uids) {
    if (uids.equals(HashedUids.NONE)) {
      json.writeNullProperty("uids");
      return;
    }
    json.writeObjectPropertyStart("uids");
    json.writeStringProperty("hash", uids.keyed() ? KEYED : PLAIN);
    writeOptional(json, "study", uids.study());
    writeOptional(json, "series", uids.series());
    writeOptional(json, "instance", uids.instance());
    json.writeEndObject();
  }

  private static void writeOptional(JsonGenerator json, String name, Optional<String> value) {
    if (value.isPresent()) {
      json.writeStringProperty(name, value.get());
    } else {
      json.writeNullProperty(name);
    }
  }

  /** Reads a line without its end. */
  static AuditLine decode(byte[] line) throws DamagedLineException {
    int body = line.length - CHECK_LENGTH;
    String check = body < 0 ? "" : new String(line, body, CHECK_LENGTH, StandardCharsets.US_ASCII);
    if (!check.startsWith(CHECK) || !check.endsWith(END)) {
      throw new DamagedLineException("expected it to end in its check, found another end");
    }
    if (!check.equals(CHECK + Sha256.hex(Arrays.copyOf(line, body)) + END)) {
      throw new DamagedLineException("its check does not fit: it was altered");
    }
    try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), line)) {
      AuditLine read = new Reading(parser).line();
      if (parser.nextToken() != null) {
        throw new DamagedLineException("expected one object, found more");
      }
      return read;
    } catch (JacksonException | IllegalArgumentException | DateTimeException e) {

      throw new DamagedLineException("expected a record of format 1 or 2, found other content");
    }
  }

  /** Reads properties in the order in which they are written. */
  private record Reading(JsonParser parser) {
    AuditLine line() throws DamagedLineException {
      expect(JsonToken.START_OBJECT);
      long format = number("format");
      if (format != FORMAT && format != FORMAT_MEASURED) {
        throw new DamagedLineException(
            "expected format 1 or 2, found another; read it with a newer version");
      }
      long sequence = number("sequence");
      Instant time = Instant.parse(text("time"));
      Optional<String> input = optional("input");
      HashedUids uids = uids();
      name("model");
      expect(JsonToken.START_OBJECT);
      ModelIdentity model = new ModelIdentity(text("name"), text("version"), text("sha256"));
      expect(JsonToken.END_OBJECT);
      AuditOutcome outcome = outcome();
      require(format(outcome) == format);
      AuditRecord record = new AuditRecord(time, input, uids, model, outcome, text("caller"));
      String previous = text("previous");
      HashedUids.check("previous line's hash", previous);
      text("check");
      expect(JsonToken.END_OBJECT);
      return new AuditLine(sequence, record, previous);
    }

    private HashedUids uids() throws DamagedLineException {
      name("uids");
      if (parser.nextToken() == JsonToken.VALUE_NULL) {
        return HashedUids.NONE;
      }
      require(parser.currentToken() == JsonToken.START_OBJECT);
      String hash = text("hash");
      require(hash.equals(KEYED) || hash.equals(PLAIN));
      HashedUids uids =
          new HashedUids(
              hash.equals(KEYED), optional("study"), optional("series"), optional("instance"));
      expect(JsonToken.END_OBJECT);
      return uids;
    }

    private AuditOutcome outcome() throws DamagedLineException {
      String name = parser.nextName();
      if ("refusal".equals(name)) {
        expect(JsonToken.VALUE_STRING);
        return new AuditOutcome.Refused(parser.getString());
      }
      if ("measurements".equals(name)) {
        return measured();
      }
      require("probabilities".equals(name));
      expect(JsonToken.START_OBJECT);
      List<LabelProbability> probabilities = new ArrayList<>();
      for (String label = parser.nextName(); label != null; label = parser.nextName()) {
        expect(JsonToken.VALUE_NUMBER_FLOAT);
        probabilities.add(new LabelProbability(label, parser.getDoubleValue()));
      }
      return new AuditOutcome.Classified(probabilities);
    }

    private AuditOutcome measured() throws DamagedLineException {
      expect(JsonToken.START_OBJECT);
      List<MeasuredValue> values = new ArrayList<>();
      for (String name = parser.nextName(); name != null; name = parser.nextName()) {
        expect(JsonToken.START_OBJECT);
        name("value");
        expect(JsonToken.VALUE_NUMBER_FLOAT);
        double value = parser.getDoubleValue();
        values.add(new MeasuredValue(new Measurement(name, text("unit")), value));
        expect(JsonToken.END_OBJECT);
      }
      return new AuditOutcome.Measured(values);
    }

    private long number(String name) throws DamagedLineException {
      name(name);
      expect(JsonToken.VALUE_NUMBER_INT);
      return parser.getLongValue();
    }

    private String text(String name) throws DamagedLineException {
      name(name);
      expect(JsonToken.VALUE_STRING);
      return parser.getString();
    }

    private Optional<String> optional(String name) throws DamagedLineException {
      name(name);
      if (parser.nextToken() == JsonToken.VALUE_NULL) {
        return Optional.empty();
      }
      require(parser.currentToken() == JsonToken.VALUE_STRING);
      return Optional.of(parser.getString());
    }

    private void name(String expected) throws DamagedLineException {
      require(expected.equals(parser.nextName()));
    }

    private void expect(JsonToken expected) throws DamagedLineException {
      require(parser.nextToken() == expected);
    }

    private static void require(boolean fits) throws DamagedLineException {
      if (!fits) {
        throw new DamagedLineException("expected the properties of its format, found others");
      }
    }
  }
}
