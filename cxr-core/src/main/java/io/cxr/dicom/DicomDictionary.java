package io.cxr.dicom;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The data dictionary (DICOM PS3.6), read when it is first asked. */
final class DicomDictionary {
  private record Entry(ValueRepresentation vr, String keyword) {}

  private DicomDictionary() {}

  static Optional<String> keyword(DicomTag tag) {
    if (tag.isGroupLength()) {
      return Optional.of("GroupLength");
    }
    Entry entry = entry(tag);
    return entry == null ? Optional.empty() : Optional.of(entry.keyword());
  }

  static ValueRepresentation valueRepresentation(DicomTag tag) {
    if (tag.isGroupLength()) {
      return ValueRepresentation.UL;
    }
    // A block of private elements is reserved by a name (PS3.5 7.8.1).
    if (tag.isPrivate() && tag.element() >= 0x10 && tag.element() <= 0xff) {
      return ValueRepresentation.LO;
    }
    if (tag.equals(DicomTag.PIXEL_DATA)) {
      return ValueRepresentation.OW;
    }
    Entry entry = entry(tag);
    return entry == null ? ValueRepresentation.UN : entry.vr();
  }

  private static @Nullable Entry entry(DicomTag tag) {
    int group = tag.group();
    // Overlays and curves have one definition for 16 groups each (PS3.6, 60xx and 50xx).
    if ((group & 0xffe1) == 0x6000 && (group & 1) == 0) {
      return switch (tag.element()) {
        case 0x3000 -> new Entry(ValueRepresentation.OW, "OverlayData");
        case 0x0010 -> new Entry(ValueRepresentation.US, "OverlayRows");
        case 0x0011 -> new Entry(ValueRepresentation.US, "OverlayColumns");
        case 0x0040 -> new Entry(ValueRepresentation.CS, "OverlayType");
        case 0x0050 -> new Entry(ValueRepresentation.SS, "OverlayOrigin");
        case 0x0100 -> new Entry(ValueRepresentation.US, "OverlayBitsAllocated");
        case 0x0102 -> new Entry(ValueRepresentation.US, "OverlayBitPosition");
        default -> null;
      };
    }
    return Loaded.ENTRIES.get(group << 16 | tag.element());
  }

  private static final class Loaded {
    static final Map<Integer, Entry> ENTRIES = load();

    private static Map<Integer, Entry> load() {
      Map<Integer, Entry> entries = new HashMap<>(8192);
      try (InputStream stream = DicomDictionary.class.getResourceAsStream("dictionary.txt")) {
        if (stream == null) {
          throw new IllegalStateException(
              "Data dictionary: expected io/cxr/dicom/dictionary.txt in cxr-core, found nothing;"
                  + " use an unchanged cxr-core");
        }
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(stream, StandardCharsets.US_ASCII));
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
          if (!line.startsWith("#")) {
            entries.put(
                Integer.parseInt(line.substring(0, 4), 16) << 16
                    | Integer.parseInt(line.substring(4, 8), 16),
                new Entry(ValueRepresentation.valueOf(line.substring(9, 11)), line.substring(12)));
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return entries;
    }
  }
}
