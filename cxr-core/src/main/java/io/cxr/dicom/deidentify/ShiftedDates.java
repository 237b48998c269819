package io.cxr.dicom.deidentify;

import io.cxr.dicom.DicomElement;
import io.cxr.dicom.ValueRepresentation;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Dates and times of one patient, moved towards the past by the same number of days.
 *
 * @param days how far
 */
record ShiftedDates(int days) {
  private static final Pattern DATE = Pattern.compile("[0-9]{8}|[0-9]{4}\\.[0-9]{2}\\.[0-9]{2}");

  /** Not a date under the wrong representation. */
  private static final Pattern TIME =
      Pattern.compile("([01][0-9]|2[0-3])(:?[0-5][0-9](:?([0-5][0-9]|60)(\\.[0-9]{1,6})?)?)?");

  private static final Pattern AFTER_DATE =
      Pattern.compile("([0-9]{2}){0,3}(\\.[0-9]{1,6})?([+-][0-9]{4})?");

  /** Dates of the patient, moved; empty if any of the values is no whole date or time. */
  Optional<DicomElement> moved(DicomElement element) {
    ValueRepresentation vr = element.vr();
    if (vr == ValueRepresentation.SQ) {
      return Optional.empty();
    }
    if (element.isEmpty()) {
      return Optional.of(AttributeRules.empty(element));
    }
    List<String> moved = new ArrayList<>();
    for (String value : texts(element)) {
      Optional<String> one =
          value.isEmpty()
              ? Optional.of(value)
              : switch (vr) {
                case DA -> DATE.matcher(value).matches() ? movedDate(value) : Optional.empty();
                case TM -> TIME.matcher(value).matches() ? Optional.of(value) : Optional.empty();
                case DT -> movedDateTime(value);
                default -> Optional.empty();
              };
      if (one.isEmpty()) {
        return Optional.empty();
      }
      moved.add(one.get());
    }
    return Optional.of(DicomElement.ofText(element.tag(), vr, moved.toArray(String[]::new)));
  }

  private Optional<String> movedDateTime(String value) {
    if (value.length() < 8 || !AFTER_DATE.matcher(value.substring(8)).matches()) {
      return Optional.empty();
    }
    return movedDate(value.substring(0, 8)).map(date -> date + value.substring(8));
  }

  private Optional<String> movedDate(String value) {
    try {
      LocalDate date = LocalDate.parse(value.replace(".", ""), DateTimeFormatter.BASIC_ISO_DATE);
      LocalDate moved = date.minusDays(days);
      return moved.getYear() < 1
          ? Optional.empty()
          : Optional.of(DateTimeFormatter.BASIC_ISO_DATE.format(moved));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /** Values in ASCII, whatever representation is stated. */
  static List<String> texts(DicomElement element) {
    ByteBuffer bytes = element.bytes();
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    String text = new String(copy, StandardCharsets.ISO_8859_1);
    return Arrays.stream(text.split("\\\\", -1))
        .map(value -> value.replaceAll("^[ \\x00]+|[ \\x00]+$", ""))
        .toList();
  }
}
