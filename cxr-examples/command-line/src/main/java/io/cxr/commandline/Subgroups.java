package io.cxr.commandline;

import io.cxr.dataset.ImageSet;
import io.cxr.dataset.ImageTable;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomTag;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.DecodeLimits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The subgroup of each image: a field of a table, or an attribute of a DICOM file. */
final class Subgroups {
  private static final String AGE = "age";

  /** Attributes that are read where the table lacks the column. */
  private static final Map<String, DicomTag> ATTRIBUTES =
      Map.of(
          "sex",
          DicomTag.of(0x00100040),
          AGE,
          DicomTag.PATIENT_AGE,
          "view",
          DicomTag.VIEW_POSITION);

  /** Years, or a DICOM age string (PS3.5, 6.2): 045Y, 006M, 003W, 010D. */
  private static final Pattern YEARS = Pattern.compile("0*(\\d{1,3})(?:\\.\\d+)?\\s*([YMWDymwd]?)");

  private Subgroups() {}

  /**
   * The subgroups.
   *
   * @param column a column of the table; else sex, age or view of DICOM files
   * @param patients the table, or null for none
   * @return a value for each image, blank where it is unknown
   */
  static Map<LabelledRadiograph, String> of(
      String column, ImageSet folder, List<LabelledRadiograph> items, @Nullable Path patients)
      throws IOException {
    Optional<ImageTable> table =
        patients == null ? Optional.empty() : Optional.of(ImageTable.read(patients));
    boolean ofTable = table.isPresent() && table.get().columns().contains(column);
    @Nullable DicomTag tag = ATTRIBUTES.get(column.toLowerCase(Locale.ROOT));
    if (!ofTable && tag == null) {
      throw new IllegalArgumentException(
          "--by: expected a table that has the column "
              + column
              + ", or one of sex, age and view of DICOM files, found "
              + (table.isPresent() ? table.get().columns() : "no table. Add --patients FILE."));
    }
    Map<LabelledRadiograph, String> values = new LinkedHashMap<>();
    boolean known = false;
    for (LabelledRadiograph item : items) {
      String value =
          ofTable || tag == null
              ? table.orElseThrow().value(folder.nameOf(item), column).orElse("")
              : attribute(item.file(), tag);
      known |= !value.isBlank();
      values.put(item, column.equalsIgnoreCase(AGE) ? band(value) : value);
    }
    if (!known) {
      throw new IllegalArgumentException(
          "--by: expected values of "
              + column
              + (ofTable ? " in the table" : " in the table or in DICOM files")
              + ", found none");
    }
    return values;
  }

  /**
   * Blank where the file is no DICOM file or lacks the attribute; the reader says what is wrong.
   */
  private static String attribute(Path file, DicomTag tag) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] encoded = in.readNBytes((int) DecodeLimits.DEFAULT.bytes() + 1);
      if (!DicomFile.isDicom(encoded, encoded.length)) {
        return "";
      }
      return DicomFile.read(encoded, DecodeLimits.DEFAULT).dataSet().string(tag).orElse("").strip();
    } catch (UnsupportedRadiographException damaged) {
      return "";
    }
  }

  /** The years of childhood, and adults by a third; what is no age stays as it is. */
  static String band(String age) {
    Matcher matcher = YEARS.matcher(age.strip());
    if (!matcher.matches()) {
      return age;
    }
    String unit = matcher.group(2).toUpperCase(Locale.ROOT);
    int years = unit.isEmpty() || unit.equals("Y") ? Integer.parseInt(matcher.group(1)) : 0;
    if (years < 18) {
      return "0-17";
    }
    return years < 40 ? "18-39" : years < 65 ? "40-64" : "65+";
  }
}
