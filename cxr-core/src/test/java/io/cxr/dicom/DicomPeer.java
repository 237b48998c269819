package io.cxr.dicom;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The programs of dcmtk and GDCM: independent implementations, where Debian installs them. */
public final class DicomPeer {
  private DicomPeer() {}

  public static boolean isThere(String program) {
    return new File("/usr/bin", program).canExecute();
  }

  public static void run(Path folder, List<String> command)
      throws IOException, InterruptedException {
    Path log = folder.resolve("log.txt");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    if (process.waitFor() != 0) {
      throw new IOException(command + ": " + Files.readString(log, StandardCharsets.ISO_8859_1));
    }
  }

  /** What a validator says, whose exit status is at most so much. */
  public static String said(Path folder, int mostStatus, String... command)
      throws IOException, InterruptedException {
    Path log = folder.resolve("log.txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    // The style sheets of DicomSRValidator are larger than the JDK's limits on XPath allow.
    builder
        .environment()
        .put(
            "JDK_JAVA_OPTIONS",
            "-Djdk.xml.xpathExprOpLimit=0 -Djdk.xml.xpathTotalOpLimit=0"
                + " -Djdk.xml.xpathExprGrpLimit=0");
    int status = builder.start().waitFor();
    String said = Files.readString(log, StandardCharsets.ISO_8859_1);
    if (status > mostStatus) {
      throw new IOException(List.of(command) + ": " + status + ": " + said);
    }
    return said;
  }

  /** What a program of the dcm2pnm family shows, 16 bits for gray and 8 for colour. */
  public static Bitmap rendered(
      Path folder, String program, Path file, boolean colour, List<String> options)
      throws IOException, InterruptedException {
    Path out = folder.resolve("shown.pnm");
    Files.deleteIfExists(out);
    List<String> command = new ArrayList<>(List.of(program, "-q", "--no-overlays"));
    command.addAll(options);
    command.addAll(List.of(colour ? "+op" : "+opw", file.toString(), out.toString()));
    run(folder, command);
    return Bitmap.of(Files.readAllBytes(out));
  }

  /** A portable gray map or pixel map. */
  public record Bitmap(int columns, int rows, int white, boolean colour, List<Integer> samples) {
    public static Bitmap of(byte[] encoded) {
      int[] at = {2};
      int columns = number(encoded, at);
      int rows = number(encoded, at);
      int white = number(encoded, at);
      boolean colour = encoded[1] == '6' || encoded[1] == '3';
      boolean binary = encoded[1] >= '5';
      int count = columns * rows * (colour ? 3 : 1);
      List<Integer> samples = new ArrayList<>(count);
      at[0] += binary ? 1 : 0;
      for (int i = 0; i < count; i++) {
        samples.add(binary ? encoded[at[0]++] & 255 : number(encoded, at));
      }
      return new Bitmap(columns, rows, white, colour, samples);
    }

    private static int number(byte[] text, int[] at) {
      while (text[at[0]] <= ' ' || text[at[0]] == '#') {
        if (text[at[0]] == '#') {
          while (text[at[0]] != '\n') {
            at[0]++;
          }
        }
        at[0]++;
      }
      int value = 0;
      while (at[0] < text.length && text[at[0]] > ' ') {
        value = 10 * value + text[at[0]++] - '0';
      }
      return value;
    }

    /** The gray of a pixel, by ITU-R BT.601 for colours, from 0 to the largest sample. */
    public double gray(int pixel) {
      return colour
          ? 0.299 * samples.get(3 * pixel)
              + 0.587 * samples.get(3 * pixel + 1)
              + 0.114 * samples.get(3 * pixel + 2)
          : samples.get(pixel);
    }
  }
}
