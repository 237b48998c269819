package io.cxr.radiograph;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.CpuTime;
import io.cxr.error.UnsupportedRadiographException;
import java.io.IOException;
import java.util.Arrays;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** However a file is damaged, it is read or refused: no other exception, and no hang. */
class DamageLawsTest {
  private static final long SLOWEST_NANOS = 10_000_000_000L;

  /** Small, so that a header that lies within the limits costs little. */
  private static final RadiographReader READER =
      RadiographReader.withLimits(new DecodeLimits(1 << 20, 1 << 20));

  @Provide
  Arbitrary<String> names() throws IOException {
    return Arbitraries.of(RadiographFile.readable());
  }

  @Property(tries = 2000)
  void aBeginning(@ForAll("names") String name, @ForAll @IntRange(min = 0, max = 999) int permille)
      throws IOException {
    byte[] whole = RadiographFile.bytes(name);
    readOrRefuse(Arrays.copyOf(whole, (int) ((long) whole.length * permille / 1000)));
  }

  @Property(tries = 6000)
  void aFlippedByte(
      @ForAll("names") String name,
      @ForAll @IntRange(min = 0, max = 1 << 20) int place,
      @ForAll @IntRange(min = 1, max = 255) int change)
      throws IOException {
    byte[] bytes = RadiographFile.bytes(name);
    bytes[place % bytes.length] ^= (byte) change;
    readOrRefuse(bytes);
  }

  /** Headers lie at the beginning, and in a TIFF file of one page often at the end. */
  @Property(tries = 6000)
  void changesInTheHeader(
      @ForAll("names") String name,
      @ForAll @IntRange(min = 0, max = 200) int place,
      @ForAll @IntRange(min = 0, max = 255) int value,
      @ForAll @IntRange(min = 0, max = 200) int otherPlace,
      @ForAll @IntRange(min = 0, max = 255) int otherValue)
      throws IOException {
    byte[] bytes = RadiographFile.bytes(name);
    bytes[place % bytes.length] = (byte) value;
    bytes[bytes.length - 1 - otherPlace % bytes.length] = (byte) otherValue;
    readOrRefuse(bytes);
  }

  @Property(tries = 1000)
  void anyBytesAfterTheFirst(
      @ForAll("names") String name,
      @ForAll @IntRange(min = 2, max = 60) int kept,
      @ForAll byte[] rest)
      throws IOException {
    byte[] bytes = Arrays.copyOf(RadiographFile.bytes(name), kept + rest.length);
    System.arraycopy(rest, 0, bytes, kept, rest.length);
    readOrRefuse(bytes);
  }

  private static void readOrRefuse(byte[] encoded) {
    long start = CpuTime.nanos();
    try {
      Radiograph radiograph = READER.read(encoded);
      assertTrue((long) radiograph.rows() * radiograph.columns() <= 1 << 20);
    } catch (UnsupportedRadiographException e) {
      assertTrue(e.getMessage().contains("expected"), e.getMessage());
    }
    assertTrue(CpuTime.nanos() - start < SLOWEST_NANOS, "slow");
  }
}
