package io.cxr.dicom;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Collects the leniencies while an instance is read. Not thread-safe. */
public final class Leniencies {
  /** A forged file has something to forgive in each of its elements. */
  private static final int MOST_MESSAGES = 64;

  private record Key(Leniency.Kind kind, String message) {}

  private final Map<Key, Integer> times = new LinkedHashMap<>();

  public Leniencies() {}

  /** Goes on from those of the file. */
  public Leniencies(List<Leniency> first) {
    first.forEach(
        leniency -> times.put(new Key(leniency.kind(), leniency.message()), leniency.times()));
  }

  public void add(Leniency.Kind kind, String message) {
    Key key = new Key(kind, message);
    if (times.size() >= MOST_MESSAGES && !times.containsKey(key)) {
      key = new Key(kind, "more of the kind " + kind);
    }
    times.merge(key, 1, Integer::sum);
  }

  public List<Leniency> toList() {
    List<Leniency> list = new ArrayList<>();
    times.forEach((key, count) -> list.add(new Leniency(key.kind, key.message, count)));
    return List.copyOf(list);
  }
}
