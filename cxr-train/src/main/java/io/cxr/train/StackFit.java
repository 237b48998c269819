package io.cxr.train;

import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientGroups;
import io.cxr.dataset.PatientSplit;
import io.cxr.evaluation.CardFigures;
import io.cxr.model.Calibration;
import io.cxr.model.OutputActivation;
import io.cxr.model.TrainingProvenance;
import io.cxr.onnx.SessionSettings;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.export.StackMember;
import io.cxr.train.network.Pooling;
import io.cxr.train.weights.KerasWeights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * A stack fitted to development images, and to nothing else: it is given no others.
 *
 * <ol>
 *   <li>The images are parted into folds, patients apart. For each fold, each member is trained on
 *       the other folds; a part of <em>those</em> decides when its training stops, and puts its
 *       logits on a scale ({@link MemberScale}). It then answers the images held out. So every
 *       image has answers of networks that have not seen it. Frozen bases are fitted to nothing and
 *       give the same features in every fold.
 *   <li>The linear layer is fitted to these; its form and penalty are chosen by the same folds.
 *   <li>Calibration and thresholds are fitted to answers that the layer gave for images it was not
 *       fitted to; so is the calibration of each member, to which the stack is compared.
 *   <li>Members are trained once more in the very same way, where all images take the place of a
 *       fold's other images: a part of them decides when the training stops, and gives the scale.
 *       So the layer sees of the final members what it was fitted to.
 * </ol>
 */
final class StackFit {
  private final ImageSet development;
  private final StackingRecipe recipe;
  private final ImageFiles files;
  private final Path scratch;
  private final TrainingProgress progress;
  private final Consumer<String> stage;

  private final List<LabelledRadiograph> items;
  private final int[] truth;
  private final List<PatientSplit> splits;
  private final int[] folds;

  /** By member, what the layer sees of each image, out of fold. */
  private final float[][][] columns;

  private final List<StackMember> members = new ArrayList<>();

  /** By member; none where the layer sees features. */
  private final List<MemberScale> scales = new ArrayList<>();

  /** By member, its own probabilities from what it gives. */
  private final List<Function<float[], double[]>> alone = new ArrayList<>();

  /** By member and then the stack, uncalibrated and out of fold. */
  private final List<List<double[]>> outOfFold = new ArrayList<>();

  private final List<Calibration> calibrations = new ArrayList<>();
  private final Map<String, String> history = new LinkedHashMap<>();
  private Optional<StackNovelty> gate = Optional.empty();
  private Optional<StackNovelty.Fit> novelty = Optional.empty();

  private final StackHead.Chosen chosen;

  /** On what the members give, without scales. */
  private final StackHead head;

  private final CardFigures figures;

  private StackFit(
      ImageSet development,
      StackingRecipe recipe,
      boolean gated,
      ImageFiles files,
      Path scratch,
      TrainingProgress progress,
      Consumer<String> stage)
      throws IOException {
    this.development = development;
    this.recipe = recipe;
    this.files = files;
    this.scratch = scratch;
    this.progress = progress;
    this.stage = stage;
    this.items = development.items();
    this.truth =
        items.stream().mapToInt(item -> development.labels().indexOf(item.label())).toArray();
    this.splits = PatientSplit.folds(development, recipe.folds(), recipe.seed());
    this.folds = new int[items.size()];
    for (int fold = 0; fold < splits.size(); fold++) {
      for (int index : indices(splits.get(fold).validation())) {
        folds[index] = fold;
      }
    }
    this.columns = new float[recipe.members().size()][items.size()][];
    if (gated) {
      List<LabelledRadiograph> films = NoveltyFit.films(items, recipe.seed());
      if (NoveltyFit.enough(films, progress)) {
        int[] of = Arrays.stream(indices(films)).map(index -> folds[index]).toArray();
        gate = Optional.of(new StackNovelty(films, of));
      }
    }
    if (recipe.form() == StackingRecipe.Form.FEATURES) {
      takeFrozenBases();
    } else {
      trainMembers();
    }
    stage.accept("The linear layer");
    int labels = development.labels().size();
    boolean features = recipe.form() == StackingRecipe.Form.FEATURES;
    this.chosen =
        StackHead.choose(
            features ? List.of(StackLayer.MATRIX) : List.of(StackLayer.values()),
            joined(List.of(columns)),
            truth,
            folds,
            labels);
    this.head = features ? chosen.head() : chosen.head().onLogits(scales);
    for (int m = 0; m < members.size(); m++) {
      if (features) {
        StackHead.Chosen own =
            StackHead.choose(List.of(StackLayer.MATRIX), columns[m], truth, folds, labels);
        alone.add(own.head()::probabilities);
        outOfFold.add(own.outOfFold());
      }
      calibrations.add(Calibration.fit(memberOutput(labels), outOfFold.get(m), truth));
    }
    outOfFold.add(chosen.outOfFold());
    this.figures =
        CardFigures.fit(
            development.labels(),
            OutputActivation.SOFTMAX,
            chosen.outOfFold(),
            truth,
            PatientGroups.of(items),
            recipe.seed());
    calibrations.add(
        figures
            .calibration()
            .orElseGet(() -> Calibration.fit(OutputActivation.SOFTMAX, chosen.outOfFold(), truth)));
    tell();
  }

  /**
   * Fits a stack.
   *
   * @param development the images
   * @param gated whether a novelty gate is wanted
   * @param files the image files of the run
   */
  static StackFit of(
      ImageSet development,
      StackingRecipe recipe,
      boolean gated,
      ImageFiles files,
      TrainingProgress progress,
      Consumer<String> stage)
      throws IOException {
    Path scratch = Files.createTempDirectory("cxr-stack");
    try {
      return new StackFit(development, recipe, gated, files, scratch, progress, stage);
    } finally {
      Files.deleteIfExists(scratch);
    }
  }

  private int[] indices(List<LabelledRadiograph> some) {
    Map<LabelledRadiograph, Integer> index = new LinkedHashMap<>();
    for (int i = 0; i < items.size(); i++) {
      index.put(items.get(i), i);
    }
    return some.stream().mapToInt(item -> Objects.requireNonNull(index.get(item))).toArray();
  }

  // Members that are trained.

  private void trainMembers() throws IOException {
    List<TrainingRecipe> recipes = recipe.members();
    List<List<Integer>> epochs = new ArrayList<>();
    List<double[][]> answers = new ArrayList<>();
    for (int m = 0; m < recipes.size(); m++) {
      epochs.add(new ArrayList<>());
      answers.add(new double[items.size()][]);
    }
    for (int fold = 0; fold < splits.size(); fold++) {
      List<LabelledRadiograph> held = splits.get(fold).validation();
      ImageSet rest = development.without(new HashSet<>(held));
      List<float[][][]> means = new ArrayList<>();
      for (int m = 0; m < recipes.size(); m++) {
        stage.accept(
            String.format(
                Locale.ROOT,
                "Fold %d of %d, member %d of %d: %s",
                fold + 1,
                splits.size(),
                m + 1,
                recipes.size(),
                recipe.names().get(m)));
        MemberTraining trained = trained(recipes.get(m), rest, recipe, files, scratch, progress);
        epochs.get(m).add(trained.epoch());
        float[][] logits = values(trained.member(), held, recipe.session());
        int[] of = indices(held);
        for (int i = 0; i < of.length; i++) {
          columns[m][of[i]] = trained.scale().columns(logits[i]);
          answers.get(m)[of[i]] = trained.scale().probabilities(logits[i]);
        }
        addMeans(means, trained, recipes.get(m));
      }
      if (gate.isPresent()) {
        gate.get().score(fold, means);
      }
    }
    answers.forEach(each -> outOfFold.add(List.of(each)));
    List<float[][][]> means = new ArrayList<>();
    for (int m = 0; m < recipes.size(); m++) {
      stage.accept("All development images: " + recipe.names().get(m));
      MemberTraining trained =
          trained(recipes.get(m), development, recipe, files, scratch, progress);
      members.add(trained.member());
      scales.add(trained.scale());
      alone.add(trained.scale()::probabilities);
      addMeans(means, trained, recipes.get(m));
      String name = "member" + (m + 1) + ".";
      Map<String, String> settings =
          trained.card().training().map(TrainingProvenance::settings).orElse(Map.of());
      settings.forEach((key, value) -> history.put(name + key, value));
      history.put(name + "epochsOfFolds", epochs.get(m).toString());
      history.put(name + "epochs", String.valueOf(trained.epoch()));
      history.put(
          name + "logitScale", String.format(Locale.ROOT, "%.4g", trained.scale().factor()));
    }
    if (gate.isPresent()) {
      novelty = Optional.of(gate.get().fit(means));
    }
  }

  /** Trains on a folder; a part of it decides when training stops, and gives the logits' scale. */
  static MemberTraining trained(
      TrainingRecipe member,
      ImageSet folder,
      StackingRecipe recipe,
      ImageFiles files,
      Path scratch,
      TrainingProgress progress)
      throws IOException {
    PatientSplit inner = PatientSplit.of(folder, recipe.validation(), recipe.seed());
    return MemberTraining.of(
        member, TrainingData.of(folder, inner).withFiles(files), scratch, progress);
  }

  private void addMeans(List<float[][][]> means, MemberTraining trained, TrainingRecipe member)
      throws IOException {
    if (gate.isEmpty()) {
      return;
    }
    Optional<byte[]> graph = trained.member().lastMapMeans();
    if (graph.isEmpty()) {
      progress.warning(
          "The stack has no novelty gate: a member has no map that one could look at.");
      gate = Optional.empty();
      return;
    }
    means.add(
        NoveltyFit.means(gate.get().films(), member, files, graph.get(), trained.mapIsFrozen()));
  }

  private static float[][] joined(List<float[][]> parts) {
    float[][] rows = new float[parts.get(0).length][];
    for (int i = 0; i < rows.length; i++) {
      int row = i;
      int width = parts.stream().mapToInt(part -> part[row].length).sum();
      float[] all = new float[width];
      int at = 0;
      for (float[][] part : parts) {
        System.arraycopy(part[i], 0, all, at, part[i].length);
        at += part[i].length;
      }
      rows[i] = all;
    }
    return rows;
  }

  private static float[][] values(
      StackMember member, List<LabelledRadiograph> films, SessionSettings session)
      throws IOException {
    return GraphValues.of(member.columnsGraph(), member.preprocessing(), films, session);
  }

  // Frozen bases.

  private void takeFrozenBases() throws IOException {
    List<float[][][]> means = new ArrayList<>();
    for (int m = 0; m < recipe.members().size(); m++) {
      stage.accept("Features of all development images: " + recipe.names().get(m));
      TrainingRecipe member = recipe.members().get(m);
      KerasWeights weights = KerasWeights.read(member.weights().orElseThrow());
      StackMember base = base(member, weights);
      members.add(base);
      float[][][] both = NoveltyFit.means(items, member, files, base.columnsGraph(), true);
      columns[m] = both[0];
      means.add(both);
      String name = "member" + (m + 1) + ".";
      history.put(name + "network", member.architecture().toString());
      history.put(name + "baseWeightsSha256", weights.sha256());
    }
    if (gate.isPresent()) {
      int[] of = indices(gate.get().films());
      for (float[][][] looks : means) {
        for (int look = 0; look < looks.length; look++) {
          float[][] every = looks[look];
          looks[look] = Arrays.stream(of).mapToObj(i -> every[i]).toArray(float[][]::new);
        }
      }
      for (int fold = 0; fold < splits.size(); fold++) {
        gate.get().score(fold, means);
      }
      novelty = Optional.of(gate.get().fit(means));
    }
  }

  /** The base up to its last map, not pooled, so that the stack has a heatmap. */
  private static StackMember base(TrainingRecipe member, KerasWeights weights) {
    PretrainedArchitecture architecture =
        ((PretrainedArchitecture) member.architecture()).withPooling(Pooling.FLATTEN);
    byte[] graph = architecture.base(architecture.weights(weights)).features(Pooling.FLATTEN);
    return StackMember.features(graph, member.preprocessing(), "Base " + architecture.name());
  }

  /** What was fitted to what. */
  private void tell() {
    history.put("form", recipe.form().name().toLowerCase(Locale.ROOT));
    history.put("folds", String.valueOf(recipe.folds()));
    history.put("layer", chosen.layer().description());
    history.put("penalty", String.valueOf(chosen.penalty()));
    String images = items.size() + " development images";
    String apart = patientsApart() ? "patients apart" : "patients not known";
    history.put(
        "fitted.members",
        recipe.form() == StackingRecipe.Form.FEATURES
            ? "frozen bases, fitted to nothing"
            : images
                + ", of which a part decides when training stops, and gives the logits' scale");
    history.put(
        "fitted.layer",
        images
            + (recipe.form() == StackingRecipe.Form.FEATURES
                ? ", features of frozen bases; penalty chosen by "
                : ", out-of-fold logits on their scales; form and penalty chosen by ")
            + recipe.folds()
            + " folds, "
            + apart);
    history.put("fitted.calibration", images + ", out-of-fold answers of the layer");
    history.put("fitted.thresholds", images + ", out-of-fold answers of the layer");
    novelty.ifPresent(
        fit -> history.put("fitted.novelty", images + ", threshold by out-of-fold scores"));
    for (int model = 0; model < outOfFold.size(); model++) {
      history.put(
          "outOfFold.loss." + names().get(model),
          String.format(Locale.ROOT, "%.4f", outOfFoldLoss(model)));
    }
  }

  /**
   * Members get Platt's scaling for two labels, whatever their last layer is: the stack's layer has
   * a bias, and the comparison is to be fair.
   */
  private static OutputActivation memberOutput(int labels) {
    return labels == 2 ? OutputActivation.SIGMOID_OF_SECOND_LABEL : OutputActivation.SOFTMAX;
  }

  private double outOfFoldLoss(int model) {
    Calibration calibration = calibrations.get(model);
    return StackHead.loss(
        outOfFold.get(model).stream().map(calibration::calibrate).toList(), truth);
  }

  // What was fitted.

  List<StackMember> members() {
    return members;
  }

  /** On what the members give. */
  StackHead head() {
    return head;
  }

  /** Calibration and thresholds of the stack; its metrics are out of fold. */
  CardFigures figures() {
    return figures;
  }

  Optional<StackNovelty.Fit> novelty() {
    return novelty;
  }

  /** What was fitted to what, for the card. */
  Map<String, String> history() {
    return Collections.unmodifiableMap(history);
  }

  /** The members' names, then the stack's. */
  List<String> names() {
    List<String> names = new ArrayList<>(recipe.names());
    names.add("stack");
    return names;
  }

  /** The member with the least calibrated cross-entropy out of fold. */
  int best() {
    int best = 0;
    for (int m = 1; m < members.size(); m++) {
      best = outOfFoldLoss(m) < outOfFoldLoss(best) ? m : best;
    }
    return best;
  }

  private boolean patientsApart() {
    return splits.stream().allMatch(PatientSplit::patientsApart);
  }

  /** The answers of each member and then of the stack for films, calibrated. */
  List<List<double[]>> answers(List<LabelledRadiograph> films) throws IOException {
    List<float[][]> each = new ArrayList<>();
    List<List<double[]>> answers = new ArrayList<>();
    for (int m = 0; m < members.size(); m++) {
      float[][] values = values(members.get(m), films, recipe.session());
      each.add(values);
      answers.add(calibrated(m, Arrays.stream(values).map(alone.get(m)).toList()));
    }
    answers.add(
        calibrated(members.size(), Arrays.stream(joined(each)).map(head::probabilities).toList()));
    return answers;
  }

  private List<double[]> calibrated(int model, List<double[]> answers) {
    Calibration calibration = calibrations.get(model);
    return answers.stream().map(calibration::calibrate).toList();
  }
}
