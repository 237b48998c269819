package io.cxr.dicom;

import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A data set (DICOM PS3.5, section 7): data elements in the order of their tags, with each tag at
 * most once. Immutable and thread-safe; equal to a data set with equal elements.
 */
public final class DicomDataSet {
  private final NavigableMap<DicomTag, DicomElement> elements;
  private final SpecificCharacterSet characterSet;

  private DicomDataSet(
      NavigableMap<DicomTag, DicomElement> elements, SpecificCharacterSet inherited) {
    this.elements = elements;
    DicomElement own = elements.get(DicomTag.SPECIFIC_CHARACTER_SET);
    characterSet =
        own == null
            ? inherited
            : SpecificCharacterSet.of(
                own.strings(SpecificCharacterSet.DEFAULT).toArray(new String[0]));
  }

  /**
   * A data set of elements.
   *
   * @param elements the elements in any order, each tag at most once
   * @return the data set
   */
  public static DicomDataSet of(Collection<DicomElement> elements) {
    TreeMap<DicomTag, DicomElement> map = new TreeMap<>();
    for (DicomElement element : elements) {
      if (map.put(element.tag(), element) != null) {
        throw new IllegalArgumentException(
            "Data set: expected each tag once, found " + element.tag() + " twice");
      }
    }
    return new DicomDataSet(map, SpecificCharacterSet.DEFAULT);
  }

  /**
   * A data set of elements.
   *
   * @param elements the elements in any order, each tag at most once
   * @return the data set
   */
  public static DicomDataSet of(DicomElement... elements) {
    return of(List.of(elements));
  }

  /**
   * A data set from elements in their order.
   *
   * @param elements the elements by their tags; taken over, so the caller keeps no reference
   * @param inherited the character set of its text where it states none itself
   * @return the data set
   */
  public static DicomDataSet owning(
      NavigableMap<DicomTag, DicomElement> elements, SpecificCharacterSet inherited) {
    return new DicomDataSet(elements, inherited);
  }

  /**
   * This data set with elements added, or replaced where the tag is there already.
   *
   * @param added the elements
   * @return another data set
   */
  public DicomDataSet with(DicomElement... added) {
    TreeMap<DicomTag, DicomElement> map = new TreeMap<>(elements);
    for (DicomElement element : added) {
      map.put(element.tag(), element);
    }
    return new DicomDataSet(map, characterSet);
  }

  /**
   * This data set without some elements.
   *
   * @param removed the tags, which need not be there
   * @return another data set
   */
  public DicomDataSet without(DicomTag... removed) {
    TreeMap<DicomTag, DicomElement> map = new TreeMap<>(elements);
    for (DicomTag tag : removed) {
      map.remove(tag);
    }
    return new DicomDataSet(map, characterSet);
  }

  /**
   * The elements in the order of their tags.
   *
   * @return an unmodifiable view
   */
  public Collection<DicomElement> elements() {
    return Collections.unmodifiableCollection(elements.values());
  }

  /**
   * The character set of its texts: its own, or that of the data set around it.
   *
   * @return the character set
   */
  public SpecificCharacterSet characterSet() {
    return characterSet;
  }

  /**
   * An element.
   *
   * @param tag its tag
   * @return empty if it is missing
   */
  public Optional<DicomElement> element(DicomTag tag) {
    return Optional.ofNullable(elements.get(tag));
  }

  /**
   * The values of a text.
   *
   * @param tag the element's tag
   * @return none if it is missing, empty or no text
   */
  public List<String> strings(DicomTag tag) {
    DicomElement element = elements.get(tag);
    return element == null ? List.of() : element.strings(characterSet);
  }

  /**
   * The first value of a text.
   *
   * @param tag the element's tag
   * @return empty if it is missing, empty or no text
   */
  public Optional<String> string(DicomTag tag) {
    List<String> values = strings(tag);
    return values.isEmpty() || values.get(0).isEmpty()
        ? Optional.empty()
        : Optional.of(values.get(0));
  }

  /**
   * The values of integers.
   *
   * @param tag the element's tag
   * @return none if it is missing, empty or no integer, see {@link DicomElement#integers()}
   * @throws io.cxr.error.UnsupportedRadiographException if the value is longer than 1 MiB
   */
  public long[] integers(DicomTag tag) {
    DicomElement element = elements.get(tag);
    return element == null ? new long[0] : element.integers();
  }

  /**
   * The values of numbers.
   *
   * @param tag the element's tag
   * @return none if it is missing, empty or no number, see {@link DicomElement#decimals()}
   * @throws io.cxr.error.UnsupportedRadiographException if the value is longer than 1 MiB
   */
  public double[] decimals(DicomTag tag) {
    DicomElement element = elements.get(tag);
    return element == null ? new double[0] : element.decimals();
  }

  /**
   * The items of a sequence.
   *
   * @param tag the element's tag
   * @return none if it is missing or no sequence
   */
  public List<DicomDataSet> items(DicomTag tag) {
    DicomElement element = elements.get(tag);
    return element == null ? List.of() : element.items();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof DicomDataSet that && elements.equals(that.elements);
  }

  @Override
  public int hashCode() {
    return elements.hashCode();
  }

  /** Its size; not its values, which may name a patient. */
  @Override
  public String toString() {
    return "DicomDataSet[" + elements.size() + " elements]";
  }
}
