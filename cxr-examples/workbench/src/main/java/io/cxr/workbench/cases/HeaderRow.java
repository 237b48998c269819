package io.cxr.workbench.cases;

import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomElement;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.SpecificCharacterSet;
import io.cxr.dicom.deidentify.DeIdentifier;
import io.cxr.error.CxrException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * An element of a DICOM header as pages see it.
 *
 * @param tag such as {@code (0010,0010)}; of an element in a sequence after those around it
 * @param keyword of the standard's dictionary, or empty
 * @param vr the value representation
 * @param value in words, or null if it is hidden
 * @param identity whether the value may tell who the patient is
 */
record HeaderRow(String tag, String keyword, String vr, @Nullable String value, boolean identity) {
  private static final int LONGEST_VALUE = 400;
  private static final long LONGEST_NUMBERS = 4096;

  /**
   * The rows of a file. What the Basic Confidentiality Profile of DICOM PS3.15 removes or replaces
   * counts as identity; where de-identification refuses a file, everything does but what tells how
   * the pixels are stored.
   *
   * @param file the file
   * @param identity whether to show the values of identity
   */
  static List<HeaderRow> of(DicomFile file, boolean identity) {
    Optional<DicomDataSet> clean = deIdentified(file);
    List<HeaderRow> rows = new ArrayList<>();
    add(rows, "", file.metaInformation(), Optional.empty(), identity);
    add(rows, "", file.dataSet(), clean, identity);
    return rows;
  }

  private static Optional<DicomDataSet> deIdentified(DicomFile file) {
    try {
      return Optional.of(
          DeIdentifier.builder()
              .burnedIn(DeIdentifier.BurnedIn.ALLOW)
              .build()
              .deIdentify(file)
              .dataSet());
    } catch (CxrException e) {
      return Optional.empty();
    }
  }

  private static void add(
      List<HeaderRow> rows,
      String around,
      DicomDataSet dataSet,
      Optional<DicomDataSet> clean,
      boolean shown) {
    for (DicomElement element : dataSet.elements()) {
      Optional<DicomElement> kept = clean.flatMap(other -> other.element(element.tag()));
      boolean pixels =
          element.tag().group() == 0x0028
              || element.tag().group() == 0x7fe0
              || element.tag().equals(DicomTag.TRANSFER_SYNTAX_UID);
      List<DicomDataSet> items = element.items();
      boolean identity =
          items.isEmpty() ? !pixels && !kept.equals(Optional.of(element)) : kept.isEmpty();
      String tag = around + element.tag();
      rows.add(
          new HeaderRow(
              tag,
              element.tag().keyword().orElse(""),
              element.vr().name(),
              identity && !shown ? null : value(element, dataSet.characterSet()),
              identity));
      List<DicomDataSet> cleanItems = kept.map(DicomElement::items).orElse(List.of());
      for (int i = 0; i < items.size(); i++) {
        Optional<DicomDataSet> cleanItem =
            i < cleanItems.size() ? Optional.of(cleanItems.get(i)) : Optional.empty();
        add(rows, tag + "[" + (i + 1) + "].", items.get(i), cleanItem, shown);
      }
    }
  }

  private static String value(DicomElement element, SpecificCharacterSet characterSet) {
    if (!element.items().isEmpty()) {
      return element.items().size() + " items";
    }
    if (element.isEncapsulated()) {
      return element.fragments().size() + " fragments";
    }
    int bytes = element.bytes().remaining();
    String text = "";
    if (element.vr().isText()) {
      text = String.join("\\", element.strings(characterSet));
    } else if (bytes <= LONGEST_NUMBERS) {
      text =
          switch (element.vr()) {
            case US, SS, UL, SL, UV, SV ->
                LongStream.of(element.integers())
                    .mapToObj(String::valueOf)
                    .collect(Collectors.joining("\\"));
            case FL, FD ->
                DoubleStream.of(element.decimals())
                    .mapToObj(String::valueOf)
                    .collect(Collectors.joining("\\"));
            default -> "";
          };
    }
    if (text.isEmpty() && bytes > 0) {
      return bytes + " bytes";
    }
    return text.length() > LONGEST_VALUE ? text.substring(0, LONGEST_VALUE) + "…" : text;
  }
}
