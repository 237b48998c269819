package io.cxr.spark;

import io.cxr.ModelIdentity;
import io.cxr.onnx.InferencePipeline;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.onnx.PipelineResult;
import io.cxr.onnx.PipelineResults;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.TaskCompletionListener;

/**
 * A task's work: from films to one row each, through the pipeline that one machine has, which
 * decodes the next films while the model runs.
 */
final class FilmScoring implements MapPartitionsFunction<Row, Row> {
  private static final long serialVersionUID = 1;

  /** Films between the decoder and the model: enough for both to be busy, and little memory. */
  private static final int CAPACITY = 16;

  /** The columns of a film, then of its answer, then when that was. */
  static final StructType SCHEMA = GrowingTable.computed(ScoredRow.ANSWER);

  private final BroadcastModel model;
  private final boolean heatmaps;

  FilmScoring(BroadcastModel model, boolean heatmaps) {
    this.model = model;
    this.heatmaps = heatmaps;
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) throws IOException {
    // Spark's iterator is for this thread; the pipeline reads from another.
    List<Film> films = new ArrayList<>();
    rows.forEachRemaining(row -> films.add(Film.of(row)));
    OnnxClassifier classifier = model.open();
    PipelineResults<Film> results =
        InferencePipeline.<Film>of(classifier, Film::decode)
            .decodeThreads(Math.max(1, model.threads() / 2))
            .capacity(CAPACITY)
            .heatmaps(heatmaps)
            .build()
            .run(films);
    TaskContext context = TaskContext.get();
    if (context != null) {
      context.addTaskCompletionListener((TaskCompletionListener) ended -> results.close());
    }
    return new Scored(results, classifier.model());
  }

  /** Rows in the order of the films, each computed when it is asked for. */
  private static final class Scored implements Iterator<Row> {
    private final Iterator<PipelineResult<Film>> results;
    private final ModelIdentity identity;
    private long last = System.nanoTime();

    Scored(Iterator<PipelineResult<Film>> results, ModelIdentity identity) {
      this.results = results;
      this.identity = identity;
    }

    @Override
    public boolean hasNext() {
      return results.hasNext();
    }

    @Override
    public Row next() {
      PipelineResult<Film> result = results.next();
      long now = System.nanoTime();
      double seconds = (now - last) / 1e9;
      last = now;
      Object[] answer =
          ScoredRow.answer(result.outcome(), result.explanations(), identity, seconds);
      Object[] values = new Object[SCHEMA.length()];
      values[0] = result.item().path();
      values[1] = result.item().bytes();
      values[2] = result.item().modified();
      System.arraycopy(answer, 0, values, 3, answer.length);
      values[values.length - 1] = System.currentTimeMillis();
      return RowFactory.create(values);
    }
  }
}
