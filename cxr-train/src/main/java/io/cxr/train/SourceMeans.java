package io.cxr.train;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.train.linear.DirectionPenalty;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * In which directions of the features sources differ: for each label that two sources or more have,
 * the mean features of each source's images less the mean over these sources. Within a label, so
 * that what tells the labels apart is not among them.
 */
final class SourceMeans {
  private SourceMeans() {}

  /**
   * How many training images of each label a source has.
   *
   * @return by source for each label, in the labels' order, without zeros
   * @throws IllegalArgumentException if the source of an image is unknown
   */
  static List<Map<String, Integer>> countBySource(TrainingData data) {
    List<Map<String, Integer>> counts = new ArrayList<>();
    data.labels().forEach(label -> counts.add(new LinkedHashMap<>()));
    for (LabelledRadiograph item : data.training()) {
      counts.get(data.labels().indexOf(item.label())).merge(source(item), 1, Integer::sum);
    }
    return counts;
  }

  private static String source(LabelledRadiograph item) {
    return item.source()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "Sources: expected one for every training image, found none for "
                        + item.file().getFileName()
                        + ". Give a table with the columns file,label,patient,source."));
  }

  /**
   * The penalty of a plan.
   *
   * @param training features of the plan's training images, in its order
   */
  static DirectionPenalty penalty(TrainingPlan plan, FeatureSamples training) throws IOException {
    List<LabelledRadiograph> items = plan.data().training();
    List<Map<String, double[]>> sums = new ArrayList<>();
    plan.data().labels().forEach(label -> sums.add(new LinkedHashMap<>()));
    List<Map<String, Integer>> counts = countBySource(plan.data());
    float[] row = new float[training.width()];
    for (int image = 0; image < training.size(); image++) {
      double[] sum =
          sums.get(training.label(image))
              .computeIfAbsent(source(items.get(image)), name -> new double[row.length]);
      for (int view = 0; view <= training.views(); view++) {
        training.copy(image, view, row, 0);
        for (int i = 0; i < row.length; i++) {
          sum[i] += row[i];
        }
      }
    }
    List<double[]> directions = new ArrayList<>();
    long shared = counts.stream().filter(each -> each.size() > 1).count();
    for (int label = 0; label < sums.size(); label++) {
      Map<String, double[]> ofLabel = sums.get(label);
      if (ofLabel.size() < 2) {
        continue;
      }
      double[] mean = new double[row.length];
      for (Map.Entry<String, double[]> source : ofLabel.entrySet()) {
        double images = counts.get(label).getOrDefault(source.getKey(), 0);
        for (int i = 0; i < mean.length; i++) {
          source.getValue()[i] /= images * (training.views() + 1);
          mean[i] += source.getValue()[i] / ofLabel.size();
        }
      }
      // So that B is the mean over labels of the covariance between the means of its sources.
      double share = Math.sqrt(1.0 / (shared * ofLabel.size()));
      for (double[] direction : ofLabel.values()) {
        for (int i = 0; i < mean.length; i++) {
          direction[i] = share * (direction[i] - mean[i]);
        }
        directions.add(direction);
      }
    }
    return DirectionPenalty.of(directions, plan.recipe().sourcePenalty());
  }

  /** Refuses a penalty on sources where no label is in two of them. */
  static void checkShared(TrainingData data) {
    boolean shared = countBySource(data).stream().anyMatch(sources -> sources.size() > 1);
    if (!shared) {
      throw new IllegalArgumentException(
          "Source penalty: expected a label with training images of two sources or more, found"
              + " none: what tells sources apart cannot be told from what tells labels apart. Add"
              + " images, or train without it.");
    }
  }
}
