package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.evaluation.ToleranceBound;
import io.cxr.model.FilmView;
import io.cxr.model.ViewGate;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.train.augmentation.Augmentation;
import io.cxr.train.export.ViewHead;
import io.cxr.train.linear.FeatureRows;
import io.cxr.train.linear.FullBatch;
import io.cxr.train.linear.LinearModel;
import io.cxr.train.loss.LogitLoss;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Fits the view head of a trained network, which tells upright frontal films from rotated,
 * mirrored, inverted and lateral ones. Its samples are training films, each as it is, in another
 * look, and in every view that can be made of it, and laterals where some are given; each class
 * counts the same. Thresholds and confusion come from films that were not among those of the fit:
 * the films are parted by source where sources are known, by patient otherwise, and each part is
 * judged by a head that was fitted to the others.
 *
 * @param head for the graph
 * @param gate for the card
 */
record ViewHeadFit(ViewHead head, ViewGate gate) {
  /** The least share of frontal films that each view's threshold alone accepts. */
  private static final double KEPT = 0.99;

  private static final double CONFIDENCE = 0.95;

  /** A view is refused only where it is likelier than not. */
  private static final double LEAST_THRESHOLD = 0.5;

  /** More films than this say nothing new: each is looked at in seven views. */
  private static final int AT_MOST = 800;

  /** Half of it times the squared weights on the axes is added to the loss. */
  private static final double PENALTY = 1e-3;

  /** Directions in which the channels of a quarter move; more tell no more, and take longer. */
  private static final int COMPONENTS = 64;

  /** Views of a film that are no class of their own follow those that are. */
  private static final int LOOK = FilmView.values().length;

  /** One of the views of one film. */
  private static final class Sample {
    private final float[] features;
    private final int view;
    private final int part;
    private final boolean plain;

    Sample(float[] features, int view, int part, boolean plain) {
      this.features = features;
      this.view = view;
      this.part = part;
      this.plain = plain;
    }

    float[] features() {
      return features;
    }

    int view() {
      return view;
    }

    int part() {
      return part;
    }

    boolean plain() {
      return plain;
    }
  }

  static Optional<ViewHeadFit> of(TrainingPlan plan, LearningTask task, TrainingProgress progress)
      throws IOException {
    if (!plan.recipe().viewHead()) {
      return Optional.empty();
    }
    Optional<byte[]> graph = task.lastMapQuadrants();
    if (graph.isEmpty()) {
      progress.warning(
          "The model has no view head, and answers rotated and lateral films: expected a network"
              + " with a map below its head, found one without.");
      return Optional.empty();
    }
    List<LabelledRadiograph> training =
        NoveltyFit.films(plan.data().training(), plan.recipe().seed());
    List<LabelledRadiograph> films = training.subList(0, Math.min(training.size(), AT_MOST));
    if (films.size() < NoveltyFit.ENOUGH) {
      progress.warning(
          "The model has no view head, and answers rotated and lateral films: expected at least "
              + NoveltyFit.ENOUGH
              + " training images to fit one to, found "
              + films.size()
              + ".");
      return Optional.empty();
    }
    List<LabelledRadiograph> laterals = plan.data().laterals();
    List<FilmView> views = views(!laterals.isEmpty());
    int[] parts = NoveltyFit.parts(films);
    List<Sample> samples = new ArrayList<>();
    StandardPreprocessor preprocessor = StandardPreprocessor.of(plan.recipe().preprocessing());
    try (FilmFeatures features =
        new FilmFeatures(
            plan.recipe(),
            plan.data().files(),
            graph.get(),
            task.lastMapIsFrozen(),
            "views " + plan.recipe().seed())) {
      List<FilmFeatures.View> generated = new ArrayList<>();
      List<FilmView> known = List.of(FilmView.values());
      for (FilmView view : known) {
        if (view != FilmView.LATERAL) {
          generated.add(
              new FilmFeatures.View(
                  known.indexOf(view),
                  (film, hash) -> preprocessor.gray(GeneratedViews.of(view, film))));
        }
      }
      FilmFeatures.View look =
          new FilmFeatures.View(
              LOOK,
              (film, hash) ->
                  NoveltyFit.look(
                      film,
                      preprocessor,
                      Augmentation.seed(plan.recipe().seed(), hash + "-looks", 1)));
      generated.add(look);
      float[][][] ofFilms = features.of(films, generated);
      for (int i = 0; i < generated.size(); i++) {
        int view = generated.get(i).number();
        for (int film = 0; film < films.size(); film++) {
          samples.add(
              new Sample(ofFilms[i][film], view == LOOK ? 0 : view, parts[film], view != LOOK));
        }
      }
      int lateral = views.indexOf(FilmView.LATERAL);
      int[] patients = NoveltyFit.patientParts(laterals, count(parts));
      float[][][] ofLaterals = features.of(laterals, List.of(generated.get(0), look));
      for (int film = 0; film < laterals.size(); film++) {
        samples.add(new Sample(ofLaterals[0][film], lateral, patients[film], true));
        samples.add(new Sample(ofLaterals[1][film], lateral, patients[film], false));
      }
    }
    return Optional.of(of(samples, views));
  }

  /** The classes in the order of the output. */
  private static List<FilmView> views(boolean withLaterals) {
    List<FilmView> views = new ArrayList<>(List.of(FilmView.values()));
    if (!withLaterals) {
      views.remove(FilmView.LATERAL);
    }
    return views;
  }

  private static int count(int[] parts) {
    return Arrays.stream(parts).max().orElse(0) + 1;
  }

  /** Fits to all samples, and judges each part by a head that was fitted to the others. */
  private static ViewHeadFit of(List<Sample> samples, List<FilmView> views) throws IOException {
    int parts = samples.stream().mapToInt(Sample::part).max().orElse(0) + 1;
    double[][] judged = new double[samples.size()][];
    for (int part = 0; part < parts; part++) {
      int without = part;
      ViewHead others =
          head(samples.stream().filter(each -> each.part() != without).toList(), views.size());
      for (int i = 0; i < judged.length; i++) {
        if (samples.get(i).part() == part) {
          judged[i] = others.probabilities(samples.get(i).features());
        }
      }
    }
    Map<FilmView, Double> thresholds = new LinkedHashMap<>();
    for (int view = 1; view < views.size(); view++) {
      thresholds.put(views.get(view), threshold(samples, judged, view));
    }
    return new ViewHeadFit(
        head(samples, views.size()),
        new ViewGate(thresholds, KEPT, confusion(samples, judged, thresholds)));
  }

  /** Of the probability of a view that frontal films are given. */
  private static double threshold(List<Sample> samples, double[][] judged, int view) {
    List<Double> odds = new ArrayList<>();
    for (int i = 0; i < judged.length; i++) {
      if (samples.get(i).view() == 0 && samples.get(i).plain()) {
        // Odds have no upper end, where a bound is to lie beyond what few films show.
        double p = Math.min(Math.max(judged[i][view], 1e-12), 1 - 1e-9);
        odds.add(p / (1 - p));
      }
    }
    double bound =
        ToleranceBound.upper(
            odds.stream().mapToDouble(Double::doubleValue).toArray(), KEPT, CONFIDENCE);
    return Math.max(LEAST_THRESHOLD, bound / (1 + bound));
  }

  private static List<List<Integer>> confusion(
      List<Sample> samples, double[][] judged, Map<FilmView, Double> thresholds) {
    int views = thresholds.size() + 1;
    List<Double> limits = List.copyOf(thresholds.values());
    int[][] counts = new int[views][views];
    for (int i = 0; i < judged.length; i++) {
      if (samples.get(i).plain()) {
        int top = 0;
        for (int view = 1; view < views; view++) {
          top = judged[i][view] > judged[i][top] ? view : top;
        }
        boolean refused = top > 0 && judged[i][top] > limits.get(top - 1);
        counts[samples.get(i).view()][refused ? top : 0]++;
      }
    }
    return Arrays.stream(counts).map(row -> Arrays.stream(row).boxed().toList()).toList();
  }

  private static ViewHead head(List<Sample> samples, int views) throws IOException {
    float[][] features = samples.stream().map(Sample::features).toArray(float[][]::new);
    QuarterAxes axes = QuarterAxes.of(features, COMPONENTS);
    int[] counts = new int[views];
    samples.forEach(each -> counts[each.view()]++);
    float[] targets = new float[features.length * views];
    float[] weights = new float[features.length];
    for (int i = 0; i < features.length; i++) {
      int view = samples.get(i).view();
      targets[i * views + view] = 1;
      weights[i] = 1f / counts[view];
    }
    LinearModel model =
        new FullBatch(
                new Projected(features, axes),
                targets,
                weights,
                views,
                new LogitLoss.SoftmaxCrossEntropy(),
                PENALTY)
            .minimize()
            .model();
    return new ViewHead(axes.unfolded(model));
  }

  /** Features of all samples on the axes. */
  private static final class Projected implements FeatureRows {
    private final float[][] features;
    private final QuarterAxes axes;

    Projected(float[][] features, QuarterAxes axes) {
      this.features = features;
      this.axes = axes;
    }

    @Override
    public int size() {
      return features.length;
    }

    @Override
    public int width() {
      return axes.width();
    }

    @Override
    public void copy(int row, float[] into, int offset) {
      axes.project(features[row], into, offset);
    }
  }
}
