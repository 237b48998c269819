package io.cxr;

import io.cxr.model.FilmView;
import io.cxr.model.ViewGate;
import java.util.List;
import java.util.Objects;

/**
 * The view that a model's view head takes a radiograph for.
 *
 * @param view the most probable view
 * @param probability its probability, from 0 to 1
 * @param threshold the greatest probability of this view that the card's gate accepts; 1 for the
 *     frontal view
 */
public record DetectedView(FilmView view, double probability, double threshold) {

  /** Checks the values. */
  public DetectedView {
    Objects.requireNonNull(view, "view");
    if (!(probability >= 0 && probability <= 1 && threshold >= 0 && threshold <= 1)) {
      throw new IllegalArgumentException(
          "View: expected a probability and a threshold from 0 to 1, found "
              + probability
              + " and "
              + threshold);
    }
  }

  /**
   * The most probable view; of equals the first.
   *
   * @param gate the card's gate
   * @param probabilities a probability a view, in the gate's order
   * @return the view
   * @throws IllegalArgumentException if their number differs, or a value is no probability
   */
  public static DetectedView of(ViewGate gate, float[] probabilities) {
    List<FilmView> views = gate.views();
    if (probabilities.length != views.size()) {
      throw new IllegalArgumentException(
          "Views: expected a probability for each of " + views + ", found " + probabilities.length);
    }
    int top = 0;
    for (int i = 0; i < probabilities.length; i++) {
      // What is not a number is refused by the constructor, wherever it stands.
      top = probabilities[i] > probabilities[top] || Float.isNaN(probabilities[i]) ? i : top;
    }
    FilmView view = views.get(top);
    return new DetectedView(
        view, Math.min(1.0, probabilities[top]), gate.thresholds().getOrDefault(view, 1.0));
  }

  /**
   * Whether the gate refuses the radiograph, unless it is switched off.
   *
   * @return whether the view is another than the frontal one, and its probability above the
   *     threshold
   */
  public boolean isRefused() {
    return view != FilmView.FRONTAL && probability > threshold;
  }
}
