package io.cxr.train.audit;

import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.file.Sha256;
import io.cxr.radiograph.DecodeLimits;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds copies among images. Every image is compared with every other, one machine word each: two
 * seconds for 50,000 images.
 */
public final class CopySearch {
  private CopySearch() {}

  /**
   * Finds the copies among a folder's images. Decodes every image, on all processors.
   *
   * @param folder the images
   * @return exact copies, then near ones, each once beside the first image of its bytes
   * @throws IOException if a file is unreadable
   * @throws io.cxr.error.UnsupportedRadiographException if an image is damaged; the message names
   *     it
   */
  public static List<CopyPair> of(ImageSet folder) throws IOException {
    try {
      return of(
          folder, folder.items(), folder.items().parallelStream().map(CopySearch::read).toList());
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static Picture read(LabelledRadiograph item) {
    try {
      byte[] encoded;
      try (InputStream stream = Files.newInputStream(item.file())) {
        // One byte more than allowed, so that the reader refuses it.
        encoded = stream.readNBytes((int) DecodeLimits.DEFAULT.bytes() + 1);
      }
      Radiograph radiograph = item.decodeNamed(encoded);
      GrayGrid gray = new GrayGrid(radiograph.rows(), radiograph.columns(), radiograph.toGray8());
      return new Picture(Sha256.hex(encoded), PerceptualHash.of(gray));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What copies are known by. */
  record Picture(String contentHash, PerceptualHash hash) {}

  static List<CopyPair> of(
      ImageSet folder, List<LabelledRadiograph> items, List<Picture> pictures) {
    List<CopyPair> exact = new ArrayList<>();
    List<CopyPair> near = new ArrayList<>();
    Map<String, Integer> firstOf = new HashMap<>();
    long[] bits = new long[items.size()];
    // Of exact copies one stands for all when near ones are looked for.
    int[] distinct = new int[items.size()];
    int count = 0;
    for (int i = 0; i < bits.length; i++) {
      Integer first = firstOf.putIfAbsent(pictures.get(i).contentHash(), i);
      if (first == null) {
        distinct[count] = i;
        bits[count++] = pictures.get(i).hash().bits();
      } else {
        exact.add(pair(folder, items.get(first), items.get(i), CopyPair.Kind.EXACT, 0));
      }
    }
    for (int i = 0; i < count; i++) {
      for (int j = i + 1; j < count; j++) {
        if (Long.bitCount(bits[i] ^ bits[j]) > PerceptualHash.MOST_BITS) {
          continue;
        }
        PerceptualHash first = pictures.get(distinct[i]).hash();
        PerceptualHash second = pictures.get(distinct[j]).hash();
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
      ImageSet folder,
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
        !first.annotation().equals(second.annotation()),
        !first.subset().equals(second.subset()));
  }
}
