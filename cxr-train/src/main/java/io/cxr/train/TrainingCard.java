package io.cxr.train;

import io.cxr.model.ModelCard;
import io.cxr.model.TrainingProvenance;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.deeplearning4j.nn.graph.ComputationGraph;

/** The card of a model that a plan trained. */
final class TrainingCard {
  private TrainingCard() {}

  static ModelCard of(
      TrainingPlan plan,
      Optional<String> weightsHash,
      int epoch,
      boolean finished,
      List<TrainingHistory.Epoch> history,
      Map<String, Double> metrics) {
    Map<String, String> settings = new LinkedHashMap<>(settings(plan));
    weightsHash.ifPresent(hash -> settings.put("baseWeightsSha256", hash));
    Map<String, String> software = new LinkedHashMap<>();
    software.put("cxr", version(Trainer.class));
    software.put("deeplearning4j", version(ComputationGraph.class));
    software.put("java", System.getProperty("java.version"));
    TrainingProvenance provenance =
        new TrainingProvenance(
            plan.data(),
            Trainer.countByLabel(plan.labels(), plan.split().training()),
            Trainer.countByLabel(plan.labels(), plan.split().validation()),
            plan.split().patientsApart(),
            plan.seed(),
            history.size(),
            epoch,
            finished,
            settings,
            software);
    return ModelCard.builder(plan.name(), plan.version())
        .architecture(plan.architecture().name())
        .labels(plan.labels())
        .output(plan.architecture().output(plan.labels().size()))
        .preprocessing(plan.preprocessing())
        .metrics(metrics)
        .training(provenance)
        .build();
  }

  /** The settings that are not the defaults of every training, by name. */
  static Map<String, String> settings(TrainingPlan plan) {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("network", plan.architecture().toString());
    settings.put("optimizer", "Adam");
    settings.put("learningRate", String.valueOf(plan.learningRate()));
    settings.put("adamEpsilon", String.valueOf(plan.adamEpsilon()));
    settings.put("batchSize", String.valueOf(plan.batchSize()));
    plan.stepsPerEpoch().ifPresent(steps -> settings.put("stepsPerEpoch", String.valueOf(steps)));
    settings.put("monitor", plan.monitor().name().toLowerCase(Locale.ROOT));
    settings.put("schedule", plan.schedule().toString());
    settings.put("loss", plan.loss().toString());
    settings.put("labelSmoothing", String.valueOf(plan.labelSmoothing()));
    settings.put("weightDecay", String.valueOf(plan.weightDecay()));
    settings.put("l2", String.valueOf(plan.l2()));
    settings.put("blankedCentres", String.valueOf(plan.blankedCentres()));
    plan.gradientClip().ifPresent(norm -> settings.put("gradientClip", String.valueOf(norm)));
    boolean still = plan.augmentation().isNone();
    settings.put("augmentation", still ? "none" : plan.augmentation().toString());
    settings.put("views", String.valueOf(still ? 0 : plan.views()));
    settings.put("unfrozenRateShare", String.valueOf(plan.unfrozenRateShare()));
    plan.classWeights()
        .forEach((label, weight) -> settings.put("classWeight." + label, String.valueOf(weight)));
    return settings;
  }

  private static String version(Class<?> type) {
    return Objects.requireNonNullElse(type.getPackage().getImplementationVersion(), "unknown");
  }
}
