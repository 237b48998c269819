package io.cxr.dataset;

import java.util.ArrayList;
import java.util.List;

/** Groups images by patient. */
public final class PatientGroups {
  private PatientGroups() {}

  /**
   * The group of each image, for intervals that resample patients and folds that keep them apart.
   *
   * @param items images
   * @return one name per image, the same for all images of a patient; an image without a patient is
   *     a group of its own
   */
  public static List<String> of(List<LabelledRadiograph> items) {
    List<String> groups = new ArrayList<>(items.size());
    for (int i = 0; i < items.size(); i++) {
      int own = i;
      groups.add(items.get(i).patient().map(name -> "patient " + name).orElse("image " + own));
    }
    return groups;
  }
}
