package io.cxr.onnx;

import io.cxr.DetectedView;
import io.cxr.Novelty;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.Radiograph;
import io.cxr.radiograph.ViewPosition;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Which radiographs are answered: frontal ones, like those that the model was trained on. */
final class AdmissionRules {
  private AdmissionRules() {}

  /** Refuses the first radiograph of a list whose view is known and not frontal. */
  static void requireFrontal(List<Radiograph> radiographs) {
    for (int i = 0; i < radiographs.size(); i++) {
      requireFrontal(radiographs.get(i), i, radiographs.size());
    }
  }

  /**
   * Refuses a radiograph whose view is known and not frontal.
   *
   * @param index its place in its list, from 0
   * @param count how many are in the list
   */
  static void requireFrontal(Radiograph radiograph, int index, int count) {
    Optional<ViewPosition> view = radiograph.viewPosition();
    if (view.isPresent() && !view.get().isFrontal()) {
      throw new UnsupportedRadiographException(
          UnsupportedRadiographException.Reason.UNSUPPORTED_VIEW,
          "Radiograph "
              + (index + 1)
              + " of "
              + count
              + ": expected a frontal view (PA or AP), found "
              + view.get()
              + ". The model knows frontal chest radiographs alone: leave other views out.");
    }
  }

  /**
   * Refuses what a gate refuses. A film that is turned or inverted is also somewhat unlike the
   * training images; its view says more, and what to do about it. A picture {@linkplain
   * Novelty#isFar far} from them is no film in another view, whatever the view head makes of it.
   *
   * @param novelty where the novelty gate is closed
   * @param view where the view gate is closed
   * @param index its place in its list, from 0
   * @param count how many are in the list
   */
  static void requireAdmitted(
      Optional<Novelty> novelty, Optional<DetectedView> view, int index, int count) {
    if (novelty.filter(Novelty::isFar).isEmpty()) {
      view.ifPresent(found -> requireUpright(found, novelty, index, count));
    }
    novelty.ifPresent(score -> requireFamiliar(score, index, count));
  }

  private static void requireUpright(
      DetectedView view, Optional<Novelty> novelty, int index, int count) {
    if (view.isRefused()) {
      throw new UnsupportedRadiographException(
          view.view().reason(),
          String.format(
              Locale.ROOT,
              "%sexpected an upright frontal radiograph (PA or AP), found %s (probability %.2f,"
                  + " refused above %.2f): %s.%s",
              place(index, count),
              view.view().found(),
              view.probability(),
              view.threshold(),
              view.view().remedy(),
              novelty.filter(Novelty::isRefused).isPresent()
                  ? " It is also unlike the training images: if it is no chest radiograph, leave"
                      + " it out."
                  : ""));
    }
  }

  private static String place(int index, int count) {
    return count == 1 ? "Radiograph: " : "Radiograph " + (index + 1) + " of " + count + ": ";
  }

  private static void requireFamiliar(Novelty novelty, int index, int count) {
    if (novelty.isRefused()) {
      throw UnsupportedRadiographException.novel(
          String.format(
              Locale.ROOT,
              "%sexpected a frontal chest radiograph like those that the model was trained on"
                  + " (novelty at most %.2f), found one of novelty %.2f. If it is one, the model"
                  + " does not know its kind, and its answer would be a guess.",
              place(index, count),
              novelty.threshold(),
              novelty.score()),
          novelty.score(),
          novelty.threshold());
    }
  }
}
