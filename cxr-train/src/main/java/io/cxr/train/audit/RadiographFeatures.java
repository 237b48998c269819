package io.cxr.train.audit;

import io.cxr.radiograph.Radiograph;

/** Gives the audit what a model makes of a film before it answers. */
@FunctionalInterface
public interface RadiographFeatures {

  /**
   * The features of one film.
   *
   * @param radiograph the film
   * @return one value a feature, as many for all films: such as the means of the last map's
   *     channels
   */
  float[] of(Radiograph radiograph);
}
