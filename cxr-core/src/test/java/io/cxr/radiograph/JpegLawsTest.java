package io.cxr.radiograph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.codec.CodecException;
import io.cxr.codec.CodecMemory;
import io.cxr.codec.jpeg.JpegDecoder;
import io.cxr.error.UnsupportedRadiographException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Our own decoding of JPEG and the JDK's codec give the same pixels, or both refuse. */
class JpegLawsTest {
  private static final Path SHARED = Path.of(System.getProperty("cxr.shared", "../shared"));
  private static final DecodeLimits LIMITS = new DecodeLimits(1 << 24, 1 << 24);

  @Provide
  Arbitrary<SyntheticJpeg.Kind> kinds() {
    return Combinators.combine(
            Arbitraries.of(SyntheticJpeg.Content.class),
            Arbitraries.of(SyntheticJpeg.Sampling.class),
            Arbitraries.of(true, false),
            Arbitraries.of(0, 0, 10, 60, 255),
            Arbitraries.of(0.05f, 0.3f, 0.75f, 0.9f, 0.95f, 1f),
            Arbitraries.of(0, 0, 0, 1, 2, 3, 7))
        .as(SyntheticJpeg.Kind::new);
  }

  @Property(tries = 3000)
  void everyKindEqualsTheCodec(
      @ForAll("kinds") SyntheticJpeg.Kind kind,
      @ForAll @IntRange(min = 1, max = 70) int rows,
      @ForAll @IntRange(min = 1, max = 70) int columns,
      @ForAll long seed)
      throws IOException {
    compare(SyntheticJpeg.of(kind, rows, columns, seed), isOurs(kind));
  }

  @Property(tries = 60)
  void largeFilesEqualTheCodec(
      @ForAll("kinds") SyntheticJpeg.Kind kind,
      @ForAll @IntRange(min = 200, max = 700) int rows,
      @ForAll @IntRange(min = 200, max = 900) int columns,
      @ForAll long seed)
      throws IOException {
    compare(SyntheticJpeg.of(kind, rows, columns, seed), isOurs(kind));
  }

  @Property(tries = 6000)
  void damagedFilesEqualTheCodec(
      @ForAll("kinds") SyntheticJpeg.Kind kind,
      @ForAll @IntRange(min = 1, max = 40) int rows,
      @ForAll @IntRange(min = 1, max = 40) int columns,
      @ForAll long seed)
      throws IOException {
    compare(damaged(SyntheticJpeg.of(kind, rows, columns, seed), new Random(seed)), false);
  }

  @Test
  void originalsEqualTheCodecAndSoDoDamagedOnes() throws IOException {
    Path originals = SHARED.resolve("data/originals");
    assumeTrue(
        Files.isDirectory(originals), "SKIPPED: no " + originals + "; pass -Dcxr.shared=FOLDER");
    List<Path> files = jpegs(originals);
    assertEquals(25, files.size());
    Random random = new Random(20);
    for (Path file : files) {
      byte[] whole = Files.readAllBytes(file);
      compare(whole, true);
      for (int i = 0; i < (whole.length < 150_000 ? 12 : 0); i++) {
        compare(damaged(whole, random), false);
      }
    }
  }

  @Test
  void smallOnesEqualTheCodec() throws IOException {
    Path normal = SHARED.resolve("data/chest-xray-900/NORMAL");
    assumeTrue(Files.isDirectory(normal), "SKIPPED: no " + normal + "; pass -Dcxr.shared=FOLDER");
    for (Path file : jpegs(normal).subList(0, 60)) {
      compare(Files.readAllBytes(file), true);
    }
  }

  @Test
  void everyKindOfFileIsOurs() throws IOException {
    for (String name : RadiographFile.readable()) {
      if (name.startsWith("jpeg")) {
        compare(RadiographFile.bytes(name), true);
      }
    }
  }

  /** A header may claim any size; only compressed data that could fill it is worth its memory. */
  @Test
  void aClaimedSizeTakesNoMemory() throws IOException {
    for (boolean progressive : new boolean[] {false, true}) {
      byte[] file =
          SyntheticJpeg.of(
              new SyntheticJpeg.Kind(
                  SyntheticJpeg.Content.COLOUR,
                  SyntheticJpeg.Sampling.HALF,
                  progressive,
                  10,
                  0.75f,
                  0),
              16,
              16,
              1);
      int frame = segments(file, progressive ? 0xc2 : 0xc0).get(0);
      for (int i = 5; i < 9; i++) {
        file[frame + i] = 0x10;
      }
      DecodeLimits limits = new DecodeLimits(1 << 27, 1 << 24);
      try (DecodeBuffers buffers = new DecodeBuffers()) {
        JpegDecoder decoder = checked(file, limits, buffers);
        long before = allocated();
        assertFalse(decoder.byScans().isPresent());
        long bytes = allocated() - before;
        assertTrue(bytes < 1 << 18, bytes + " bytes");
      }
    }
  }

  private static long allocated() {
    return ((com.sun.management.ThreadMXBean)
            java.lang.management.ManagementFactory.getThreadMXBean())
        .getThreadAllocatedBytes(Thread.currentThread().getId());
  }

  private static List<Path> jpegs(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(file -> file.toString().endsWith(".jpg")).sorted().toList();
    }
  }

  /** Whether the codec must not be needed: not for noise that may be sharp, nor rare sampling. */
  private static boolean isOurs(SyntheticJpeg.Kind kind) {
    boolean usual =
        kind.content() == SyntheticJpeg.Content.GRAY
            || kind.sampling() != SyntheticJpeg.Sampling.HALF_DOWN;
    return usual && kind.noise() < 255;
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
      UnsupportedRadiographException refusal = Refusal.of("JPEG", e);
      return refusal.reason() + " " + refusal.getMessage();
    } catch (UnsupportedRadiographException e) {
      return e.reason() + " " + e.getMessage();
    } catch (IOException | RuntimeException e) {
      return e.getClass().getName();
    }
  }

  private static void compare(byte[] encoded, boolean whole) {
    try (DecodeBuffers buffers = new DecodeBuffers();
        DecodeBuffers codecBuffers = new DecodeBuffers()) {
      Object codec =
          outcome(
              () ->
                  codecBuffers.radiograph(JdkCodecs.gray(checked(encoded, LIMITS, codecBuffers))));
      Optional<Radiograph> ours = own(encoded, buffers);
      if (whole) {
        assertTrue(ours.isPresent(), "left to the codec");
      }
      if (ours.isPresent()) {
        assertEquals(codec, ours.get());
      }
      assertEquals(
          codec,
          outcome(
              () ->
                  new JpegFormat()
                      .read(
                          encoded,
                          encoded.length,
                          new DecodeOptions(LIMITS, JpegCodec.OWN),
                          buffers)));
    }
  }

  /** Our own radiograph; nothing where the segments are refused before. */
  private static Optional<Radiograph> own(byte[] encoded, DecodeBuffers buffers) {
    JpegDecoder decoder;
    try {
      decoder = checked(encoded, LIMITS, buffers);
    } catch (CodecException e) {
      return Optional.empty();
    }
    return decoder.byScans().map(buffers::radiograph);
  }

  private static JpegDecoder checked(byte[] encoded, DecodeLimits limits, DecodeBuffers buffers) {
    return JpegDecoder.ofCheckedSegments(
        encoded, encoded.length, limits.pixels(), CodecMemory.of(buffers));
  }

  // Damage --------------------------------------------------------------------------------------

  private static byte[] damaged(byte[] file, Random random) {
    byte[] damaged = file;
    for (int i = random.nextInt(3); i >= 0; i--) {
      damaged = damagedOnce(damaged, random);
    }
    return damaged;
  }

  private static byte[] damagedOnce(byte[] file, Random random) {
    byte[] copy = file.clone();
    List<Integer> segments = segments(copy, -1);
    if (segments.size() < 3) {
      return copy;
    }
    int segment = segments.get(random.nextInt(segments.size() - 1));
    int end = segments.get(segments.indexOf(segment) + 1);
    int inScan = scanByte(copy, random);
    switch (random.nextInt(9)) {
      case 0 -> {
        // The end marker is put back, so that the pixels end before it.
        byte[] shorter = Arrays.copyOf(copy, 3 + random.nextInt(copy.length - 3));
        return random.nextBoolean() ? shorter : with(shorter, shorter.length, -1, 0xd9);
      }
      case 1 -> copy[3 + random.nextInt(copy.length - 3)] ^= (byte) (1 << random.nextInt(8));
      case 2 -> copy[inScan] ^= (byte) (1 << random.nextInt(8));
      case 3 -> copy[inScan] = (byte) random.nextInt(256);
      case 4 -> {
        return without(copy, inScan, Math.min(1 + random.nextInt(3), copy.length - inScan));
      }
      case 5 -> {
        int marker = random.nextInt(10);
        return with(
            copy,
            inScan,
            marker < 8 ? -1 : random.nextInt(256),
            marker < 8 ? 0xd0 + marker : random.nextInt(256));
      }
      case 6 -> {
        return without(copy, segment, end - segment);
      }
      case 7 -> {
        // A segment twice, or at another place.
        int other = segments.get(random.nextInt(segments.size()));
        byte[] again = Arrays.copyOfRange(copy, segment, end);
        int[] bytes = new int[again.length];
        Arrays.setAll(bytes, i -> again[i]);
        return with(copy, other, bytes);
      }
      default -> {
        // Within a segment, after its length.
        int place = segment + 4 + random.nextInt(Math.max(1, end - segment - 4));
        copy[Math.min(place, copy.length - 1)] = (byte) random.nextInt(256);
      }
    }
    return copy;
  }

  /** A byte of compressed data, if there is any. */
  private static int scanByte(byte[] file, Random random) {
    List<Integer> scans = segments(file, 0xda);
    if (scans.isEmpty()) {
      return 3 + random.nextInt(file.length - 3);
    }
    int from = scans.get(random.nextInt(scans.size())) + 2;
    // Often near the end, where what is left over matters.
    List<Integer> all = segments(file, -1);
    int to = all.get(all.indexOf(from - 2) + 1);
    int place =
        random.nextInt(4) == 0
            ? to - 1 - random.nextInt(3)
            : from + random.nextInt(Math.max(1, to - from));
    return Math.max(3, Math.min(place, file.length - 1));
  }

  /** Where segments of a kind, or of any, begin; a scan's compressed data belongs to it. */
  private static List<Integer> segments(byte[] file, int kind) {
    List<Integer> found = new ArrayList<>();
    int at = 2;
    while (at + 4 <= file.length) {
      int marker = file[at + 1] & 255;
      if (file[at] != -1 || marker == 0 || marker == 0xff) {
        at++;
        continue;
      }
      if (marker >= 0xd0 && marker <= 0xd7) {
        at += 2;
        continue;
      }
      if (kind < 0 || marker == kind) {
        found.add(at);
      }
      at += 2 + ((file[at + 2] & 255) << 8 | (file[at + 3] & 255));
    }
    if (kind < 0) {
      found.add(Math.max(2, Math.min(at, file.length - 2)));
    }
    return found;
  }

  private static byte[] without(byte[] file, int from, int length) {
    ByteArrayOutputStream rest = new ByteArrayOutputStream();
    rest.write(file, 0, from);
    rest.write(file, from + length, file.length - from - length);
    return rest.toByteArray();
  }

  private static byte[] with(byte[] file, int at, int... more) {
    ByteArrayOutputStream longer = new ByteArrayOutputStream();
    longer.write(file, 0, at);
    for (int each : more) {
      longer.write(each);
    }
    longer.write(file, at, file.length - at);
    return longer.toByteArray();
  }
}
