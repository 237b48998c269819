package io.cxr.dataset;

import java.util.ArrayList;
import java.util.List;

/** Which images belong together because they are of one patient. */
public final class PatientGroups {
  private PatientGroups() {}

  /**
   * The group of each image, for intervals that resample patients and folds that keep them apart.
   *
   * @param items images
   * @return one name an image, the same for the images of one patient; an image without a patient
   *     stands for itself
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
