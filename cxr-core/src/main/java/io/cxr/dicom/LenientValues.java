package io.cxr.dicom;

import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The values of a data set as an image reader interprets them: invalid numbers count as missing,
 * codes as upper case, and each such case is recorded.
 */
public final class LenientValues {
  private final DicomDataSet dataSet;
  private final Leniencies leniencies;

  /** A value may be looked at more than once. */
  private final Set<String> noted = new HashSet<>();

  public LenientValues(DicomDataSet dataSet, Leniencies leniencies) {
    this.dataSet = dataSet;
    this.leniencies = leniencies;
  }

  public DicomDataSet dataSet() {
    return dataSet;
  }

  /** An item of one of its sequences. */
  public LenientValues of(DicomDataSet item) {
    return new LenientValues(item, leniencies);
  }

  public void note(Leniency.Kind kind, String message) {
    if (noted.add(message)) {
      leniencies.add(kind, message);
    }
  }

  public double[] decimals(DicomTag tag) {
    noteUnreadable(tag);
    return dataSet.decimals(tag);
  }

  public long[] integers(DicomTag tag) {
    noteUnreadable(tag);
    return dataSet.integers(tag);
  }

  /** Whether there is text that should be a number and is none. */
  public boolean isUnreadable(DicomTag tag) {
    return dataSet.element(tag).map(DicomElement::hasUnreadableNumber).orElse(false);
  }

  private void noteUnreadable(DicomTag tag) {
    if (isUnreadable(tag)) {
      note(Leniency.Kind.NUMBER, named(tag) + " is no number: counts as missing");
    }
  }

  /** The first value of a code string. */
  public Optional<String> code(DicomTag tag) {
    Optional<String> code = dataSet.string(tag);
    Optional<String> upper = code.map(text -> text.toUpperCase(Locale.ROOT));
    if (!upper.equals(code)) {
      note(Leniency.Kind.CODE_STRING, named(tag) + " is in lower case: taken for upper case");
    }
    return upper;
  }

  public static String named(DicomTag tag) {
    return tag.keyword().map(keyword -> keyword + " ").orElse("") + tag;
  }
}
