package io.cxr.train;

import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientGroups;
import io.cxr.dataset.PatientSplit;
import io.cxr.dataset.SplitPlan;
import io.cxr.dataset.Subset;
import io.cxr.evaluation.SubsetEvaluation;
import io.cxr.model.ModelCard;
import io.cxr.model.OutputActivation;
import io.cxr.model.TrainingProvenance;
import io.cxr.train.export.FileAnswers;
import io.cxr.train.export.GraphStacking;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Stacks networks (Wolpert, Neural Networks 5, 1992) into one model file, without the leak that
 * stacks of the literature have, where members, layer and figures share images.
 *
 * <p>Patients are set aside for testing first; a folder with {@code test/} has its own. On the
 * others, every member answers every image by a training that did not see the image's patient, and
 * every statistic (standardisation, early stopping, calibration) is fitted inside the fold. The
 * linear layer, its penalty, calibration, thresholds and the novelty gate are fitted to these
 * answers; then the members are trained on all images but the test images, of which a part decides
 * when training stops, as in the folds. The figures are those of the written file on the test
 * images alone, beside those of each member, trained and calibrated in the same way.
 *
 * <p>Networks that learnt for longer give larger logits, so that a layer fitted to members of folds
 * would weigh the final ones wrongly. Therefore each training, in a fold or not, has its own scale
 * of logits, fitted to the images that decided when it stopped ({@link MemberScale}).
 *
 * <p>Figures out of fold are slightly too good, as the layer's answers for one fold rest on members
 * that learnt from that fold; those on the test images are not. The members in the file learnt from
 * more images than those in the folds (with 5 folds, a quarter more), so that the layer weighs
 * slightly better members than those that it was fitted to.
 *
 * <p>Members are trained one after the other. Not thread-safe.
 */
public final class Stacking {
  private final ImageSet folder;
  private final StackingRecipe recipe;
  private final double test;
  private final Path model;
  private final TrainingProgress progress;
  private final Consumer<String> stage;

  /**
   * Prepares a stack.
   *
   * @param folder the images
   * @param recipe how the stack learns
   * @param test the share of the images to test on, above 0 and below 1; not used where the folder
   *     has its own test images
   * @param model the model file to write
   * @param progress who hears how each training goes
   * @param stage who hears what is trained next
   */
  public Stacking(
      ImageSet folder,
      StackingRecipe recipe,
      double test,
      Path model,
      TrainingProgress progress,
      Consumer<String> stage) {
    folder.requireLabels("Stacking");
    this.folder = Objects.requireNonNull(folder, "folder");
    this.recipe = Objects.requireNonNull(recipe, "recipe");
    this.test = test;
    this.model = Objects.requireNonNull(model, "model");
    this.progress = Objects.requireNonNull(progress, "progress");
    this.stage = Objects.requireNonNull(stage, "stage");
  }

  /**
   * Trains, fits, writes and measures.
   *
   * @return the written model and its figures
   * @throws IOException if an image, the weights or the cache cannot be read, or the model cannot
   *     be written
   * @throws IllegalArgumentException if a label cannot be in every fold
   * @throws TrainingDivergedException if a member's loss is no longer a number
   */
  public StackingResult run() throws IOException {
    // Before hours of training, not after them.
    Files.createDirectories(model.toAbsolutePath().resolveSibling("."));
    if (Files.isDirectory(model)) {
      throw new IOException(model + ": expected a model file to write, found a folder");
    }
    PatientSplit split = plan().split(folder);
    split.warnings().forEach(progress::warning);
    List<LabelledRadiograph> tested = split.test();
    TrainingRecipe.check(
        !tested.isEmpty(), "Test images", "a share or a folder test", "a share of " + test);
    ImageFiles files = new ImageFiles();
    StackFit fit =
        StackFit.of(folder.without(new HashSet<>(tested)), recipe, true, files, progress, stage);
    stage.accept("The test images");
    ModelCard card = card(fit, split);
    int[] truth = tested.stream().mapToInt(item -> folder.labels().indexOf(item.label())).toArray();
    List<double[]> asked = written(fit, card, tested);
    List<List<double[]>> answers = new ArrayList<>(fit.answers(tested));
    // Not what the parts give one by one, but what the file gives its users.
    answers.set(answers.size() - 1, asked);
    List<String> hashes = new ArrayList<>();
    for (LabelledRadiograph item : tested) {
      hashes.add(files.hash(item));
    }
    ModelCard measured =
        card.toBuilder()
            .figures(
                List.of(
                    SubsetEvaluation.of(Subset.TEST, card, tested, asked, hashes, recipe.seed())))
            .build();
    graph(fit, measured).write(model);
    StackingReport report =
        StackingReport.of(
            folder.name(),
            folder.labels(),
            truth,
            PatientGroups.of(tested),
            split.patientsApart(),
            fit.names(),
            answers,
            answers.get(fit.best()),
            fit.names().get(fit.best()),
            recipe.seed());
    return new StackingResult(model, measured, report);
  }

  /** The same mechanism as of a training: the same test patients for the same share and seed. */
  private SplitPlan plan() {
    return new SplitPlan(recipe.validation(), test, List.of(), recipe.seed());
  }

  private static GraphStacking graph(StackFit fit, ModelCard card) {
    GraphStacking graph =
        GraphStacking.of(fit.members(), fit.head().weights(), fit.head().bias(), card);
    fit.novelty().ifPresent(novelty -> graph.novelty(novelty.statistics()));
    return graph;
  }

  /** Writes the file beside its place and asks it. */
  private List<double[]> written(StackFit fit, ModelCard card, List<LabelledRadiograph> tested)
      throws IOException {
    Path whole = model.toAbsolutePath();
    Path draft =
        whole.resolveSibling("." + whole.getFileName() + "." + UUID.randomUUID() + ".draft");
    try {
      graph(fit, card).write(draft);
      return FileAnswers.of(draft, tested, recipe.session());
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  private ModelCard card(StackFit fit, PatientSplit split) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("members", String.join(", ", recipe.names()));
    settings.putAll(fit.history());
    settings.put("best", fit.names().get(fit.best()));
    settings.putAll(plan().settings());
    settings.put("measured", split.test().size() + " test images that nothing was fitted to");
    TrainingProvenance training =
        new TrainingProvenance(
            folder.name(),
            counts(development(split)),
            counts(split.test()),
            split.patientsApart(),
            recipe.seed(),
            0,
            0,
            true,
            settings,
            TrainingCard.software());
    String name = model.getFileName().toString().replaceFirst("\\.[^.]*$", "");
    ModelCard plain =
        ModelCard.builder(name, "1")
            .architecture("stack of " + String.join(", ", recipe.names()))
            .labels(folder.labels())
            .output(OutputActivation.SOFTMAX)
            .inputs(GraphStacking.inputs(fit.members()))
            .training(training)
            .build();
    return fit.figures()
        .in(plain)
        .novelty(fit.novelty().map(StackNovelty.Fit::gate).orElse(null))
        .build();
  }

  /** All images but the test images: folds take the place of a validation subset. */
  private static List<LabelledRadiograph> development(PatientSplit split) {
    List<LabelledRadiograph> development = new ArrayList<>(split.training());
    development.addAll(split.validation());
    return development;
  }

  private Map<String, Integer> counts(List<LabelledRadiograph> items) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    folder.labels().forEach(label -> counts.put(label, 0));
    items.forEach(item -> counts.merge(item.label(), 1, Integer::sum));
    return counts;
  }
}
