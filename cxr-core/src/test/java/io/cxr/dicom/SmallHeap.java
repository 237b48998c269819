package io.cxr.dicom;

import io.cxr.CpuTime;
import io.cxr.dicom.image.CodestreamSeeds;
import io.cxr.dicom.image.DicomRadiographReader;
import io.cxr.error.UnsupportedRadiographException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/**
 * A program for a JVM with a small heap: reads files that ask for much, and damaged ones, by the
 * standard reader with its standard limits. Prints each case that ends neither in a radiograph nor
 * in a refusal, or takes long; its exit status is 1 if there is one.
 */
public final class SmallHeap {
  /** Of the processor, so that a busy machine makes no difference. */
  private static final long SLOWEST_NANOS = 10_000_000_000L;

  private SmallHeap() {}

  /** Takes the number of damaged files. */
  public static void main(String[] arguments) {
    int failures = 0;
    Map<String, Integer> outcomes = new LinkedHashMap<>();
    Map<String, Supplier<byte[]>> bombs = bombs();
    for (Map.Entry<String, Supplier<byte[]>> bomb : bombs.entrySet()) {
      String outcome = outcome(bomb.getValue());
      System.out.println(bomb.getKey() + ": " + outcome);
      failures += outcome.startsWith("FAILED") ? 1 : 0;
    }
    List<String> names = new ArrayList<>(CodestreamSeeds.FILES.keySet());
    int damaged = Integer.parseInt(arguments[0]);
    for (int i = 0; i < damaged; i++) {
      Random random = new Random(i);
      String name = names.get(random.nextInt(names.size()));
      byte[] seed = CodestreamSeeds.FILES.get(name);
      String outcome = outcome(() -> DicomDamageTest.damaged(seed.clone(), random));
      if (outcome.startsWith("FAILED")) {
        System.out.println("damaged " + name + " " + i + ": " + outcome);
        failures++;
      }
      outcomes.merge(outcome, 1, Integer::sum);
    }
    System.out.println(bombs.size() + " bombs; " + damaged + " damaged files: " + outcomes);
    System.exit(failures == 0 ? 0 : 1);
  }

  /** The heap of a case before may still be in pieces, for which the reader is not to blame. */
  private static byte[] made(Supplier<byte[]> file) {
    for (int attempt = 0; attempt < 3; attempt++) {
      try {
        return file.get();
      } catch (OutOfMemoryError e) {
        System.gc();
      }
    }
    return file.get();
  }

  /** Made and read in one place, so that nothing of a case is kept. */
  private static String outcome(Supplier<byte[]> file) {
    long start = CpuTime.nanos();
    String outcome;
    try {
      byte[] bytes = made(file);
      start = CpuTime.nanos();
      DicomRadiographReader.standard().read(bytes);
      outcome = "read";
    } catch (UnsupportedRadiographException e) {
      outcome = "refused " + e.reason();
    } catch (Throwable e) {
      outcome = "FAILED by " + e;
      e.printStackTrace(System.out);
    }
    return CpuTime.nanos() - start > SLOWEST_NANOS ? "FAILED by its time, " + outcome : outcome;
  }

  // Bombs ---------------------------------------------------------------------------------------

  private static Map<String, Supplier<byte[]>> bombs() {
    Map<String, Supplier<byte[]>> bombs = new LinkedHashMap<>();
    bombs.put("a length of 2 GiB", () -> explicit(0x00080005, "UT", new byte[0], 0x7ffffffe));
    bombs.put("a length of 4 GiB", () -> explicit(0x00080005, "UT", new byte[0], -2));
    bombs.put("a sequence of 4 GiB", () -> explicit(0x00081140, "SQ", new byte[0], -2));
    bombs.put("sequences in sequences", SmallHeap::deep);
    bombs.put("implicit sequences in sequences", SmallHeap::deepUnknown);
    bombs.put("empty items", () -> items(4_000_000));
    bombs.put("empty items up to the bound", () -> items(250_000));
    bombs.put("empty elements", () -> elements(250_000));
    bombs.put("empty fragments", () -> fragments(4_000_000));
    bombs.put("empty fragments up to the bound", () -> fragments(250_000));
    bombs.put("zeros deflated to 200 MiB", () -> deflated(200));
    bombs.put("zeros deflated to 15 MiB", () -> deflated(15));
    bombs.put(
        "values without end", () -> values(DicomTag.WINDOW_CENTER, "DS", 24 << 20, '1', '\\'));
    bombs.put("empty values", () -> values(DicomTag.VIEW_POSITION, "CS", 24 << 20, '\\', '\\'));
    bombs.put("numbers without end", () -> values(DicomTag.ROWS, "OB", 24 << 20, 1, 0));
    bombs.put(
        "a long text", () -> values(DicomTag.SPECIFIC_CHARACTER_SET, "CS", 24 << 20, 'I', '\\'));
    for (String name : CodestreamSeeds.ENCAPSULATED.keySet()) {
      bombs.put(name + " of 65535 x 65535", () -> resized(name, 65535, 65535, 1, 0));
      bombs.put(name + " of 65535 x 1000", () -> resized(name, 65535, 1000, 1, 0));
      bombs.put(name + " of 8000 x 8000", () -> resized(name, 8000, 8000, 1, 0));
      bombs.put(name + " of 8000 x 8000 in 1 MiB", () -> resized(name, 8000, 8000, 1, 1 << 20));
      bombs.put(name + " of 2800 x 2900", () -> resized(name, 2800, 2900, 1, 0));
      bombs.put(name + " of 2500 x 2500 in 1 MiB", () -> resized(name, 2500, 2500, 1, 1 << 20));
      bombs.put(name + " of 1400 x 1500 in 1 MiB", () -> resized(name, 1400, 1500, 1, 1 << 20));
      bombs.put(name + " of 2^31 - 1 frames", () -> resized(name, 33, 28, Integer.MAX_VALUE, 0));
    }
    for (String name : List.of("explicit", "implicit", "big-endian", "deflated")) {
      bombs.put(name + " of 65535 x 65535", () -> resized(name, 65535, 65535, 1, 0));
      bombs.put(name + " of 8000 x 8000", () -> resized(name, 8000, 8000, 1, 0));
      bombs.put(name + " of 2^31 - 1 frames", () -> resized(name, 33, 28, Integer.MAX_VALUE, 0));
      bombs.put(name + " of 5400 x 5400, whole", () -> whole(name, 5400, 5400, 1));
      bombs.put(name + " of 3500 x 3000, whole", () -> whole(name, 3500, 3000, 1));
      bombs.put(name + " of 4000 x 3000 colours, whole", () -> whole(name, 4000, 3000, 3));
    }
    for (String name : List.of("jpeg-2000", "jpeg-2000-lossless")) {
      for (int[] size : new int[][] {{2800, 2900}, {700, 725}}) {
        String of = name + " of " + size[0] + " x " + size[1] + " with the smallest ";
        bombs.put(of + "precincts", () -> coding(name, size[0], size[1], true, false, 1));
        bombs.put(of + "code-blocks", () -> coding(name, size[0], size[1], false, true, 1));
        bombs.put(
            of + "parts and 65535 layers", () -> coding(name, size[0], size[1], true, true, 65535));
      }
    }
    bombs.put("offsets beyond the end", () -> offsets(0, 0x7ffffff0));
    bombs.put("offsets backwards", () -> offsets(1 << 20, 0));
    bombs.put("offsets of all frames alike", () -> offsets(0, 0));
    bombs.put("extended offsets beyond the end", () -> extendedOffsets(0, Long.MAX_VALUE));
    bombs.put("extended offsets below zero", () -> extendedOffsets(Long.MIN_VALUE, -1));
    return bombs;
  }

  private static byte[] explicit(int tag, String vr, byte[] value, int length) {
    ByteBuffer bytes = ByteBuffer.allocate(12 + value.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putShort((short) (tag >>> 16)).putShort((short) tag);
    bytes.put((byte) vr.charAt(0)).put((byte) vr.charAt(1)).putShort((short) 0).putInt(length);
    return bytes.put(value).array();
  }

  private static byte[] deep() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < 500_000; i++) {
      out.writeBytes(new byte[] {8, 0, 0x40, 0x11, 'S', 'Q', 0, 0, -1, -1, -1, -1});
      out.writeBytes(new byte[] {-2, -1, 0, -32, -1, -1, -1, -1});
    }
    return out.toByteArray();
  }

  /** Of representation UN, whose sequences are in implicit VR. */
  private static byte[] deepUnknown() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {8, 0, 0x40, 0x11, 'U', 'N', 0, 0, -1, -1, -1, -1});
    for (int i = 0; i < 500_000; i++) {
      out.writeBytes(new byte[] {-2, -1, 0, -32, -1, -1, -1, -1});
      out.writeBytes(new byte[] {8, 0, 0x40, 0x11, -1, -1, -1, -1});
    }
    return out.toByteArray();
  }

  private static byte[] items(int count) {
    byte[] items = new byte[8 * count];
    for (int i = 0; i < items.length; i += 8) {
      items[i] = -2;
      items[i + 1] = -1;
      items[i + 3] = -32;
    }
    return explicit(0x00081140, "SQ", items, items.length);
  }

  private static byte[] elements(int count) {
    ByteBuffer bytes = ByteBuffer.allocate(8 * count).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      bytes.putShort((short) (8 + 2 * (i >> 16))).putShort((short) i).putInt('L' | ('O' << 8));
    }
    return bytes.array();
  }

  private static byte[] fragments(int count) {
    DicomFile file = seed("rle");
    byte[] head =
        DicomWriter.write(
            new DicomFile(
                file.metaInformation(),
                file.transferSyntax(),
                file.dataSet().without(DicomTag.PIXEL_DATA)));
    byte[] items = items(count);
    ByteBuffer all = ByteBuffer.allocate(head.length + items.length + 8);
    all.put(head).put(items, 0, 4).put(new byte[] {'O', 'B', 0, 0, -1, -1, -1, -1});
    all.putShort(head.length, (short) 0xe07f).putShort(head.length + 2, (short) 0x1000);
    all.put(items, 12, items.length - 12).put(new byte[] {-2, -1, -35, -32, 0, 0, 0, 0});
    return all.array();
  }

  private static byte[] deflated(int mebibytes) {
    byte[] head =
        DicomPhantom.file(DicomDataSet.of(), TransferSyntax.DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN);
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    bomb.write(head, 0, head.length - 2);
    try (DeflaterOutputStream out = new DeflaterOutputStream(bomb, new Deflater(9, true))) {
      for (int i = 0; i < mebibytes; i++) {
        out.write(new byte[1 << 20]);
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return bomb.toByteArray();
  }

  /** In implicit VR, or of a long representation, so that the length has 32 bits. */
  private static byte[] values(DicomTag tag, String vr, int length, int even, int odd) {
    byte[] value = new byte[length];
    for (int i = 0; i < length; i += 2) {
      value[i] = (byte) even;
      value[i + 1] = (byte) odd;
    }
    boolean bytes = vr.equals("OB");
    byte[] rest =
        DicomWriter.write(
            DicomPhantom.dataSet(12, false, "MONOCHROME2").without(tag),
            bytes
                ? TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN
                : TransferSyntax.IMPLICIT_VR_LITTLE_ENDIAN);
    int header = bytes ? 12 : 8;
    int place = place(rest, tag, bytes);
    ByteBuffer all =
        ByteBuffer.allocate(rest.length + header + length).order(ByteOrder.LITTLE_ENDIAN);
    all.put(rest, 0, place).putShort((short) tag.group()).putShort((short) tag.element());
    if (bytes) {
      all.put((byte) 'O').put((byte) 'B').putShort((short) 0);
    }
    all.putInt(length).put(value).put(rest, place, rest.length - place);
    return all.array();
  }

  /** Where an element of a tag belongs in a data set without sequences. */
  private static int place(byte[] dataSet, DicomTag tag, boolean explicit) {
    ByteBuffer bytes = ByteBuffer.wrap(dataSet).order(ByteOrder.LITTLE_ENDIAN);
    int at = 0;
    while (new DicomTag(bytes.getChar(at), bytes.getChar(at + 2)).compareTo(tag) < 0) {
      boolean wide = explicit && dataSet[at + 4] == 'O';
      at +=
          !explicit
              ? 8 + bytes.getInt(at + 4)
              : wide ? 12 + bytes.getInt(at + 8) : 8 + bytes.getChar(at + 6);
    }
    return at;
  }

  private static DicomFile seed(String name) {
    return DicomFile.read(CodestreamSeeds.FILES.get(name), io.cxr.radiograph.DecodeLimits.DEFAULT);
  }

  /** Rows and columns forged in the data set and in the codestream, which may grow by zeros. */
  private static byte[] resized(String name, int rows, int columns, int frames, int length) {
    DicomFile file = seed(name);
    DicomDataSet set =
        file.dataSet()
            .with(
                DicomPhantom.us(DicomTag.ROWS, rows),
                DicomPhantom.us(DicomTag.COLUMNS, columns),
                DicomPhantom.text(
                    DicomTag.NUMBER_OF_FRAMES, ValueRepresentation.IS, String.valueOf(frames)));
    if (file.transferSyntax().isEncapsulated()) {
      byte[] codestream = CodestreamSeeds.codestream(file);
      forge(codestream, rows, columns);
      set =
          set.with(
              DicomElement.ofFragments(
                  DicomTag.PIXEL_DATA,
                  List.of(
                      ByteBuffer.allocate(0),
                      ByteBuffer.wrap(
                          Arrays.copyOf(codestream, Math.max(length, codestream.length))))));
    }
    return new DicomFile(file.metaInformation(), file.transferSyntax(), set).toBytes();
  }

  /** A JPEG 2000 codestream with another COD segment (ITU-T T.800 A.6.1). */
  private static byte[] coding(
      String name, int rows, int columns, boolean precincts, boolean blocks, int layers) {
    DicomFile file = seed(name);
    byte[] codestream = CodestreamSeeds.codestream(file);
    forge(codestream, rows, columns);
    ByteBuffer bytes = ByteBuffer.wrap(codestream);
    int at = 2;
    while (bytes.getChar(at) != 0xff52) {
      at += 2 + bytes.getChar(at + 2);
    }
    int end = at + 2 + bytes.getChar(at + 2);
    int levels = codestream[at + 9];
    ByteBuffer forged = ByteBuffer.allocate(1 << 20);
    forged.put(codestream, 0, end);
    forged.putShort(at + 6, (short) layers);
    if (blocks) {
      forged.put(at + 10, (byte) 0).put(at + 11, (byte) 0);
    }
    if (precincts) {
      forged.putShort(at + 2, (short) (bytes.getChar(at + 2) + levels + 1));
      forged.put(at + 4, (byte) (codestream[at + 4] | 1));
      for (int level = 0; level <= levels; level++) {
        forged.put((byte) (level == 0 ? 0 : 0x11));
      }
    }
    forged.put(codestream, end, codestream.length - end);
    DicomDataSet set =
        file.dataSet()
            .with(
                DicomPhantom.us(DicomTag.ROWS, rows),
                DicomPhantom.us(DicomTag.COLUMNS, columns),
                DicomElement.ofFragments(
                    DicomTag.PIXEL_DATA,
                    List.of(ByteBuffer.allocate(0), ByteBuffer.wrap(forged.array()))));
    return new DicomFile(file.metaInformation(), file.transferSyntax(), set).toBytes();
  }

  private static void forge(byte[] codestream, int rows, int columns) {
    ByteBuffer bytes = ByteBuffer.wrap(codestream);
    if (bytes.getShort(0) == (short) 0xff4f) {
      // SIZ of JPEG 2000: the image, and one tile as large.
      bytes.putInt(8, columns).putInt(12, rows).putInt(24, columns).putInt(28, rows);
      return;
    }
    for (int at = 0; at + 9 < codestream.length; at++) {
      int marker = bytes.getChar(at);
      if ((marker >= 0xffc0 && marker <= 0xffc3) || marker == 0xfff7) {
        bytes.putShort(at + 5, (short) rows).putShort(at + 7, (short) columns);
        return;
      }
    }
  }

  /** An honest native image, which a small heap may or may not hold. */
  private static byte[] whole(String name, int rows, int columns, int samples) {
    DicomFile file = seed(name);
    int allocated = samples == 3 ? 8 : 16;
    DicomDataSet set =
        file.dataSet()
            .with(
                DicomPhantom.us(DicomTag.ROWS, rows),
                DicomPhantom.us(DicomTag.COLUMNS, columns),
                DicomPhantom.us(DicomTag.SAMPLES_PER_PIXEL, samples),
                DicomPhantom.us(DicomTag.BITS_ALLOCATED, allocated),
                DicomPhantom.us(DicomTag.BITS_STORED, allocated),
                DicomPhantom.us(DicomTag.HIGH_BIT, allocated - 1),
                DicomPhantom.text(
                    DicomTag.PHOTOMETRIC_INTERPRETATION,
                    ValueRepresentation.CS,
                    samples == 3 ? "RGB" : "MONOCHROME2"))
            .without(DicomTag.PIXEL_DATA);
    byte[] head =
        DicomWriter.write(
            set,
            file.transferSyntax().isExplicit()
                ? TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN
                : TransferSyntax.IMPLICIT_VR_LITTLE_ENDIAN);
    int length = rows * columns * samples * allocated / 8;
    boolean explicit = file.transferSyntax().isExplicit();
    int header = explicit ? 12 : 8;
    ByteBuffer all =
        ByteBuffer.allocate(head.length + header + length).order(ByteOrder.LITTLE_ENDIAN);
    all.put(head).putShort((short) 0x7fe0).putShort((short) 0x10);
    if (explicit) {
      all.put((byte) 'O').put((byte) 'W').putShort((short) 0);
    }
    return all.putInt(length).array();
  }

  private static byte[] offsets(int first, int others) {
    DicomFile file = seed("jpeg-ls-frames");
    List<ByteBuffer> fragments = new ArrayList<>(pixelData(file).fragments());
    fragments.set(
        0,
        ByteBuffer.allocate(12)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(first)
            .putInt(others)
            .putInt(others)
            .flip());
    return new DicomFile(
            file.metaInformation(),
            file.transferSyntax(),
            file.dataSet().with(DicomElement.ofFragments(DicomTag.PIXEL_DATA, fragments)))
        .toBytes();
  }

  private static byte[] extendedOffsets(long first, long others) {
    DicomFile file = seed("jpeg-ls-frames");
    ByteBuffer table = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
    table.putLong(first).putLong(others).putLong(others);
    return new DicomFile(
            file.metaInformation(),
            file.transferSyntax(),
            file.dataSet()
                .with(
                    DicomElement.ofBytes(
                        DicomTag.EXTENDED_OFFSET_TABLE, ValueRepresentation.OV, table.array())))
        .toBytes();
  }

  private static DicomElement pixelData(DicomFile file) {
    return file.dataSet().element(DicomTag.PIXEL_DATA).orElseThrow();
  }
}
