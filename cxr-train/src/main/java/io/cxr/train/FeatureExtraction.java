package io.cxr.train;

import io.cxr.model.Task;
import io.cxr.onnx.FeatureExtractor;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.Radiograph;
import io.cxr.train.architecture.FrozenArchitecture;
import io.cxr.train.architecture.LoadedBase;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The features of a recipe's frozen base, apart from any training: computed by as many machines as
 * there are, and {@linkplain #keep kept} where a training by the same recipe then finds them. The
 * arithmetic is that of the training itself.
 *
 * <p>Thread-safe. The code that opens an extraction must close it.
 */
public final class FeatureExtraction implements AutoCloseable {
  /** The most radiographs that are computed at once. */
  public static final int BATCH = GrayFeatures.BATCH;

  private final TrainingRecipe recipe;
  private final String key;
  private final FeatureExtractor extractor;
  private final StandardPreprocessor preprocessor;

  /** Memory for a batch, of threads that are done with theirs. */
  private final Queue<GrayFeatures> idle = new ConcurrentLinkedQueue<>();

  private FeatureExtraction(TrainingRecipe recipe, String key, FeatureExtractor extractor) {
    this.recipe = recipe;
    this.key = key;
    this.extractor = extractor;
    this.preprocessor = StandardPreprocessor.of(recipe.preprocessing());
  }

  /** The features of one image file. */
  public static final class Row {
    private final String sha256;
    private final float[] features;

    /**
     * Features.
     *
     * @param sha256 of the file's bytes, 64 lower-case hexadecimal digits
     * @param features {@code [channel, row, column]} values; not copied
     */
    public Row(String sha256, float[] features) {
      if (!sha256.matches("[0-9a-f]{64}")) {
        throw new IllegalArgumentException(
            "SHA-256: expected 64 lower-case hexadecimal digits, found '" + sha256 + "'");
      }
      this.sha256 = sha256;
      this.features = Objects.requireNonNull(features, "features");
    }
  }

  /**
   * Loads a recipe's base, and opens it with the recipe's device and threads.
   *
   * @param recipe whose network has a frozen base, without augmented views and blanked centres:
   *     there are features of images as they are alone
   * @return the extraction; the caller closes it
   * @throws IOException if the weights cannot be read
   * @throws IllegalArgumentException if the recipe has no such base, or wants other views
   */
  public static FeatureExtraction open(TrainingRecipe recipe) throws IOException {
    FrozenArchitecture architecture = checked(recipe);
    LoadedBase loaded = load(recipe, architecture);
    return new FeatureExtraction(
        recipe,
        BaseFeatures.key(recipe, loaded.identity(), ""),
        FeatureExtractor.open(
            loaded.frozen().features(architecture.featurePooling()), recipe.session()));
  }

  private static FrozenArchitecture checked(TrainingRecipe recipe) {
    if (!(recipe.architecture() instanceof FrozenArchitecture architecture)) {
      throw new IllegalArgumentException(
          "Features: expected a network with a frozen base, found "
              + recipe.architecture().name()
              + ", which is trained from scratch.");
    }
    if (recipe.views() > 0 || recipe.blankedCentres()) {
      throw new IllegalArgumentException(
          "Features: expected images as they are, found a recipe with augmented views or blanked"
              + " centres. Train with it on one machine.");
    }
    return architecture;
  }

  private static LoadedBase load(TrainingRecipe recipe, FrozenArchitecture architecture)
      throws IOException {
    return FrozenBaseTask.load(recipe, architecture, Task.Kind.EXCLUSIVE_LABELS);
  }

  /**
   * Stands for all that decides features: network, layer, weights, pooling and preprocessing.
   *
   * @return 32 hexadecimal digits
   */
  public String key() {
    return key;
  }

  /**
   * How many values an image has.
   *
   * @return at least 1
   */
  public int width() {
    return extractor.featureCount();
  }

  /**
   * Computes the features of radiographs on the calling thread.
   *
   * @param radiographs from 1 to {@value #BATCH}; each is preprocessed as the recipe says
   * @return a row of {@link #width} values each, in their order
   */
  public List<float[]> of(List<Radiograph> radiographs) {
    if (radiographs.isEmpty() || radiographs.size() > BATCH) {
      throw new IllegalArgumentException(
          "Radiographs: expected from 1 to " + BATCH + ", found " + radiographs.size());
    }
    List<byte[]> grays = new ArrayList<>(radiographs.size());
    for (Radiograph radiograph : radiographs) {
      grays.add(preprocessor.gray(radiograph));
    }
    GrayFeatures own = idle.poll();
    if (own == null) {
      own = new GrayFeatures(extractor, recipe.preprocessing());
    }
    List<float[]> rows = own.of(grays);
    idle.add(own);
    return rows;
  }

  /**
   * Keeps features where a training by a recipe looks for them first: in its feature cache. Rows
   * that are there already are passed over.
   *
   * @param recipe by which the features were computed, of the same {@link #key}
   * @param rows read once, as many at a time as fit a batch
   * @return how many rows there were
   * @throws IOException if the weights cannot be read or the cache cannot be written
   * @throws IllegalArgumentException if a row has another number of values
   */
  public static long keep(TrainingRecipe recipe, Iterator<Row> rows) throws IOException {
    FrozenArchitecture architecture = checked(recipe);
    String key = BaseFeatures.key(recipe, load(recipe, architecture).identity(), "");
    long count = 0;
    FeatureCache cache = recipe.openFeatureCache();
    try (FeatureFile file = cache.open(key, architecture.features().elements())) {
      List<FeatureFile.Entry> entries = new ArrayList<>();
      while (rows.hasNext()) {
        Row row = rows.next();
        entries.add(new FeatureFile.Entry(row.sha256, 0, row.features));
        count++;
        if (entries.size() == 64 || !rows.hasNext()) {
          file.append(entries);
          entries.clear();
        }
      }
    }
    return count;
  }

  /** Waits for calls in flight, then frees the base. Idempotent. */
  @Override
  public void close() {
    extractor.close();
  }
}
