package io.cxr.train.audit;

import io.cxr.ModelIdentity;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * What a model does with a data set when its centre is taken away, and where its heatmaps look. If
 * the model trained on these images, all of it flatters the model, and a shortcut still shows.
 *
 * @param model which model
 * @param refused how many whole images the model refused to classify
 * @param whole how well it tells the classes apart; empty if it refused too many
 * @param blankedRefused how many images it refused once their centre was blanked
 * @param blanked the same on images whose central 80 % of rows and columns are blank: nothing of
 *     the lungs is left. Empty if the model refused too many, as a gate on unusual images should
 * @param separation the figures on blanked images in plain words
 * @param exchanged the same on images in the gray scale and shading of an image of another class
 *     ({@link io.cxr.train.augmentation.StyleMixing#exchanged}): what the model reads there is the
 *     other class'. Empty if the model refused too many
 * @param heatmaps how many heatmaps were measured
 * @param emptyHeatmaps how many more were zero everywhere
 * @param heatOutside the mean share of heatmap energy outside the central 80 % of rows and columns,
 *     0 to 1; empty without heatmaps
 * @param lungHeat how much of the heatmaps lies in the lungs, by the films' class; empty where it
 *     is not known where the lungs are
 * @param source whether the source can be told from the model's features; empty if nobody asked, or
 *     there are not two sources of 10 patients or more
 */
public record ModelFigures(
    ModelIdentity model,
    int refused,
    Optional<Discrimination> whole,
    int blankedRefused,
    Optional<Discrimination> blanked,
    Separation separation,
    Optional<Discrimination> exchanged,
    int heatmaps,
    int emptyHeatmaps,
    Optional<Double> heatOutside,
    List<LungHeat> lungHeat,
    Optional<SourceFigures> source) {

  /**
   * The share of the image's area that counts as outside, 1 - 0.8 * 0.8: what an even heatmap
   * gives.
   */
  public static final double AREA_OUTSIDE = 0.36;

  /** Checks the values. */
  public ModelFigures {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(whole, "whole");
    Objects.requireNonNull(blanked, "blanked");
    Objects.requireNonNull(separation, "separation");
    Objects.requireNonNull(exchanged, "exchanged");
    Objects.requireNonNull(heatOutside, "heatOutside");
    lungHeat = List.copyOf(lungHeat);
    Objects.requireNonNull(source, "source");
  }

  /**
   * Whether the model reads what is not anatomy: it tells the classes apart with the centre gone.
   *
   * @return true if {@link #separation()} tells them apart
   */
  public boolean readsShortcut() {
    return separation.tellsApart();
  }
}
