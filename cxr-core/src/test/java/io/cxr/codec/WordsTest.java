package io.cxr.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** The platform's way and the plain one are the same. */
class WordsTest {
  private static final int LENGTH = 32;

  @Property
  void bothReadTheSame(@ForAll long seed, @ForAll @IntRange(min = 0, max = LENGTH - 8) int at) {
    byte[] bytes = new byte[LENGTH];
    new Random(seed).nextBytes(bytes);
    assertEquals(PlainWords.bigLong(bytes, at), Words.bigLong(bytes, at));
    assertEquals(PlainWords.littleLong(bytes, at), Words.littleLong(bytes, at));
    assertEquals(PlainWords.littleInt(bytes, at), Words.littleInt(bytes, at));
    assertEquals(PlainWords.littleChar(bytes, at), Words.littleChar(bytes, at));
  }

  @Property
  void bothWriteTheSame(@ForAll long value, @ForAll @IntRange(min = 0, max = LENGTH - 8) int at) {
    byte[] bytes = new byte[LENGTH];
    byte[] plain = new byte[LENGTH];
    Words.setLittleLong(bytes, at, value);
    PlainWords.setLittleLong(plain, at, value);
    assertArrayEquals(plain, bytes);
    Words.setLittleInt(bytes, LENGTH - 8 - at, (int) ~value);
    PlainWords.setLittleInt(plain, LENGTH - 8 - at, (int) ~value);
    assertArrayEquals(plain, bytes);
    Words.setLittleChar(bytes, at, (char) (value >> 7));
    PlainWords.setLittleChar(plain, at, (char) (value >> 7));
    assertArrayEquals(plain, bytes);
    assertEquals(PlainWords.bigLong(bytes, at), Words.bigLong(plain, at));
  }

  @Property(tries = 50)
  void bothRefuseWhatLiesOutside(@ForAll @IntRange(min = 1, max = 7) int missing) {
    byte[] bytes = new byte[8];
    for (int at : new int[] {missing, -missing}) {
      assertThrows(IndexOutOfBoundsException.class, () -> Words.bigLong(bytes, at));
      assertThrows(IndexOutOfBoundsException.class, () -> PlainWords.bigLong(bytes, at));
    }
  }
}
