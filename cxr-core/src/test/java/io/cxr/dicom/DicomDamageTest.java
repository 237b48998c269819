package io.cxr.dicom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.CpuTime;
import io.cxr.dicom.image.CodestreamSeeds;
import io.cxr.dicom.image.DicomRadiographOptions;
import io.cxr.dicom.image.DicomRadiographReader;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.DecodeLimits;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.junit.jupiter.api.Test;

/**
 * However a codestream or a file is damaged, it is read or refused: no other exception, no error,
 * and no hang.
 */
class DicomDamageTest {
  /** Of the processor, so that a busy machine makes no difference. */
  private static final long SLOWEST_NANOS = 10_000_000_000L;

  /** Small, so that sizes within the limits cost little. */
  private static final DicomRadiographReader READER =
      DicomRadiographReader.withLimits(new DecodeLimits(1 << 20, 1 << 20));

  private static final PrintStream STANDARD_ERROR = System.err;

  /** What damage the reader forgives it tells in its log, thousands of lines here. */
  private static final Logger LOGGER = Logger.getLogger(DicomRadiographReader.class.getName());

  /** The JPEG 2000 codec prints the stack of each failure, megabytes of them here. */
  @BeforeContainer
  static void silenceTheCodec() {
    LOGGER.setLevel(Level.OFF);
    System.setErr(new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8));
  }

  @AfterContainer
  static void restoreStandardError() {
    LOGGER.setLevel(null);
    System.setErr(STANDARD_ERROR);
  }

  @Provide
  Arbitrary<String> encapsulated() {
    return Arbitraries.of(CodestreamSeeds.ENCAPSULATED.keySet());
  }

  @Provide
  Arbitrary<String> all() {
    return Arbitraries.of(CodestreamSeeds.FILES.keySet());
  }

  @Test
  void everySyntaxHasASeedThatIsRead() {
    Set<TransferSyntax> missing =
        EnumSet.complementOf(EnumSet.of(TransferSyntax.OTHER_ENCAPSULATED));
    CodestreamSeeds.FILES.forEach(
        (name, bytes) -> {
          DicomFile file = DicomFile.read(bytes, DecodeLimits.DEFAULT);
          missing.remove(file.transferSyntax());
          assertEquals(33, READER.read(file, DicomRadiographOptions.DEFAULT).radiograph().rows());
        });
    assertEquals(Set.of(), missing);
  }

  /**
   * More layers than there are, and then 0xffff in place of the end, which the codec never left.
   */
  @Test
  void packetHeadersThatRunIntoOnesAreRefused() {
    int tried = 0;
    for (String name : CodestreamSeeds.ENCAPSULATED.keySet()) {
      byte[] bytes = codestream(name);
      if (bytes[0] != -1 || bytes[1] != 0x4f) {
        continue;
      }
      int coding = 2;
      while (bytes[coding] != -1 || bytes[coding + 1] != 0x52) {
        coding++;
      }
      // T.800 A.6.1: marker, length, style and progression are before the number of layers.
      bytes[coding + 6] = -1;
      bytes[coding + 7] = 0;
      int end = bytes.length - 1;
      while (bytes[end] != (byte) 0xd9) {
        end--;
      }
      bytes[end] = -1;
      assertTimeoutPreemptively(Duration.ofMinutes(5), () -> readOrRefuse(name, bytes), name);
      tried++;
    }
    assertTrue(tried > 1, "JPEG 2000 is among the seeds");
  }

  /**
   * Its columns and rows are right, but the codec would take a gigabyte for what is before them.
   */
  @Test
  void imagesFarFromTheOriginOfTheirGridAreRefused() {
    byte[] bytes = codestream("jpeg-2000-lossless");
    // T.800 A.5.1: Xsiz at 8, XOsiz at 16, XTsiz at 24.
    bytes[9] = -1;
    bytes[17] = -1;
    bytes[24] = 0x40;
    UnsupportedRadiographException e =
        assertThrows(
            UnsupportedRadiographException.class,
            () ->
                READER.read(
                    CodestreamSeeds.with(seed("jpeg-2000-lossless"), bytes),
                    DicomRadiographOptions.DEFAULT));
    assertTrue(e.getMessage().contains("reference grid"), e.getMessage());
  }

  @Property(tries = 2000)
  void aBeginning(
      @ForAll("encapsulated") String name, @ForAll @IntRange(min = 0, max = 999) int permille) {
    byte[] whole = codestream(name);
    readOrRefuse(name, Arrays.copyOf(whole, (int) ((long) whole.length * permille / 1000)));
  }

  @Property(tries = 6000)
  void aFlippedByte(
      @ForAll("encapsulated") String name,
      @ForAll @IntRange(min = 0, max = 1 << 20) int place,
      @ForAll @IntRange(min = 1, max = 255) int change) {
    byte[] bytes = codestream(name);
    bytes[place % bytes.length] ^= (byte) change;
    readOrRefuse(name, bytes);
  }

  /** Headers lie within the first bytes. */
  @Property(tries = 6000)
  void changesInTheHeader(
      @ForAll("encapsulated") String name,
      @ForAll @IntRange(min = 0, max = 120) int place,
      @ForAll @IntRange(min = 0, max = 255) int value,
      @ForAll @IntRange(min = 0, max = 120) int otherPlace,
      @ForAll @IntRange(min = 0, max = 255) int otherValue) {
    byte[] bytes = codestream(name);
    bytes[place % bytes.length] = (byte) value;
    bytes[otherPlace % bytes.length] = (byte) otherValue;
    readOrRefuse(name, bytes);
  }

  @Property(tries = 4000)
  void severalChanges(@ForAll("encapsulated") String name, @ForAll long seed) {
    readOrRefuse(name, damaged(codestream(name), new Random(seed)));
  }

  @Property(tries = 6000)
  void wholeFiles(@ForAll("all") String name, @ForAll long seed) {
    readOrRefuse(damaged(CodestreamSeeds.FILES.get(name).clone(), new Random(seed)));
  }

  @Tag("slow")
  @Property(tries = 100_000)
  void manyChanges(@ForAll("encapsulated") String name, @ForAll long seed) {
    readOrRefuse(name, damaged(codestream(name), new Random(seed)));
  }

  @Tag("slow")
  @Property(tries = 100_000)
  void manyWholeFiles(@ForAll("all") String name, @ForAll long seed) {
    readOrRefuse(damaged(CodestreamSeeds.FILES.get(name).clone(), new Random(seed)));
  }

  /** Changes one to eight bytes, perhaps cuts off the end, or moves a piece elsewhere. */
  static byte[] damaged(byte[] bytes, Random random) {
    int changes = 1 + random.nextInt(8);
    for (int i = 0; i < changes; i++) {
      int place = random.nextInt(random.nextBoolean() ? bytes.length : Math.min(700, bytes.length));
      bytes[place] =
          switch (random.nextInt(4)) {
            case 0 -> -1;
            case 1 -> 0;
            case 2 -> (byte) (bytes[place] ^ 1 << random.nextInt(8));
            default -> (byte) random.nextInt(256);
          };
    }
    if (random.nextInt(4) == 0) {
      int length = random.nextInt(1 + bytes.length / 4);
      System.arraycopy(
          bytes,
          random.nextInt(bytes.length - length),
          bytes,
          random.nextInt(bytes.length - length),
          length);
    }
    return random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
  }

  private static byte[] codestream(String name) {
    return CodestreamSeeds.codestream(seed(name));
  }

  private static DicomFile seed(String name) {
    DicomFile file = CodestreamSeeds.ENCAPSULATED.get(name);
    assertTrue(file != null, name);
    return file;
  }

  private static void readOrRefuse(String name, byte[] codestream) {
    long start = CpuTime.nanos();
    try {
      READER.read(CodestreamSeeds.with(seed(name), codestream), DicomRadiographOptions.DEFAULT);
    } catch (UnsupportedRadiographException e) {
      assertTrue(e.getMessage().contains("expected"), e.getMessage());
    }
    assertTrue(CpuTime.nanos() - start < SLOWEST_NANOS, "slow");
  }

  private static void readOrRefuse(byte[] file) {
    long start = CpuTime.nanos();
    try {
      READER.read(file);
    } catch (UnsupportedRadiographException e) {
      assertTrue(e.getMessage().contains("expected"), e.getMessage());
    }
    assertTrue(CpuTime.nanos() - start < SLOWEST_NANOS, "slow");
  }
}
