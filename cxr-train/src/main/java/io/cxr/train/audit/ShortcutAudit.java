package io.cxr.train.audit;

import io.cxr.Classifier;
import io.cxr.Explainer;
import io.cxr.dataset.Annotation;
import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelState;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.PatientSplit;
import io.cxr.error.CxrException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * Asks whether the classes of a data set, or the films with a finding and those without, can be
 * told apart by what is not anatomy: borders, gray values, file properties. If they can, a model
 * may learn the hospital instead of the disease, and its figures say nothing of another hospital
 * (DeGrave, Janizek and Lee, "AI for radiographic COVID-19 detection selects shortcuts over
 * signal", Nature Machine Intelligence 3, 2021).
 *
 * <p>Every {@link Probe} is a regularised logistic regression, cross-validated with patients kept
 * apart by {@link PatientSplit#folds}. Every image is read once, on all processors, and a few
 * kilobytes of it are kept. Then copies are looked for, and a model may be asked what it does when
 * the centre of the images is blanked.
 *
 * <p>The same folder, folds and seed give the same report on the same machine and Java. Research
 * use only.
 */
public final class ShortcutAudit {
  private final ImageSet folder;
  private final Builder options;
  private final List<LabelledRadiograph> items = new ArrayList<>();
  private final List<ImageFeatures> features = new ArrayList<>();
  private final List<UnreadImage> unread = new ArrayList<>();

  private ShortcutAudit(Builder options) {
    this.folder = options.folder;
    this.options = options;
  }

  /**
   * Prepares an audit.
   *
   * @param folder the data set, of two classes or more
   * @return a builder with 5 folds and seed 0
   */
  public static Builder of(ImageSet folder) {
    return new Builder(folder);
  }

  /**
   * The quick part: the probes, without a search for copies and without a model. About four seconds
   * for 900 images of 512 x 512 pixels on two processors.
   *
   * @param folder the data set, of two classes or more
   * @param seed chooses the folds
   * @return the report
   * @throws IOException if the folder is unreadable
   * @throws IllegalArgumentException as {@link Builder#run()} does
   */
  public static ShortcutReport quick(ImageSet folder, long seed) throws IOException {
    return of(folder).seed(seed).copies(false).run();
  }

  /** The options of an audit. Not thread-safe. */
  public static final class Builder {
    private final ImageSet folder;
    private int folds = 5;
    private long seed;
    private boolean copies = true;
    private AuditProgress progress = AuditProgress.SILENT;
    private Optional<Classifier> classifier = Optional.empty();
    private Optional<Explainer> explainer = Optional.empty();
    private Optional<LungLocator> lungs = Optional.empty();
    private Optional<RadiographFeatures> features = Optional.empty();
    private Optional<Set<LabelledRadiograph>> modelImages = Optional.empty();

    private Builder(ImageSet folder) {
      if (folder.kind() == Annotation.Kind.VALUES) {
        folder.requireLabels("Audit");
      }
      this.folder = Objects.requireNonNull(folder, "folder");
    }

    /**
     * In how many parts to cross-validate.
     *
     * @param folds at least 2
     * @return this builder
     */
    public Builder folds(int folds) {
      this.folds = folds;
      return this;
    }

    /**
     * Chooses the folds and the bootstrap's draws.
     *
     * @param seed any number
     * @return this builder
     */
    public Builder seed(long seed) {
      this.seed = seed;
      return this;
    }

    /**
     * Whether to look for copies of images; on by default.
     *
     * @param search whether to look
     * @return this builder
     */
    public Builder copies(boolean search) {
      this.copies = search;
      return this;
    }

    /**
     * Who hears how it goes.
     *
     * @param listener called on the thread that runs the audit
     * @return this builder
     */
    public Builder progress(AuditProgress listener) {
      this.progress = Objects.requireNonNull(listener, "listener");
      return this;
    }

    /**
     * Asks a model too what it does with blanked centres.
     *
     * @param model a model that knows every class of the folder; stays the caller's to close
     * @return this builder
     */
    public Builder model(Classifier model) {
      this.classifier = Optional.of(model);
      this.explainer = Optional.empty();
      return this;
    }

    /**
     * Asks a model too what it does with blanked centres, and where its heatmaps look.
     *
     * @param model a model that knows every class of the folder; stays the caller's to close
     * @param heatmaps what explains its answers
     * @return this builder
     */
    public Builder model(Classifier model, Explainer heatmaps) {
      this.classifier = Optional.of(model);
      this.explainer = Optional.of(heatmaps);
      return this;
    }

    /**
     * Tells where the lungs are, so that the share of the model's heatmaps in them is measured.
     *
     * @param locator masks, or a model that finds lungs; called on the thread that runs the audit
     * @return this builder
     */
    public Builder lungs(LungLocator locator) {
      this.lungs = Optional.of(locator);
      return this;
    }

    /**
     * Tells what the model makes of a film, so that a linear probe can try to tell the film's
     * source from it. Sources are those of the folder's table; without two of 10 patients or more,
     * nobody is asked.
     *
     * @param ofModel the model's features; called on the thread that runs the audit
     * @return this builder
     */
    public Builder features(RadiographFeatures ofModel) {
      this.features = Optional.of(ofModel);
      return this;
    }

    /**
     * Asks the model about some of the images only, such as those that it was not trained on; about
     * all of them by default.
     *
     * @param images images of the folder, some of every class
     * @return this builder
     */
    public Builder modelImages(Collection<LabelledRadiograph> images) {
      this.modelImages = Optional.of(Set.copyOf(images));
      return this;
    }

    /**
     * Runs the audit. Images that cannot be read are left out, and named in the report.
     *
     * @return the report
     * @throws IOException if the folder is unreadable
     * @throws IllegalArgumentException if there is one class only, a class has fewer patients than
     *     there are folds (images without a patient count as a patient each), or too few once
     *     unreadable images are left out, or the model does not know a class
     */
    public ShortcutReport run() throws IOException {
      return new ShortcutAudit(this).run();
    }
  }

  /** No answer: the image is not asked about. */
  private static final int NOT_ASKED = -1;

  /** A question put to a regression: these images, or those; or one class against all others. */
  private static final class Contrast {
    /** Of both sides; of one class against all others, its own. */
    final List<String> names;

    /** Of each image: 0 for the first, 1 for the other, or {@link #NOT_ASKED}. */
    final int[] sides;

    Contrast(List<String> names, int[] sides) {
      this.names = names;
      this.sides = sides;
    }

    boolean isPair() {
      return names.size() == 2;
    }

    boolean asks(int image) {
      return sides[image] != NOT_ASKED;
    }

    boolean isFirst(int image) {
      return sides[image] == 0;
    }
  }

  /** Scores of one contrast: log odds an image, NaN where there are none. */
  private static final class Scores {
    final double[] logOdds;
    final double[] prior;

    Scores(int images) {
      logOdds = new double[images];
      Arrays.fill(logOdds, Double.NaN);
      prior = new double[images];
    }
  }

  private ShortcutReport run() throws IOException {
    List<String> labels = folder.labels();
    List<PatientSplit> splits = PatientSplit.folds(folder, options.folds, options.seed);
    if (folder.kind() == Annotation.Kind.FINDINGS && options.classifier.isPresent()) {
      throw new IllegalArgumentException(
          "Audit: expected exclusive labels to audit a model with, found findings. Leave the model"
              + " out: the data set is audited finding by finding.");
    }
    options.classifier.ifPresent(model -> ModelProbe.check(model, folder));
    ExecutorService pool =
        Executors.newFixedThreadPool(
            Runtime.getRuntime().availableProcessors(),
            task -> {
              Thread thread = new Thread(task, "cxr-audit");
              thread.setDaemon(true);
              return thread;
            });
    try {
      read(pool);
      boolean exclusive = folder.kind() == Annotation.Kind.LABEL;
      int[] classes =
          exclusive
              ? items.stream().mapToInt(item -> labels.indexOf(item.label())).toArray()
              : new int[0];
      int[] patients = patients(items);
      List<Contrast> contrasts = exclusive ? contrasts(classes) : ofFindings();
      if (exclusive) {
        checkEnough(classes, patients);
      } else {
        checkEnough(contrasts, patients);
      }
      int[] fold = folds(splits);
      List<ProbeFigures> overall = new ArrayList<>();
      List<ProbeFigures> pairs = new ArrayList<>();
      FileProperties.Table files =
          FileProperties.table(features.stream().map(image -> image.file).toList());
      Map<Probe, List<Future<?>>> fits = new LinkedHashMap<>();
      Map<Probe, List<Scores>> scores = new LinkedHashMap<>();
      for (Probe probe : Probe.values()) {
        float[][] rows =
            probe == Probe.FILE_PROPERTIES
                ? files.rows
                : features.stream().map(image -> image.seenBy(probe)).toArray(float[][]::new);
        List<Scores> ofProbe = contrasts.stream().map(c -> new Scores(rows.length)).toList();
        scores.put(probe, ofProbe);
        List<Future<?>> ofFolds = new ArrayList<>();
        for (int f = 0; f < options.folds; f++) {
          int held = f;
          ofFolds.add(pool.submit(() -> fit(rows, fold, held, contrasts, ofProbe)));
        }
        fits.put(probe, ofFolds);
      }
      for (Probe probe : Probe.values()) {
        for (Future<?> fit : fits.getOrDefault(probe, List.of())) {
          await(fit);
        }
        List<Scores> ofProbe = scores.getOrDefault(probe, List.of());
        for (int c = 0; c < contrasts.size(); c++) {
          Contrast contrast = contrasts.get(c);
          if (contrast.isPair()) {
            Scores found = ofProbe.get(c);
            pairs.add(
                new Tally(contrast.names, contrast.sides, patients, fold, options.seed)
                    .pair(
                        probe,
                        0,
                        1,
                        found.logOdds,
                        found.prior,
                        probe == Probe.FILE_PROPERTIES ? Optional.of(files) : Optional.empty()));
          }
        }
        if (exclusive && labels.size() > 2) {
          int first = contrasts.size() - labels.size();
          List<Scores> each = ofProbe.subList(first, contrasts.size());
          overall.add(
              new Tally(labels, classes, patients, fold, options.seed)
                  .overall(
                      probe,
                      each.stream().map(s -> s.logOdds).toArray(double[][]::new),
                      each.stream().map(s -> s.prior).toArray(double[][]::new)));
        }
      }
      Optional<List<CopyPair>> copies =
          options.copies
              ? Optional.of(
                  CopySearch.of(
                      folder, items, features.stream().map(ImageFeatures::forCopies).toList()))
              : Optional.empty();
      Optional<ModelFigures> model = Optional.empty();
      if (options.classifier.isPresent()) {
        int[] asked =
            IntStream.range(0, items.size())
                .filter(
                    i -> options.modelImages.map(some -> some.contains(items.get(i))).orElse(true))
                .toArray();
        model =
            Optional.of(
                new ModelProbe(
                        options.classifier.get(),
                        options.explainer,
                        options.lungs,
                        options.progress)
                    .figures(
                        folder,
                        IntStream.of(asked).mapToObj(items::get).toList(),
                        IntStream.of(asked).map(i -> classes[i]).toArray(),
                        IntStream.of(asked).map(i -> patients[i]).toArray(),
                        sources(asked, classes, patients, fold),
                        options.seed));
      }
      return new ShortcutReport(
          folder.name(),
          countByLabel(),
          (int) Arrays.stream(patients).distinct().count(),
          (int) items.stream().filter(item -> item.patient().isEmpty()).count(),
          options.folds,
          options.seed,
          unread,
          overall,
          pairs,
          items.stream().flatMap(item -> item.source().stream()).distinct().count() > 1
              ? Optional.of(
                  exclusive
                      ? SourceConfounding.of(labels, items)
                      : SourceConfounding.ofFindings(labels, items))
              : Optional.empty(),
          copies,
          model);
    } finally {
      pool.shutdownNow();
    }
  }

  /** Whether the sources of some images can be told from the model's features. */
  private Optional<SourceFigures> sources(int[] asked, int[] classes, int[] patients, int[] fold)
      throws IOException {
    if (options.features.isEmpty()) {
      return Optional.empty();
    }
    SourceProbe probe =
        new SourceProbe(
            IntStream.of(asked).mapToObj(i -> items.get(i).source()).toList(),
            IntStream.of(asked).map(i -> classes[i]).toArray(),
            IntStream.of(asked).map(i -> patients[i]).toArray(),
            IntStream.of(asked).map(i -> fold[i]).toArray());
    if (!probe.applies()) {
      return Optional.empty();
    }
    float[][] rows = new float[asked.length][];
    int done = 0;
    for (int row : probe.rows()) {
      rows[row] = options.features.get().of(items.get(asked[row]).read());
      options.progress.imageClassified(++done, probe.rows().length);
    }
    return Optional.of(probe.figures(rows, options.seed));
  }

  /** Reads all images, a few ahead at a time so that memory stays flat. */
  private void read(ExecutorService pool) throws IOException {
    List<LabelledRadiograph> all = folder.items();
    Deque<Future<ImageFeatures>> ahead = new ArrayDeque<>();
    int submitted = 0;
    for (int done = 0; done < all.size(); done++) {
      for (; submitted < all.size() && ahead.size() < 64; submitted++) {
        LabelledRadiograph item = all.get(submitted);
        Callable<ImageFeatures> reading = () -> ImageFeatures.read(item);
        ahead.add(pool.submit(reading));
      }
      LabelledRadiograph item = all.get(done);
      try {
        ImageFeatures read = await(ahead.remove());
        features.add(read);
        items.add(item);
      } catch (InterruptedIOException e) {
        throw e;
      } catch (IOException e) {
        unread.add(
            new UnreadImage(
                folder.nameOf(item), "unreadable file: " + e.getClass().getSimpleName()));
      } catch (CxrException e) {
        unread.add(new UnreadImage(folder.nameOf(item), String.valueOf(e.getMessage())));
      }
      options.progress.imageRead(done + 1, all.size());
    }
  }

  private static <T> T await(Future<T> future) throws IOException {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("Audit: interrupted");
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof IOException failure) {
        throw failure;
      } else if (cause instanceof RuntimeException failure) {
        throw failure;
      } else if (cause instanceof Error failure) {
        throw failure;
      }
      throw new IllegalStateException("Audit: a task failed", cause);
    }
  }

  /** The index of each image's patient; an image without one stands for itself. */
  private static int[] patients(List<LabelledRadiograph> items) {
    Map<String, Integer> known = new HashMap<>();
    int[] patients = new int[items.size()];
    int next = 0;
    for (int i = 0; i < patients.length; i++) {
      Optional<String> patient = items.get(i).patient();
      Integer index = patient.map(known::get).orElse(null);
      if (index == null) {
        index = next++;
        if (patient.isPresent()) {
          known.put(patient.get(), index);
        }
      }
      patients[i] = index;
    }
    return patients;
  }

  private void checkEnough(int[] classes, int[] patients) {
    Map<String, Integer> total = folder.countByLabel();
    Map<String, Integer> left = countByLabel();
    for (int label = 0; label < folder.labels().size(); label++) {
      Set<Integer> readable = new HashSet<>();
      for (int i = 0; i < classes.length; i++) {
        if (classes[i] == label) {
          readable.add(patients[i]);
        }
      }
      String name = folder.labels().get(label);
      if (readable.size() < options.folds) {
        throw new IllegalArgumentException(
            folder.name()
                + ": expected readable images of at least "
                + options.folds
                + " patients with the label "
                + name
                + ", one a fold, found "
                + readable.size()
                + ": "
                + (total.getOrDefault(name, 0) - left.getOrDefault(name, 0))
                + " of "
                + total.getOrDefault(name, 0)
                + " images cannot be read"
                + unread.stream()
                    .filter(image -> image.file().contains(name + "/"))
                    .findFirst()
                    .map(image -> ", such as " + image.file() + " (" + image.reason() + ")")
                    .orElse("")
                + ". Repair or replace them, or ask for fewer folds.");
      }
    }
  }

  /** Films that cannot be read may leave too few with a finding, or without. */
  private void checkEnough(List<Contrast> contrasts, int[] patients) {
    for (Contrast contrast : contrasts) {
      for (int side = 0; side < contrast.names.size(); side++) {
        Set<Integer> readable = new HashSet<>();
        for (int i = 0; i < patients.length; i++) {
          if (contrast.sides[i] == side) {
            readable.add(patients[i]);
          }
        }
        if (readable.size() < options.folds) {
          throw new IllegalArgumentException(
              folder.name()
                  + ": expected readable images of at least "
                  + options.folds
                  + " patients known to be of "
                  + contrast.names.get(side)
                  + ", one a fold, found "
                  + readable.size()
                  + ". Ask for fewer folds, or leave the finding out.");
        }
      }
    }
  }

  private Map<String, Integer> countByLabel() {
    Map<String, Integer> counts = new LinkedHashMap<>();
    folder.labels().forEach(label -> counts.put(label, 0));
    for (LabelledRadiograph item : items) {
      if (folder.kind() == Annotation.Kind.LABEL) {
        counts.merge(item.label(), 1, Integer::sum);
      } else {
        item.findings().in(LabelState.PRESENT).forEach(each -> counts.merge(each, 1, Integer::sum));
      }
    }
    return counts;
  }

  private int[] folds(List<PatientSplit> splits) {
    Map<LabelledRadiograph, Integer> known = new HashMap<>();
    for (int f = 0; f < splits.size(); f++) {
      for (LabelledRadiograph item : splits.get(f).validation()) {
        known.put(item, f);
      }
    }
    return items.stream().mapToInt(item -> known.getOrDefault(item, -1)).toArray();
  }

  /** All pairs of classes, and for more than two classes then each one against the rest. */
  private List<Contrast> contrasts(int[] classes) {
    List<String> labels = folder.labels();
    List<Contrast> contrasts = new ArrayList<>();
    for (int a = 0; a < labels.size(); a++) {
      for (int b = a + 1; b < labels.size(); b++) {
        int first = a;
        int second = b;
        contrasts.add(
            new Contrast(
                List.of(labels.get(a), labels.get(b)),
                Arrays.stream(classes)
                    .map(label -> label == first ? 0 : label == second ? 1 : NOT_ASKED)
                    .toArray()));
      }
    }
    if (labels.size() > 2) {
      for (int a = 0; a < labels.size(); a++) {
        int one = a;
        contrasts.add(
            new Contrast(
                List.of(labels.get(a)),
                Arrays.stream(classes).map(label -> label == one ? 0 : 1).toArray()));
      }
    }
    return contrasts;
  }

  /** The films with each finding, and those without, of those of which it is known. */
  private List<Contrast> ofFindings() {
    List<Contrast> contrasts = new ArrayList<>();
    for (String finding : folder.labels()) {
      contrasts.add(
          new Contrast(
              List.of(finding, "no " + finding),
              items.stream()
                  .mapToInt(
                      item ->
                          switch (item.findings().state(finding)) {
                            case PRESENT -> 0;
                            case ABSENT -> 1;
                            case UNKNOWN -> NOT_ASKED;
                          })
                  .toArray()));
    }
    return contrasts;
  }

  /** Fits every contrast to the other folds and scores the held one: no two write one element. */
  private static void fit(
      float[][] rows, int[] fold, int held, List<Contrast> contrasts, List<Scores> scores) {
    int[] training = IntStream.range(0, rows.length).filter(i -> fold[i] != held).toArray();
    Regression regression = new Regression(rows, training);
    for (int c = 0; c < contrasts.size(); c++) {
      Contrast contrast = contrasts.get(c);
      int[] asked = Arrays.stream(training).filter(i -> contrast.asks(i)).toArray();
      int[] scored =
          IntStream.range(0, rows.length)
              .filter(i -> fold[i] == held && contrast.asks(i))
              .toArray();
      long positives = Arrays.stream(asked).filter(i -> contrast.isFirst(i)).count();
      if (positives == 0 || positives == asked.length || scored.length == 0) {
        // Only where unreadable images emptied a class in this part: its scores stay NaN.
        continue;
      }
      double[] found = regression.scores(asked, i -> contrast.isFirst(i), scored);
      double prior = Math.log((double) positives / (asked.length - positives));
      for (int i = 0; i < scored.length; i++) {
        scores.get(c).logOdds[scored[i]] = found[i];
        scores.get(c).prior[scored[i]] = prior;
      }
    }
  }
}
