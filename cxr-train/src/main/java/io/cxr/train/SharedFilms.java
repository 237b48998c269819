package io.cxr.train;

import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.SourceFold;
import io.cxr.train.audit.CopyPair;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Films of other sources that say something of those that are left out. */
final class SharedFilms {
  private SharedFilms() {}

  /**
   * Finds the films of other sources with a patient or a copy in a fold.
   *
   * @param sources the fold
   * @param films its films
   * @param copies the films of the data set that are one and the same
   */
  static Set<LabelledRadiograph> of(
      ImageSet images, SourceFold sources, List<LabelledRadiograph> films, List<CopyPair> copies) {
    Set<String> patients =
        films.stream().flatMap(film -> film.patient().stream()).collect(Collectors.toSet());
    Set<String> own = films.stream().map(images::nameOf).collect(Collectors.toSet());
    Set<String> copied = new HashSet<>();
    for (CopyPair pair : copies) {
      if (own.contains(pair.first()) != own.contains(pair.second())) {
        copied.add(own.contains(pair.first()) ? pair.second() : pair.first());
      }
    }
    return images.items().stream()
        .filter(item -> !sources.has(item))
        .filter(
            item ->
                item.patient().map(patients::contains).orElse(false)
                    || copied.contains(images.nameOf(item)))
        .collect(Collectors.toSet());
  }
}
