package io.cxr.dicom;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.TreeMap;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/**
 * Writes data sets and files (DICOM PS3.5, PS3.10). Sequences, items and values have defined
 * lengths; encapsulated pixel data have undefined length, as PS3.5 A.4 requires. Group lengths are
 * omitted, except for that of the file meta information, which is generated. Stateless and
 * thread-safe.
 */
public final class DicomWriter {
  /** Who wrote the file (PS3.7 D.3.3.2); made once from a random UUID, as PS3.5 B.2 says. */
  private static final String IMPLEMENTATION_CLASS_UID =
      "2.25.250706938855513678978283898739814749068";

  private static final DicomTag META_LENGTH = DicomTag.of(0x00020000);
  private static final DicomTag META_VERSION = DicomTag.of(0x00020001);
  private static final DicomTag MEDIA_STORAGE_CLASS = DicomTag.of(0x00020002);
  private static final DicomTag MEDIA_STORAGE_INSTANCE = DicomTag.of(0x00020003);
  private static final DicomTag IMPLEMENTATION_CLASS = DicomTag.of(0x00020012);

  private static final DicomTag IMPLEMENTATION_VERSION = DicomTag.of(0x00020013);

  /** The longest value of a representation whose length has 16 bits. */
  private static final int LONGEST_SHORT_VALUE = 0xfffe;

  private final boolean explicit;
  private final boolean bigEndian;

  private DicomWriter(TransferSyntax syntax) {
    explicit = syntax.isExplicit();
    bigEndian = syntax.isBigEndian();
  }

  /**
   * Writes a file. The meta information is what the data set and this writer are: its version, SOP
   * class and instance, transfer syntax and implementation are written anew, whatever the file said
   * that the data set came from. SOP class and instance stay where the data set has none, and so do
   * all others, such as application entities.
   *
   * @param file the file
   * @return preamble, prefix, meta information and data set
   * @throws IllegalArgumentException if encapsulated pixel data meet a transfer syntax that has
   *     none
   */
  public static byte[] write(DicomFile file) {
    TransferSyntax syntax = file.transferSyntax();
    TreeMap<DicomTag, DicomElement> meta = new TreeMap<>();
    for (DicomElement element : file.metaInformation().elements()) {
      if (element.tag().group() != 2) {
        throw new IllegalArgumentException(
            "File meta information: expected elements of group 0002, found " + element.tag());
      }
      meta.put(element.tag(), element);
    }
    meta.put(
        META_VERSION,
        DicomElement.ofBytes(META_VERSION, ValueRepresentation.OB, new byte[] {0, 1}));
    file.dataSet()
        .string(DicomTag.SOP_CLASS_UID)
        .ifPresent(uid -> meta.put(MEDIA_STORAGE_CLASS, uid(MEDIA_STORAGE_CLASS, uid)));
    file.dataSet()
        .string(DicomTag.SOP_INSTANCE_UID)
        .ifPresent(uid -> meta.put(MEDIA_STORAGE_INSTANCE, uid(MEDIA_STORAGE_INSTANCE, uid)));
    // A version name belongs to the implementation that wrote the file before.
    meta.remove(IMPLEMENTATION_VERSION);
    meta.put(IMPLEMENTATION_CLASS, uid(IMPLEMENTATION_CLASS, IMPLEMENTATION_CLASS_UID));
    meta.put(
        DicomTag.TRANSFER_SYNTAX_UID, uid(DicomTag.TRANSFER_SYNTAX_UID, file.transferSyntaxUid()));
    meta.remove(META_LENGTH);

    ByteArrayOutputStream group = new ByteArrayOutputStream();
    DicomWriter metaWriter = new DicomWriter(TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN);
    for (DicomElement element : meta.values()) {
      metaWriter.element(group, element);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[128]);
    out.writeBytes("DICM".getBytes(StandardCharsets.US_ASCII));
    metaWriter.element(
        out, DicomElement.ofIntegers(META_LENGTH, ValueRepresentation.UL, group.size()));
    out.writeBytes(group.toByteArray());
    if (syntax == TransferSyntax.DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN) {
      deflate(out, write(file.dataSet(), TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN));
    } else {
      new DicomWriter(syntax).dataSet(out, file.dataSet(), syntax.isEncapsulated());
    }
    return out.toByteArray();
  }

  /**
   * Writes a bare data set.
   *
   * @param dataSet the data set
   * @param syntax how; a deflated one is not a data set's own encoding and is refused
   * @return its bytes
   */
  public static byte[] write(DicomDataSet dataSet, TransferSyntax syntax) {
    if (syntax == TransferSyntax.DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN) {
      throw new IllegalArgumentException(
          "Data set: expected a transfer syntax of its own, found a deflated one; write a"
              + " DicomFile");
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new DicomWriter(syntax).dataSet(out, dataSet, syntax.isEncapsulated());
    return out.toByteArray();
  }

  private static DicomElement uid(DicomTag tag, String uid) {
    return DicomElement.ofText(tag, ValueRepresentation.UI, uid);
  }

  private static void deflate(ByteArrayOutputStream out, byte[] data) {
    Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    try (DeflaterOutputStream deflated = new DeflaterOutputStream(out, deflater)) {
      deflated.write(data);
    } catch (IOException e) {
      throw new IllegalStateException("Memory: expected to be writable", e);
    } finally {
      deflater.end();
    }
    if ((out.size() & 1) != 0) {
      out.write(0);
    }
  }

  private void dataSet(ByteArrayOutputStream out, DicomDataSet dataSet, boolean encapsulated) {
    for (DicomElement element : dataSet.elements()) {
      if (element.tag().isGroupLength()) {
        continue;
      }
      if (element.isEncapsulated() && !encapsulated) {
        throw new IllegalArgumentException(
            "Pixel data: expected native ones for this transfer syntax, found encapsulated ones");
      }
      element(out, element);
    }
  }

  private void element(ByteArrayOutputStream out, DicomElement element) {
    tag(out, element.tag());
    ValueRepresentation vr = element.vr();
    if (element.isEncapsulated()) {
      header(out, vr, -1);
      for (ByteBuffer fragment : element.fragments()) {
        tag(out, DicomTag.of(0xfffee000));
        number(out, fragment.remaining(), 4);
        byte[] bytes = new byte[fragment.remaining()];
        fragment.get(bytes);
        out.writeBytes(bytes);
      }
      tag(out, DicomTag.of(0xfffee0dd));
      number(out, 0, 4);
      return;
    }
    ValueRepresentation written = written(element);
    byte[] value =
        vr == ValueRepresentation.SQ ? items(element.items()) : value(element, written.width());
    header(out, written, value.length);
    out.writeBytes(value);
  }

  /**
   * What is longer than its representation can say in explicit VR, which it may come as from
   * implicit VR, is of representation UN, in little-endian order (PS3.5 6.2.2). LUT Data are US or
   * OW (PS3.6), so they are OW.
   */
  private ValueRepresentation written(DicomElement element) {
    ValueRepresentation vr = element.vr();
    if (!explicit || vr.hasLongLength() || element.bytes().remaining() <= LONGEST_SHORT_VALUE) {
      return vr;
    }
    return element.tag().equals(DicomTag.LUT_DATA)
        ? ValueRepresentation.OW
        : ValueRepresentation.UN;
  }

  private byte[] items(List<DicomDataSet> items) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (DicomDataSet item : items) {
      ByteArrayOutputStream content = new ByteArrayOutputStream();
      dataSet(content, item, false);
      tag(out, DicomTag.of(0xfffee000));
      number(out, content.size(), 4);
      out.writeBytes(content.toByteArray());
    }
    return out.toByteArray();
  }

  private byte[] value(DicomElement element, int width) {
    ByteBuffer bytes = element.bytes();
    // Files with odd lengths are read, but not written.
    byte[] value = new byte[bytes.remaining() + (bytes.remaining() & 1)];
    bytes.get(value, 0, bytes.remaining());
    if (bigEndian && width > 1) {
      DicomParser.swap(value, width);
    }
    return value;
  }

  private void header(ByteArrayOutputStream out, ValueRepresentation vr, int length) {
    if (!explicit) {
      number(out, length, 4);
      return;
    }
    out.write(vr.name().charAt(0));
    out.write(vr.name().charAt(1));
    if (vr.hasLongLength()) {
      number(out, 0, 2);
      number(out, length, 4);
    } else {
      number(out, length, 2);
    }
  }

  private void tag(ByteArrayOutputStream out, DicomTag tag) {
    number(out, tag.group(), 2);
    number(out, tag.element(), 2);
  }

  private void number(ByteArrayOutputStream out, int value, int width) {
    for (int i = 0; i < width; i++) {
      out.write(value >>> (8 * (bigEndian ? width - 1 - i : i)));
    }
  }
}
