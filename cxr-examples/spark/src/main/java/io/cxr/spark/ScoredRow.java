package io.cxr.spark;

import static org.apache.spark.sql.types.DataTypes.DoubleType;
import static org.apache.spark.sql.types.DataTypes.FloatType;
import static org.apache.spark.sql.types.DataTypes.IntegerType;
import static org.apache.spark.sql.types.DataTypes.StringType;
import static org.apache.spark.sql.types.DataTypes.createArrayType;
import static org.apache.spark.sql.types.DataTypes.createMapType;

import io.cxr.Explanation;
import io.cxr.Heatmap;
import io.cxr.LabelProbability;
import io.cxr.LabelSet;
import io.cxr.MeasuredValue;
import io.cxr.ModelIdentity;
import io.cxr.Novelty;
import io.cxr.Outcome;
import io.cxr.Prediction;
import io.cxr.error.CxrException;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.model.OperatingThreshold;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;

/** What a model says of a film, as the columns of a table. */
final class ScoredRow {
  /** There is a prediction. */
  static final String ANSWERED = "ANSWERED";

  /** The film cannot be read as a radiograph, or the model's gates refuse it; see the reason. */
  static final String REFUSED = "REFUSED";

  /** The file could not be read, or the run failed; see the error. */
  static final String FAILED = "FAILED";

  private static final StructType DECISION =
      new StructType()
          .add("label", StringType, false)
          .add("aim", StringType, false)
          .add("target", DoubleType, false)
          .add("threshold", DoubleType, false)
          .add("probability", DoubleType, false)
          .add("positive", DataTypes.BooleanType, false);

  private static final StructType MEASUREMENT =
      new StructType().add("value", DoubleType, false).add("unit", StringType, false);

  private static final StructType REGION =
      new StructType()
          .add("row", IntegerType, false)
          .add("column", IntegerType, false)
          .add("rows", IntegerType, false)
          .add("columns", IntegerType, false);

  private static final StructType HEATMAP =
      new StructType()
          .add("label", StringType, false)
          .add("rows", IntegerType, false)
          .add("columns", IntegerType, false)
          .add("values", createArrayType(FloatType, false), false)
          .add("region", REGION, false)
          .add("radiographRows", IntegerType, false)
          .add("radiographColumns", IntegerType, false);

  /** The columns that do not depend on where a film comes from. */
  static final StructType ANSWER =
      new StructType()
          .add("state", StringType, false)
          .add("reason", StringType, true)
          .add("error", StringType, true)
          .add("task", StringType, true)
          .add("label", StringType, true)
          .add("probabilities", createMapType(StringType, DoubleType, false), true)
          .add("measurements", createMapType(StringType, MEASUREMENT, false), true)
          .add("labelSet", createArrayType(StringType, false), true)
          .add("novelty", DoubleType, true)
          .add("noveltyThreshold", DoubleType, true)
          .add("view", StringType, true)
          .add("decisions", createArrayType(DECISION, false), true)
          .add("heatmaps", createArrayType(HEATMAP, false), true)
          .add("modelName", StringType, false)
          .add("modelVersion", StringType, false)
          .add("notice", StringType, false)
          .add("seconds", DoubleType, false);

  private static final int FIELDS = ANSWER.length();

  private ScoredRow() {}

  /**
   * The values of {@link #ANSWER}.
   *
   * @param explanations with heatmaps, where they were asked for
   * @param seconds what it took
   */
  static Object[] answer(
      Outcome<Prediction> outcome,
      List<Explanation> explanations,
      ModelIdentity model,
      double seconds) {
    @Nullable Object[] values = new @Nullable Object[FIELDS];
    if (outcome instanceof Outcome.Success<Prediction> success) {
      set(values, "state", ANSWERED);
      answered(values, success.value());
      if (!explanations.isEmpty()) {
        set(values, "heatmaps", seq(explanations.stream().map(ScoredRow::heatmap).toList()));
      }
    } else {
      failed(values, outcome.failure().orElseThrow());
    }
    set(values, "modelName", model.name());
    set(values, "modelVersion", model.version());
    set(values, "notice", Prediction.NOTICE);
    set(values, "seconds", seconds);
    return values;
  }

  private static void set(@Nullable Object[] values, String column, Object value) {
    values[ANSWER.fieldIndex(column)] = value;
  }

  private static void answered(@Nullable Object[] values, Prediction prediction) {
    set(values, "task", prediction.task().name());
    set(values, "label", prediction.principalLabel());
    if (!prediction.probabilities().isEmpty()) {
      Map<String, Object> probabilities = new LinkedHashMap<>();
      for (LabelProbability each : prediction.probabilities()) {
        probabilities.put(each.label(), each.probability());
      }
      set(values, "probabilities", CollectionConverters.asScala(probabilities));
    }
    if (!prediction.measurements().isEmpty()) {
      Map<String, Object> measurements = new LinkedHashMap<>();
      for (MeasuredValue each : prediction.measurements()) {
        measurements.put(each.name(), RowFactory.create(each.value(), each.unit()));
      }
      set(values, "measurements", CollectionConverters.asScala(measurements));
    }
    prediction.labelSet().map(LabelSet::labels).ifPresent(set -> set(values, "labelSet", seq(set)));
    prediction.novelty().ifPresent(novelty -> novelty(values, novelty));
    prediction.view().ifPresent(view -> set(values, "view", view.view().name()));
    prediction.refusal().ifPresent(reason -> set(values, "reason", reason.name()));
    List<Row> decisions = new ArrayList<>();
    for (OperatingThreshold point : prediction.operatingPoints()) {
      double probability = prediction.probability(point.label());
      decisions.add(
          RowFactory.create(
              point.label(),
              point.aim().name(),
              point.target(),
              point.threshold(),
              probability,
              probability >= point.threshold()));
    }
    set(values, "decisions", seq(decisions));
  }

  private static void novelty(@Nullable Object[] values, Novelty novelty) {
    set(values, "novelty", novelty.score());
    if (novelty.hasGate()) {
      set(values, "noveltyThreshold", novelty.threshold());
    }
  }

  private static void failed(@Nullable Object[] values, Exception failure) {
    set(values, "error", message(failure));
    if (failure instanceof UnsupportedRadiographException refused) {
      set(values, "state", REFUSED);
      set(values, "reason", refused.reason().name());
      refused.novelty().ifPresent(score -> set(values, "novelty", score));
      refused.noveltyThreshold().ifPresent(most -> set(values, "noveltyThreshold", most));
    } else {
      set(values, "state", FAILED);
    }
  }

  /** What happened, in one sentence. */
  static String message(Exception failure) {
    if (failure instanceof NoSuchFileException) {
      return "Expected an image file, found nothing; check the path";
    }
    return failure instanceof CxrException && failure.getMessage() != null
        ? failure.getMessage()
        : failure.getClass().getSimpleName() + ": " + failure.getMessage();
  }

  private static Row heatmap(Explanation explanation) {
    Heatmap heatmap = explanation.heatmap();
    List<Float> cells = new ArrayList<>(heatmap.rows() * heatmap.columns());
    for (int row = 0; row < heatmap.rows(); row++) {
      for (int column = 0; column < heatmap.columns(); column++) {
        cells.add(heatmap.value(row, column));
      }
    }
    return RowFactory.create(
        heatmap.label(),
        heatmap.rows(),
        heatmap.columns(),
        seq(cells),
        RowFactory.create(
            heatmap.region().row(),
            heatmap.region().column(),
            heatmap.region().rows(),
            heatmap.region().columns()),
        heatmap.radiographRows(),
        heatmap.radiographColumns());
  }

  /** As Spark's rows hold lists. */
  private static <T> Object seq(List<T> list) {
    return CollectionConverters.asScala(list).toSeq();
  }
}
