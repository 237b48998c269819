package io.cxr.webpage.reading;

import org.teavm.jso.JSExport;
import org.teavm.jso.typedarrays.Int8Array;

/** The reader as JavaScript has it: {@link FileReading} by names that stay, its arrays shared. */
public final class ScriptReading {
  private ScriptReading() {}

  /** Nothing happens until a function is called. */
  public static void main(String[] arguments) {}

  @JSExport
  public static int read(Int8Array file) {
    return FileReading.read(file.copyToJavaArray());
  }

  @JSExport
  public static int rows() {
    return FileReading.rows();
  }

  @JSExport
  public static int columns() {
    return FileReading.columns();
  }

  @JSExport
  public static int bits() {
    return FileReading.bits();
  }

  @JSExport
  public static Int8Array pixels() {
    return Int8Array.copyFromJavaArray(FileReading.pixels());
  }

  @JSExport
  public static String text() {
    return FileReading.text();
  }
}
