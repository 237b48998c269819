package io.cxr.dataset;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What is known of each finding of one film: present, absent or unknown. It takes one byte a
 * finding beside the list of names, which the films of a data set may share, so 100,000 films of 14
 * findings take a few megabytes. Immutable and thread-safe.
 */
public final class FindingStates {
  private static final List<LabelState> STATES = List.of(LabelState.values());

  private final List<String> findings;
  private final byte[] states;

  private FindingStates(List<String> findings, byte[] states) {
    this.findings = findings;
    this.states = states;
  }

  /**
   * The states of one film.
   *
   * @param findings the names, distinct, in the order of the model card; share one unmodifiable
   *     list among films
   * @param states as many, in the same order; copied
   * @return the states
   * @throws IllegalArgumentException if there are not as many states as findings
   */
  public static FindingStates of(List<String> findings, List<LabelState> states) {
    List<String> names = List.copyOf(findings);
    if (names.size() != states.size()) {
      throw new IllegalArgumentException(
          "Findings: expected one state for each of " + names + ", found " + states.size());
    }
    byte[] bytes = new byte[states.size()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) STATES.indexOf(states.get(i));
    }
    return new FindingStates(names, bytes);
  }

  /**
   * The states of a film of which everything is known, as where findings are listed.
   *
   * @param findings the names, distinct, in the order of the model card
   * @param present those that are present; all others are absent
   * @return the states
   * @throws IllegalArgumentException if one that is present is not among the names
   */
  public static FindingStates ofPresent(List<String> findings, List<String> present) {
    if (!findings.containsAll(present)) {
      throw new IllegalArgumentException(
          "Findings: expected some of " + findings + ", found " + present);
    }
    List<LabelState> states = new ArrayList<>(findings.size());
    for (String finding : findings) {
      states.add(present.contains(finding) ? LabelState.PRESENT : LabelState.ABSENT);
    }
    return of(findings, states);
  }

  /**
   * The names of the findings.
   *
   * @return in the order of the model card; unmodifiable
   */
  public List<String> findings() {
    return findings;
  }

  /**
   * The state of one finding.
   *
   * @param index its place among {@link #findings}, from 0
   * @return what is known of it
   * @throws IndexOutOfBoundsException if there is no such finding
   */
  public LabelState state(int index) {
    return STATES.get(states[Objects.checkIndex(index, states.length)]);
  }

  /**
   * The state of one finding.
   *
   * @param finding one of {@link #findings}
   * @return what is known of it
   * @throws IllegalArgumentException if there is no such finding
   */
  public LabelState state(String finding) {
    int index = findings.indexOf(finding);
    if (index < 0) {
      throw new IllegalArgumentException("Finding '" + finding + "': expected one of " + findings);
    }
    return state(index);
  }

  /**
   * The findings in one state.
   *
   * @param state such as present
   * @return their names, in the order of the model card
   */
  public List<String> in(LabelState state) {
    List<String> found = new ArrayList<>();
    for (int i = 0; i < states.length; i++) {
      if (state(i) == state) {
        found.add(findings.get(i));
      }
    }
    return List.copyOf(found);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof FindingStates that
        && findings.equals(that.findings)
        && Arrays.equals(states, that.states);
  }

  @Override
  public int hashCode() {
    return 31 * findings.hashCode() + Arrays.hashCode(states);
  }

  /** As in {@code FindingStates[present [Effusion], unknown [Hernia]]}. */
  @Override
  public String toString() {
    return "FindingStates[present "
        + in(LabelState.PRESENT)
        + ", unknown "
        + in(LabelState.UNKNOWN)
        + "]";
  }
}
