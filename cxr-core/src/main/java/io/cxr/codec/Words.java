package io.cxr.codec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Numbers of several bytes in arrays, each read or written at once. {@link PlainWords} is the same
 * without handles, for targets that have none: nothing else in the codecs depends on the platform.
 */
public final class Words {
  private static final VarHandle BIG_LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LITTLE_LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LITTLE_INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LITTLE_CHAR =
      MethodHandles.byteArrayViewVarHandle(char[].class, ByteOrder.LITTLE_ENDIAN);

  private Words() {}

  /** Eight bytes, the highest first. */
  public static long bigLong(byte[] bytes, int at) {
    return (long) BIG_LONG.get(bytes, at);
  }

  /** Eight bytes, the lowest first. */
  public static long littleLong(byte[] bytes, int at) {
    return (long) LITTLE_LONG.get(bytes, at);
  }

  /** Writes eight bytes, the lowest first. */
  public static void setLittleLong(byte[] bytes, int at, long value) {
    LITTLE_LONG.set(bytes, at, value);
  }

  /** Four bytes, the lowest first. */
  public static int littleInt(byte[] bytes, int at) {
    return (int) LITTLE_INT.get(bytes, at);
  }

  /** Writes four bytes, the lowest first. */
  public static void setLittleInt(byte[] bytes, int at, int value) {
    LITTLE_INT.set(bytes, at, value);
  }

  /** Two bytes, the lower first. */
  public static char littleChar(byte[] bytes, int at) {
    return (char) LITTLE_CHAR.get(bytes, at);
  }

  /** Writes two bytes, the lower first. */
  public static void setLittleChar(byte[] bytes, int at, char value) {
    LITTLE_CHAR.set(bytes, at, value);
  }
}
