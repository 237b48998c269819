package io.cxr.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.LabelProbability;
import io.cxr.MeasuredValue;
import io.cxr.ModelIdentity;
import io.cxr.model.Measurement;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/** What is appended reads back, and whatever is done to the file afterwards is found. */
class AuditTrailLawsTest {

  @Provide
  static Arbitrary<AuditRecord> records() {
    Arbitrary<String> hex = Arbitraries.strings().withChars("0123456789abcdef").ofLength(64);
    // Any UTF-16: half surrogate pairs, line ends and quotes among them. All half pairs are written
    // alike, so names that differ by these alone are one name.
    Arbitrary<String> text = Arbitraries.strings().all().ofMaxLength(30);
    Arbitrary<HashedUids> uids =
        Arbitraries.oneOf(
            Arbitraries.just(HashedUids.NONE),
            Combinators.combine(Arbitraries.of(true, false), hex, hex.optional(), hex.optional())
                .as(
                    (keyed, study, series, instance) ->
                        new HashedUids(keyed, Optional.of(study), series, instance)));
    Arbitrary<AuditOutcome> classified =
        Combinators.combine(text, Arbitraries.doubles().between(0, 1))
            .as((label, probability) -> new LabelProbability(label, probability))
            .list()
            .uniqueElements(entry -> AuditRecord.wellFormed(entry.label()))
            .ofMinSize(1)
            .ofMaxSize(4)
            .map(AuditOutcome.Classified::new);
    Arbitrary<AuditOutcome> measured =
        Combinators.combine(
                text.filter(name -> !name.isBlank()),
                Arbitraries.doubles(),
                Arbitraries.of("mm", "{score}"))
            .as((name, value, unit) -> new MeasuredValue(new Measurement(name, unit), value))
            .list()
            .uniqueElements(entry -> AuditRecord.wellFormed(entry.name()))
            .ofMinSize(1)
            .ofMaxSize(4)
            .map(AuditOutcome.Measured::new);
    Arbitrary<AuditOutcome> refused =
        Arbitraries.of("UNSUPPORTED_VIEW", "UNREADABLE", "A1_").map(AuditOutcome.Refused::new);
    Arbitrary<ModelIdentity> models = Combinators.combine(text, text, hex).as(ModelIdentity::new);
    Arbitrary<Instant> times =
        Combinators.combine(
                Arbitraries.longs().between(-62_167_219_200L, 300_000_000_000L),
                Arbitraries.integers().between(0, 999_999_999))
            .as(Instant::ofEpochSecond);
    return Combinators.combine(
            times,
            hex.optional(),
            uids,
            models,
            Arbitraries.oneOf(classified, measured, refused),
            text)
        .as(AuditRecord::new);
  }

  private static <T> T inFolder(Action<T> action) throws IOException {
    Path folder = Files.createTempDirectory("audit");
    try {
      return action.in(folder.resolve("audit.jsonl"));
    } finally {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.delete(folder);
    }
  }

  private interface Action<T> {
    T in(Path file) throws IOException;
  }

  private static byte[] write(Path file, List<AuditRecord> records) throws IOException {
    try (AuditTrail trail = AuditTrail.open(file)) {
      for (AuditRecord record : records) {
        trail.append(record);
      }
    }
    return Files.readAllBytes(file);
  }

  @Property(tries = 150)
  void whatIsAppendedReadsBackWheneverTheTrailWasOpened(
      @ForAll @Size(max = 6) List<@From("records") AuditRecord> records,
      @ForAll @IntRange(max = 6) int closedAfter)
      throws IOException {
    inFolder(
        file -> {
          int first = Math.min(closedAfter, records.size());
          write(file, records.subList(0, first));
          write(file, records.subList(first, records.size()));
          List<AuditEntry> entries = new ArrayList<>();
          AuditVerification verification = AuditTrail.verify(file, entries::add);
          assertTrue(verification.isIntact(), verification::toString);
          assertEquals(records, entries.stream().map(AuditEntry::record).toList());
          for (int i = 0; i < entries.size(); i++) {
            assertEquals(i + 1, entries.get(i).sequence());
          }
          assertEquals(records.size(), Files.readAllLines(file, StandardCharsets.US_ASCII).size());
          return null;
        });
  }

  @Property(tries = 150)
  void anyChangedByteIsFoundInItsLine(
      @ForAll @Size(min = 1, max = 4) List<@From("records") AuditRecord> records,
      @ForAll @IntRange(max = Integer.MAX_VALUE) int place,
      @ForAll @IntRange(min = 1, max = 255) int change)
      throws IOException {
    inFolder(
        file -> {
          byte[] bytes = write(file, records);
          int at = place % bytes.length;
          int line = 1;
          for (int i = 0; i < at; i++) {
            line += bytes[i] == '\n' ? 1 : 0;
          }
          bytes[at] ^= (byte) change;
          Files.write(file, bytes);
          assertEquals(line, AuditTrail.verify(file).fault().orElseThrow().line());
          return null;
        });
  }

  @Property(tries = 100)
  void removedSwappedRepeatedAndCutLinesAreFound(
      @ForAll @Size(min = 2, max = 5) List<@From("records") AuditRecord> records,
      @ForAll @IntRange(max = Integer.MAX_VALUE) int place,
      @ForAll @IntRange(max = Integer.MAX_VALUE) int length)
      throws IOException {
    inFolder(
        file -> {
          byte[] bytes = write(file, records);
          List<String> lines = Files.readAllLines(file, StandardCharsets.US_ASCII);
          int line = place % (lines.size() - 1);
          List<String> removed = new ArrayList<>(lines);
          removed.remove(line);
          Files.write(file, removed);
          assertEquals(line + 1, AuditTrail.verify(file).fault().orElseThrow().line());
          List<String> swapped = new ArrayList<>(lines);
          Collections.swap(swapped, line, line + 1);
          Files.write(file, swapped);
          assertEquals(line + 1, AuditTrail.verify(file).fault().orElseThrow().line());
          List<String> repeated = new ArrayList<>(lines);
          repeated.add(line + 1, lines.get(line));
          Files.write(file, repeated);
          assertEquals(line + 2, AuditTrail.verify(file).fault().orElseThrow().line());
          List<String> cut = new ArrayList<>(lines);
          cut.set(line, lines.get(line).substring(0, length % lines.get(line).length()));
          Files.write(file, cut);
          assertEquals(line + 1, AuditTrail.verify(file).fault().orElseThrow().line());
          Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
          assertEquals(lines.size(), AuditTrail.verify(file).fault().orElseThrow().line());
          return null;
        });
  }
}
