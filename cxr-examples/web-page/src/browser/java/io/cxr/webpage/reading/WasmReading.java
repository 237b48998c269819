package io.cxr.webpage.reading;

import org.teavm.interop.Address;
import org.teavm.interop.Export;

/**
 * The reader as WebAssembly has it: {@link FileReading} by names that stay. Scripts cannot see
 * arrays of Java. Bytes go through the module's linear memory, at addresses where the script made
 * room: a call for each would take as long as decoding.
 */
public final class WasmReading {
  private WasmReading() {}

  /** Nothing happens until a function is called. */
  public static void main(String[] arguments) {}

  /** Reads the file that lies at an address. */
  @Export(name = "read")
  public static int read(int address, int length) {
    byte[] file = new byte[length];
    Address from = Address.fromInt(address);
    int whole = length & ~7;
    for (int i = 0; i < whole; i += 8) {
      long bytes = from.add(i).getLong();
      file[i] = (byte) bytes;
      file[i + 1] = (byte) (bytes >>> 8);
      file[i + 2] = (byte) (bytes >>> 16);
      file[i + 3] = (byte) (bytes >>> 24);
      file[i + 4] = (byte) (bytes >>> 32);
      file[i + 5] = (byte) (bytes >>> 40);
      file[i + 6] = (byte) (bytes >>> 48);
      file[i + 7] = (byte) (bytes >>> 56);
    }
    for (int i = whole; i < length; i++) {
      file[i] = from.add(i).getByte();
    }
    return FileReading.read(file);
  }

  @Export(name = "rows")
  public static int rows() {
    return FileReading.rows();
  }

  @Export(name = "columns")
  public static int columns() {
    return FileReading.columns();
  }

  @Export(name = "bits")
  public static int bits() {
    return FileReading.bits();
  }

  @Export(name = "pixelsLength")
  public static int pixelsLength() {
    return FileReading.pixels().length;
  }

  /** Writes the pixels to an address. */
  @Export(name = "pixels")
  public static void pixels(int address) {
    byte[] pixels = FileReading.pixels();
    Address to = Address.fromInt(address);
    int whole = pixels.length & ~7;
    for (int i = 0; i < whole; i += 8) {
      int low =
          (pixels[i] & 255)
              | (pixels[i + 1] & 255) << 8
              | (pixels[i + 2] & 255) << 16
              | pixels[i + 3] << 24;
      int high =
          (pixels[i + 4] & 255)
              | (pixels[i + 5] & 255) << 8
              | (pixels[i + 6] & 255) << 16
              | pixels[i + 7] << 24;
      to.add(i).putLong((low & 0xffffffffL) | (long) high << 32);
    }
    for (int i = whole; i < pixels.length; i++) {
      to.add(i).putByte(pixels[i]);
    }
  }

  @Export(name = "textLength")
  public static int textLength() {
    return FileReading.text().length();
  }

  @Export(name = "textCharacter")
  public static int textCharacter(int index) {
    return FileReading.text().charAt(index);
  }
}
