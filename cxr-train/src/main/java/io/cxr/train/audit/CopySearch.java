package io.cxr.train.audit;

import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.LabelledRadiograph;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds copies among images. Every image is compared with every other, one machine word each: two
 * seconds for 50,000 images.
 */
final class CopySearch {
  private CopySearch() {}

  static List<CopyPair> of(
      ImageFolder folder, List<LabelledRadiograph> items, List<ImageFeatures> features) {
    List<CopyPair> exact = new ArrayList<>();
    List<CopyPair> near = new ArrayList<>();
    Map<String, Integer> firstOf = new HashMap<>();
    long[] bits = new long[items.size()];
    // Of exact copies one stands for all when near ones are looked for.
    int[] distinct = new int[items.size()];
    int count = 0;
    for (int i = 0; i < bits.length; i++) {
      Integer first = firstOf.putIfAbsent(features.get(i).contentHash, i);
      if (first == null) {
        distinct[count] = i;
        bits[count++] = features.get(i).picture.bits();
      } else {
        exact.add(pair(folder, items.get(first), items.get(i), CopyPair.Kind.EXACT, 0));
      }
    }
    for (int i = 0; i < count; i++) {
      for (int j = i + 1; j < count; j++) {
        if (Long.bitCount(bits[i] ^ bits[j]) > PerceptualHash.MOST_BITS) {
          continue;
        }
        PerceptualHash first = features.get(distinct[i]).picture;
        PerceptualHash second = features.get(distinct[j]).picture;
        if (first.isCopyOf(second)) {
          near.add(
              pair(
                  folder,
                  items.get(distinct[i]),
                  items.get(distinct[j]),
                  CopyPair.Kind.NEAR,
                  first.distance(second)));
        }
      }
    }
    exact.addAll(near);
    return exact;
  }

  private static CopyPair pair(
      ImageFolder folder,
      LabelledRadiograph first,
      LabelledRadiograph second,
      CopyPair.Kind kind,
      int distance) {
    return new CopyPair(
        folder.nameOf(first),
        folder.nameOf(second),
        kind,
        distance,
        first.patient().isPresent()
            && second.patient().isPresent()
            && !first.patient().equals(second.patient()),
        !first.label().equals(second.label()),
        !first.subset().equals(second.subset()));
  }
}
