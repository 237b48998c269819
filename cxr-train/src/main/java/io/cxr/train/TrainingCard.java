package io.cxr.train;

import io.cxr.model.ModelCard;
import io.cxr.model.OutputActivation;
import io.cxr.model.TrainingProvenance;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.graph.ComputationGraph;

/** The card of a model that a plan trained. */
final class TrainingCard {
  private TrainingCard() {}

  static ModelCard of(
      TrainingPlan plan,
      LearningTask task,
      int epoch,
      boolean finished,
      List<TrainingHistory.Epoch> history,
      Map<String, Double> metrics) {
    Map<String, String> settings = new LinkedHashMap<>(settings(plan));
    settings.putAll(task.chosen());
    task.weightsHash().ifPresent(hash -> settings.put("baseWeightsSha256", hash));
    TrainingProvenance provenance =
        new TrainingProvenance(
            plan.data().name(),
            plan.recipe().solver() instanceof Solver.Given given
                ? given.trainedOn()
                : plan.data().countByLabel(plan.data().training()),
            plan.data().countByLabel(plan.data().validation()),
            plan.data().split().patientsApart(),
            plan.recipe().seed(),
            history.size(),
            epoch,
            finished,
            settings,
            software());
    return ModelCard.builder(plan.name(), plan.version())
        .architecture(plan.recipe().architecture().name())
        .task(plan.data().task())
        .output(plan.output())
        .preprocessing(plan.recipe().preprocessing())
        .metrics(metrics)
        .training(provenance)
        .build();
  }

  static Map<String, String> software() {
    Map<String, String> software = new LinkedHashMap<>();
    software.put("cxr", version(Trainer.class));
    software.put("deeplearning4j", version(ComputationGraph.class));
    software.put("java", System.getProperty("java.version"));
    return software;
  }

  /** The settings that are not the defaults of every training, by name. */
  static Map<String, String> settings(TrainingPlan plan) {
    Map<String, String> settings = new LinkedHashMap<>();
    TrainingRecipe recipe = plan.recipe();
    settings.put("network", recipe.architecture().toString());
    settings.put(
        "optimizer", recipe.solver() instanceof Solver.Adam ? "Adam" : recipe.solver().toString());
    settings.put("learningRate", String.valueOf(recipe.learningRate()));
    settings.put("adamEpsilon", String.valueOf(recipe.adamEpsilon()));
    settings.put("batchSize", String.valueOf(recipe.batchSize()));
    recipe.stepsPerEpoch().ifPresent(steps -> settings.put("stepsPerEpoch", String.valueOf(steps)));
    settings.put("monitor", plan.monitor().name().toLowerCase(Locale.ROOT));
    settings.put("schedule", recipe.schedule().toString());
    settings.put("loss", recipe.loss().toString());
    settings.put("labelSmoothing", String.valueOf(recipe.labelSmoothing()));
    settings.put("weightDecay", String.valueOf(recipe.weightDecay()));
    settings.put("l2", String.valueOf(recipe.l2()));
    settings.put("blankedCentres", String.valueOf(recipe.blankedCentres()));
    recipe.gradientClip().ifPresent(norm -> settings.put("gradientClip", String.valueOf(norm)));
    boolean still = recipe.augmentation().isNone();
    settings.put("augmentation", still ? "none" : recipe.augmentation().toString());
    settings.put("views", String.valueOf(recipe.views()));
    settings.putAll(plan.data().splitSettings());
    settings.put("unfrozenRateShare", String.valueOf(recipe.unfrozenRateShare()));
    plan.imageWeights()
        .named()
        .forEach((label, weight) -> settings.put("classWeight." + label, String.valueOf(weight)));
    if (plan.output() == OutputActivation.SIGMOID) {
      FindingWeights.of(recipe, plan.data())
          .named()
          .forEach((name, weight) -> settings.put("classWeight." + name, String.valueOf(weight)));
    }
    if (recipe.balance() == Balance.SOURCES) {
      settings.put("balance", "source x label");
    }
    if (recipe.sourcePenalty() > 0) {
      settings.put("sourcePenalty", String.valueOf(recipe.sourcePenalty()));
    }
    if (recipe.calibratesOnSources()) {
      settings.put("calibratedOn", "sources left out");
    }
    if (recipe.augmentation().style().probability() > 0) {
      settings.put("styleDonors", AugmentedViews.donorsOf(plan.data().training()));
    }
    return settings;
  }

  private static String version(Class<?> type) {
    return Objects.requireNonNullElse(type.getPackage().getImplementationVersion(), "unknown");
  }
}
