package io.cxr.spark;

import static org.apache.spark.sql.functions.col;

import io.cxr.dataset.LabelledRadiograph;
import io.cxr.train.Solver;
import io.cxr.train.linear.LinearModel;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.ml.classification.LogisticRegression;
import org.apache.spark.ml.classification.LogisticRegressionModel;
import org.apache.spark.ml.feature.ElementwiseProduct;
import org.apache.spark.ml.functions;
import org.apache.spark.ml.linalg.Vector;
import org.apache.spark.ml.linalg.Vectors;
import org.apache.spark.ml.stat.Summarizer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;

/**
 * A head that MLlib's logistic regression fits on the executors: multinomial, by L-BFGS to the
 * least of mean weighted loss + penalty / 2 |W|^2 over weights of features of one scale. Features
 * never come to the driver.
 */
final class MllibHead {
  private static final int ITERATIONS = 200;

  /** Added to deviations, as a head of one machine has it. */
  private static final double LEAST_DEVIATION = 1e-3;

  private final LinearModel model;
  private final Map<String, Integer> counts;
  private final Map<String, Double> weights;
  private final String description;

  private MllibHead(
      LinearModel model,
      Map<String, Integer> counts,
      Map<String, Double> weights,
      String description) {
    this.model = model;
    this.counts = counts;
    this.weights = weights;
    this.description = description;
  }

  /**
   * Fits.
   *
   * @param labels in the order of the outputs
   * @param training the images, each with one of them
   * @param penalty at least 0
   * @param options say how much each class counts
   */
  static MllibHead fit(
      FeatureTable table,
      List<String> labels,
      List<LabelledRadiograph> training,
      double penalty,
      MllibOptions options) {
    List<Row> rows = new ArrayList<>(training.size());
    Map<String, Integer> counts = new LinkedHashMap<>();
    labels.forEach(label -> counts.put(label, 0));
    for (LabelledRadiograph item : training) {
      counts.merge(item.label(), 1, Integer::sum);
    }
    Map<String, Double> weights = options.classWeights(counts);
    for (LabelledRadiograph item : training) {
      rows.add(
          RowFactory.create(
              FeatureTable.path(item),
              (double) labels.indexOf(item.label()),
              weights.getOrDefault(item.label(), 1.0)));
    }
    StructType schema =
        new StructType()
            .add("path", DataTypes.StringType, false)
            .add("label", DataTypes.DoubleType, false)
            .add("weight", DataTypes.DoubleType, false);
    Dataset<Row> samples =
        table
            .features()
            .join(table.frame(rows, schema), "path")
            .select(
                col("label"),
                col("weight"),
                functions.array_to_vector(col("features")).as("vector"))
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      double[] scale = scale(samples);
      Dataset<Row> scaled =
          new ElementwiseProduct()
              .setScalingVec(Vectors.dense(scale))
              .setInputCol("vector")
              .setOutputCol("scaled")
              .transform(samples);
      LogisticRegressionModel fitted =
          new LogisticRegression()
              .setFeaturesCol("scaled")
              .setLabelCol("label")
              .setWeightCol("weight")
              .setFamily("multinomial")
              .setRegParam(penalty)
              .setElasticNetParam(0)
              .setStandardization(false)
              .setMaxIter(ITERATIONS)
              .setTol(1e-8)
              .fit(scaled);
      int width = fitted.numFeatures();
      LinearModel model = new LinearModel(width, labels.size());
      for (int unit = 0; unit < labels.size(); unit++) {
        double[] row = new double[width];
        for (int i = 0; i < width; i++) {
          row[i] = fitted.coefficientMatrix().apply(unit, i) * scale[i];
        }
        model.set(unit, row, fitted.interceptVector().apply(unit));
      }
      return new MllibHead(
          model,
          counts,
          weights,
          String.format(
              Locale.ROOT,
              "MLlib logistic regression[penalty=%s, images=%d, iterations=%d]",
              penalty,
              training.size(),
              fitted.summary().totalIterations()));
    } finally {
      samples.unpersist();
    }
  }

  /** Brings each feature to one scale, as a head of one machine has it. */
  private static double[] scale(Dataset<Row> samples) {
    Row found =
        samples
            .select(Summarizer.metrics("variance", "count").summary(col("vector")).as("statistics"))
            .first()
            .getStruct(0);
    Vector variance = found.getAs("variance");
    long count = found.<Long>getAs("count");
    double[] scale = new double[variance.size()];
    for (int i = 0; i < scale.length; i++) {
      double deviation = Math.sqrt(variance.apply(i) * (count - 1) / count);
      scale[i] = 1 / (deviation + LEAST_DEVIATION);
    }
    return scale;
  }

  /** How it was fitted. */
  String description() {
    return description;
  }

  /** How much an image of each class counted, for the model card; empty where all count alike. */
  Map<String, Double> classWeights() {
    return weights;
  }

  /** For the training that exports it. */
  Solver solver() {
    return new Solver.Given(model, counts, description);
  }
}
