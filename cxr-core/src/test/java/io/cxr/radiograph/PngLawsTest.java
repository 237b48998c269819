package io.cxr.radiograph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.codec.CodecException;
import io.cxr.codec.CodecMemory;
import io.cxr.codec.png.PngDecoder;
import io.cxr.error.UnsupportedRadiographException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Our own decoding of PNG rows and the JDK's codec give the same pixels, or both refuse. */
class PngLawsTest {
  private static final Path SHARED = Path.of(System.getProperty("cxr.shared", "../shared"));
  private static final DecodeLimits LIMITS = new DecodeLimits(1 << 21, 1 << 24);

  @Property(tries = 3000)
  void everyKindAndFilterEqualsTheCodec(
      @ForAll @IntRange(min = 0, max = SyntheticPng.LAST_KIND) int kind,
      @ForAll @IntRange(min = 1, max = 40) int rows,
      @ForAll @IntRange(min = 1, max = 70) int columns,
      @ForAll long seed)
      throws IOException {
    compare(SyntheticPng.of(kind, rows, columns, seed), true);
  }

  /** Rows that lie on the borders of what is inflated at a time. */
  @Property(tries = 60)
  void largeFilesEqualTheCodec(
      @ForAll @IntRange(min = 0, max = SyntheticPng.LAST_KIND) int kind,
      @ForAll @IntRange(min = 200, max = 700) int rows,
      @ForAll @IntRange(min = 200, max = 900) int columns,
      @ForAll long seed)
      throws IOException {
    compare(SyntheticPng.of(kind, rows, columns, seed), true);
  }

  @Property(tries = 4000)
  void damagedFilesEqualTheCodec(
      @ForAll @IntRange(min = 0, max = SyntheticPng.LAST_KIND) int kind,
      @ForAll @IntRange(min = 1, max = 40) int rows,
      @ForAll @IntRange(min = 1, max = 70) int columns,
      @ForAll long seed)
      throws IOException {
    compare(damaged(SyntheticPng.of(kind, rows, columns, seed), new Random(seed)), false);
  }

  @Test
  void damagedOriginalsEqualTheCodec() throws IOException {
    Path originals = SHARED.resolve("data/originals");
    assumeTrue(
        Files.isDirectory(originals), "SKIPPED: no " + originals + "; pass -Dcxr.shared=FOLDER");
    List<Path> files;
    try (Stream<Path> all = Files.walk(originals)) {
      files = all.filter(file -> file.toString().endsWith(".png")).sorted().toList();
    }
    assertEquals(30, files.size());
    Random random = new Random(20);
    for (Path file : files) {
      byte[] whole = Files.readAllBytes(file);
      compare(whole, true);
      for (int i = 0; i < 12; i++) {
        compare(damaged(whole, random), false);
      }
    }
  }

  // Comparing -----------------------------------------------------------------------------------

  private interface Decoding {
    Radiograph run() throws IOException;
  }

  /** The radiograph, or in what words it is refused. */
  private static Object outcome(Decoding decoding) {
    try {
      return decoding.run();
    } catch (CodecException e) {
      UnsupportedRadiographException refusal = Refusal.of("PNG", e);
      return refusal.reason() + " " + refusal.getMessage();
    } catch (UnsupportedRadiographException e) {
      return e.reason() + " " + e.getMessage();
    } catch (IOException | RuntimeException e) {
      return e.getClass().getName();
    }
  }

  private static void compare(byte[] encoded, boolean whole) throws IOException {
    try (DecodeBuffers buffers = new DecodeBuffers();
        DecodeBuffers codecBuffers = new DecodeBuffers()) {
      Optional<Object> ours = ownOutcome(encoded, buffers);
      if (whole) {
        assertTrue(ours.isPresent(), "left to the codec");
        // Nothing but a colour that the palette lacks may be refused.
        assertTrue(
            ours.get() instanceof Radiograph || ours.get().toString().contains("of a palette of"),
            () -> ours.get().toString());
      }
      Object codec =
          outcome(() -> codecBuffers.radiograph(JdkCodecs.gray(checked(encoded, codecBuffers))));
      if (ours.isPresent()) {
        assertEquals(codec, ours.get());
      }
      Object read =
          outcome(
              () ->
                  new PngFormat()
                      .read(
                          encoded,
                          encoded.length,
                          new DecodeOptions(LIMITS, JpegCodec.OWN),
                          buffers));
      assertEquals(codec, read);
    }
  }

  private static Optional<Object> ownOutcome(byte[] encoded, DecodeBuffers buffers) {
    try {
      return checked(encoded, buffers).byInflater().map(buffers::radiograph);
    } catch (CodecException e) {
      UnsupportedRadiographException refusal = Refusal.of("PNG", e);
      return Optional.of(refusal.reason() + " " + refusal.getMessage());
    }
  }

  private static PngDecoder checked(byte[] encoded, DecodeBuffers buffers) {
    return PngDecoder.ofCheckedChunks(
        encoded, encoded.length, LIMITS.pixels(), CodecMemory.of(buffers));
  }

  // Damage --------------------------------------------------------------------------------------

  /** One to three kinds of damage below the checksums of the chunks. */
  private static byte[] damaged(byte[] file, Random random) {
    byte[] damaged = file;
    for (int i = random.nextInt(3); i >= 0; i--) {
      damaged = damagedOnce(damaged, random);
    }
    return damaged;
  }

  private static byte[] damagedOnce(byte[] file, Random random) {
    byte[] copy = file.clone();
    ByteBuffer buffer = ByteBuffer.wrap(copy);
    List<Integer> chunks = new ArrayList<>();
    for (int at = 8;
        at <= copy.length - 12
            && buffer.getInt(at) >= 0
            && buffer.getInt(at) <= copy.length - at - 12;
        at += 12 + buffer.getInt(at)) {
      chunks.add(at);
    }
    if (chunks.isEmpty()) {
      return copy;
    }
    int at = chunks.get(random.nextInt(chunks.size()));
    int length = buffer.getInt(at);
    int place = at + 8 + (length == 0 ? 0 : random.nextInt(length));
    switch (random.nextInt(8)) {
      case 0 -> {
        return Arrays.copyOf(copy, random.nextInt(copy.length));
      }
      // Not the signature, by which a file is told to be PNG at all.
      case 1 -> copy[8 + random.nextInt(copy.length - 8)] ^= (byte) (1 << random.nextInt(8));
      case 2 -> {
        // Shorter or longer than it is, so that the next chunk begins elsewhere.
        buffer.putInt(at, Math.max(0, length + random.nextInt(41) - 20));
        SyntheticPng.repair(copy, at);
      }
      case 3 -> {
        return without(copy, at, 12 + length);
      }
      case 4 -> {
        // A chunk twice, or at another place.
        int other = chunks.get(random.nextInt(chunks.size()));
        return with(copy, other, Arrays.copyOfRange(copy, at, at + 12 + length));
      }
      case 5 -> {
        // Bytes cut out of a chunk, often of its end: of the checksum of the stream.
        int cut = Math.min(length, 1 + random.nextInt(8));
        int from =
            random.nextBoolean() ? at + 8 + length - cut : Math.min(place, at + 8 + length - cut);
        byte[] shorter = without(copy, from, cut);
        ByteBuffer.wrap(shorter).putInt(at, length - cut);
        return SyntheticPng.repair(shorter, at);
      }
      case 6 -> {
        byte[] more = new byte[1 + random.nextInt(20)];
        random.nextBytes(more);
        byte[] longer = with(copy, random.nextBoolean() ? at + 8 + length : place, more);
        ByteBuffer.wrap(longer).putInt(at, length + more.length);
        return SyntheticPng.repair(longer, at);
      }
      default -> {
        if (length > 0) {
          copy[place] ^= (byte) (1 + random.nextInt(255));
          SyntheticPng.repair(copy, at);
        }
      }
    }
    return copy;
  }

  private static byte[] without(byte[] file, int from, int length) {
    ByteArrayOutputStream rest = new ByteArrayOutputStream();
    rest.write(file, 0, from);
    rest.write(file, from + length, file.length - from - length);
    return rest.toByteArray();
  }

  private static byte[] with(byte[] file, int at, byte[] more) {
    ByteArrayOutputStream longer = new ByteArrayOutputStream();
    longer.write(file, 0, at);
    longer.writeBytes(more);
    longer.write(file, at, file.length - at);
    return longer.toByteArray();
  }
}
