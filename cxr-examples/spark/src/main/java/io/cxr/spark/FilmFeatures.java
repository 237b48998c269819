package io.cxr.spark;

import io.cxr.file.Sha256;
import io.cxr.radiograph.Radiograph;
import io.cxr.radiograph.RadiographReader;
import io.cxr.train.FeatureExtraction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import scala.jdk.javaapi.CollectionConverters;

/** A task's work: from films to a row of features each. */
final class FilmFeatures implements MapPartitionsFunction<Row, Row> {
  private static final long serialVersionUID = 1;

  static final StructType SCHEMA = GrowingTable.computed(FeatureTable.CONTENT);

  /** The bases that are open in this JVM, for all of its tasks. */
  private static final Map<String, FeatureExtraction> OPEN = new HashMap<>();

  private final TaskArguments arguments;

  FilmFeatures(TaskArguments arguments) {
    this.arguments = arguments;
  }

  private static FeatureExtraction open(TaskArguments arguments) throws IOException {
    synchronized (OPEN) {
      FeatureExtraction open = OPEN.get(arguments.key());
      if (open == null) {
        open = FeatureExtraction.open(arguments.parse(new FeaturesCommand()).options().recipe());
        OPEN.put(arguments.key(), open);
        Runtime.getRuntime().addShutdownHook(new Thread(open::close, "close base"));
      }
      return open;
    }
  }

  @Override
  public Iterator<Row> call(Iterator<Row> films) throws IOException {
    FeatureExtraction base = open(arguments);
    return new Iterator<>() {
      private Iterator<Row> batch = List.<Row>of().iterator();

      @Override
      public boolean hasNext() {
        return batch.hasNext() || films.hasNext();
      }

      @Override
      public Row next() {
        if (!batch.hasNext()) {
          batch = batch(base, films).iterator();
        }
        return batch.next();
      }
    };
  }

  private record Decoded(Film film, String sha256, Radiograph radiograph) {}

  private static List<Row> batch(FeatureExtraction base, Iterator<Row> films) {
    List<Row> rows = new ArrayList<>();
    List<Decoded> decoded = new ArrayList<>();
    while (films.hasNext() && decoded.size() < FeatureExtraction.BATCH) {
      Film film = Film.of(films.next());
      String sha256 = null;
      try {
        byte[] encoded = film.read();
        sha256 = Sha256.hex(encoded);
        decoded.add(new Decoded(film, sha256, RadiographReader.standard().read(encoded)));
      } catch (IOException | RuntimeException e) {
        rows.add(row(film, ScoredRow.FAILED, ScoredRow.message(e), sha256, null));
      }
    }
    if (!decoded.isEmpty()) {
      List<float[]> features = base.of(decoded.stream().map(Decoded::radiograph).toList());
      for (int i = 0; i < decoded.size(); i++) {
        Decoded each = decoded.get(i);
        rows.add(row(each.film(), ScoredRow.ANSWERED, null, each.sha256(), features.get(i)));
      }
    }
    return rows;
  }

  private static Row row(
      Film film,
      String state,
      @Nullable String error,
      @Nullable String sha256,
      float @Nullable [] features) {
    @Nullable Object values = null;
    if (features != null) {
      List<Float> list = new ArrayList<>(features.length);
      for (float value : features) {
        list.add(value);
      }
      values = CollectionConverters.asScala(list).toSeq();
    }
    return RowFactory.create(
        film.path(),
        film.bytes(),
        film.modified(),
        state,
        error,
        sha256,
        values,
        System.currentTimeMillis());
  }
}
