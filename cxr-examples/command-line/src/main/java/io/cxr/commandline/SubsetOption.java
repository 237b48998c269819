package io.cxr.commandline;

import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientSplit;
import io.cxr.dataset.SplitPlan;
import io.cxr.dataset.Subset;
import io.cxr.evaluation.SubsetEvaluation;
import io.cxr.model.ModelCard;
import io.cxr.model.SubsetFigures;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The option that takes the subset of a model's own training out of its data set again. */
final class SubsetOption {
  @Option(
      names = "--subset",
      paramLabel = "NAME",
      description = {
        "Only the images of the model's training that its card calls test or validation, found",
        "again by the shares and the seed in the card. Give the --data, --classes and --patients"
            + " of",
        "that training; other images are an error."
      })
  private @Nullable String subset;

  /** Whether one was asked for. */
  boolean isGiven() {
    return subset != null;
  }

  /**
   * The images.
   *
   * @param folder the data set of the training
   * @param card the model's
   * @return all images if no subset was asked for
   */
  List<LabelledRadiograph> of(ImageSet folder, ModelCard card) throws IOException {
    if (subset == null) {
      return folder.items();
    }
    boolean test = subset.equals("test");
    if (!test && !subset.equals("validation")) {
      throw new IllegalArgumentException("--subset: expected test or validation, found " + subset);
    }
    Optional<SplitPlan> plan =
        card.training().flatMap(training -> SplitPlan.of(training.settings(), training.seed()));
    if (plan.isEmpty()) {
      throw new IllegalArgumentException(
          "--subset: expected a model whose card says how the images of its training were split,"
              + " found none in that of "
              + card
              + ". Train it again with this version.");
    }
    PatientSplit split = plan.get().split(folder);
    List<LabelledRadiograph> items = test ? split.test() : split.validation();
    Subset of = test ? Subset.TEST : Subset.VALIDATION;
    String expected = card.figures(of).map(SubsetFigures::filesSha256).orElse("");
    List<String> hashes = new ArrayList<>();
    for (LabelledRadiograph item : items) {
      hashes.add(item.contentHash());
    }
    if (items.isEmpty() || !SubsetEvaluation.filesSha256(hashes).equals(expected)) {
      throw new IllegalArgumentException(
          "--subset: expected the "
              + subset
              + " images of the model's training, "
              + card.figures(of)
                  .map(known -> known.images().toString())
                  .orElse("of which its card has no figures")
              + ", found "
              + items.size()
              + " others. Give the --data, --classes and --patients of that training.");
    }
    return items;
  }
}
