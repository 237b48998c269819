package io.cxr.train.lungs;

import io.cxr.LungFields;
import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.MaskFolder;
import io.cxr.dataset.PatientGroups;
import io.cxr.error.CxrException;
import io.cxr.model.LungCard;
import io.cxr.model.TrainingProvenance;
import io.cxr.onnx.LungFinder;
import io.cxr.train.architecture.SegmentationNetwork;
import io.cxr.train.export.OnnxExporter;
import io.cxr.train.export.Precision;
import io.cxr.train.export.TrainedNetwork;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.schedule.PolySchedule;
import org.nd4j.linalg.schedule.ScheduleType;

/**
 * Trains a small {@link io.cxr.train.network.UNet} on films and masks of lungs, and writes it for
 * {@link LungFinder}. The same films, masks and recipe give the same file on the same machine and
 * number of threads. Not thread-safe.
 */
public final class LungTraining {
  private final ImageSet folder;
  private final MaskFolder masks;
  private final LungRecipe recipe;
  private final LungProgress progress;
  private final List<LungExample> examples = new ArrayList<>();
  private final List<String> groups;

  private LungTraining(ImageSet folder, MaskFolder masks, LungRecipe recipe, LungProgress progress)
      throws IOException {
    this.folder = folder;
    this.masks = masks;
    this.recipe = recipe;
    this.progress = progress;
    for (LabelledRadiograph item : folder.items()) {
      if (masks.file(folder.nameOf(item)).isPresent()) {
        examples.add(LungExample.read(folder, masks, item, recipe));
      }
    }
    this.groups = PatientGroups.of(examples.stream().map(LungExample::item).toList());
    if (groups.stream().distinct().count() < 2) {
      throw new IllegalArgumentException(
          folder.name()
              + ": expected films of two patients or more with a mask, found "
              + examples.size()
              + " such films. The mask of CLASS/film.jpg is CLASS/film.png or CLASS-film.png.");
    }
  }

  /**
   * Reads films and masks.
   *
   * @param folder the films; those without a mask are passed over
   * @param masks their masks
   * @param recipe how to learn
   * @param progress hears how it goes
   * @return the training
   * @throws IOException if a film or a mask is unreadable
   * @throws CxrException if a film or a mask is no picture
   * @throws IllegalArgumentException if there are no films of two patients with masks
   */
  public static LungTraining of(
      ImageSet folder, MaskFolder masks, LungRecipe recipe, LungProgress progress)
      throws IOException {
    return new LungTraining(folder, masks, recipe, progress);
  }

  /**
   * How many films have a mask.
   *
   * @return at least 2
   */
  public int films() {
    return examples.size();
  }

  /**
   * Trains once for each part of the patients, without it, and compares what the written file finds
   * on the part's films, at full size, with their masks.
   *
   * @param folds how many parts, at least 2 and at most as many as there are patients
   * @return how well they agree
   * @throws IOException if a film cannot be read again, or no temporary file written
   */
  public LungScores crossValidate(int folds) throws IOException {
    int[] fold = folds(folds);
    List<LungScores.Film> films = new ArrayList<>();
    Path file = Files.createTempFile("cxr-lungs", ".onnx");
    try {
      for (int held = 0; held < folds; held++) {
        progress.stage("fold " + (held + 1) + " of " + folds);
        int[] training = without(fold, held);
        write(fit(training), card("fold", "0", training, Map.of(), List.of()), file);
        LungScores ofFold = scores(file, fold, held);
        films.addAll(ofFold.films());
        progress.foldDone(ofFold);
      }
    } finally {
      Files.deleteIfExists(file);
    }
    return new LungScores(folds, films, recipe.seed());
  }

  private static int[] without(int[] fold, int held) {
    return IntStream.range(0, fold.length).filter(i -> fold[i] != held).toArray();
  }

  private LungScores scores(Path file, int[] fold, int held) throws IOException {
    List<LungScores.Film> films = new ArrayList<>();
    try (LungFinder finder = LungFinder.open(file)) {
      for (int i = 0; i < fold.length; i++) {
        if (fold[i] == held) {
          films.add(film(finder, i));
        }
      }
    }
    return new LungScores(1, films, recipe.seed());
  }

  private LungScores.Film film(LungFinder finder, int index) throws IOException {
    LabelledRadiograph item = examples.get(index).item();
    String name = folder.nameOf(item);
    LungFields drawn = LungFields.ofMask(masks.read(name).orElseThrow());
    double agreement = finder.find(item.readNamed()).intersectionOverUnion(drawn);
    return new LungScores.Film(name, groups.get(index), agreement);
  }

  /** The part of each film: patients shuffled, then dealt out, the ones with most films first. */
  private int[] folds(int folds) {
    Map<String, List<Integer>> members = new LinkedHashMap<>();
    for (int i = 0; i < groups.size(); i++) {
      members.computeIfAbsent(groups.get(i), group -> new ArrayList<>()).add(i);
    }
    if (folds < 2 || folds > members.size()) {
      throw new IllegalArgumentException(
          "Folds: expected from 2 to the number of patients, "
              + members.size()
              + ", found "
              + folds);
    }
    List<List<Integer>> shuffled = new ArrayList<>(members.values());
    Collections.shuffle(shuffled, new Random(recipe.seed()));
    shuffled.sort((a, b) -> Integer.compare(b.size(), a.size()));
    int[] size = new int[folds];
    int[] fold = new int[groups.size()];
    for (List<Integer> group : shuffled) {
      int least = IntStream.range(0, folds).boxed().min((a, b) -> size[a] - size[b]).orElseThrow();
      size[least] += group.size();
      group.forEach(film -> fold[film] = least);
    }
    return fold;
  }

  /**
   * Trains on all films and writes the model.
   *
   * @param name the model's name
   * @param version the model's version
   * @param metrics what is known of the same recipe's agreement, such as {@link LungScores#figures}
   * @param attributions whose films and masks these are, and under which licences
   * @param file the model file; replaced in one step
   * @throws IOException if the file cannot be written
   */
  public void train(
      String name,
      String version,
      Map<String, Double> metrics,
      List<String> attributions,
      Path file)
      throws IOException {
    progress.stage("all " + films() + " films");
    int[] all = IntStream.range(0, films()).toArray();
    write(fit(all), card(name, version, all, metrics, attributions), file);
  }

  /**
   * Trains without one part of the patients, the first of {@link #crossValidate} with as many, and
   * writes that model with its agreement on the part: figures of the very file, on patients that it
   * did not see.
   *
   * @param parts how many parts, at least 2 and at most as many as there are patients
   * @param name the model's name
   * @param version the model's version
   * @param attributions whose films and masks these are, and under which licences
   * @param file the model file; replaced in one step
   * @return how well it agrees on the part left out
   * @throws IOException if a film cannot be read again, or the file not be written
   */
  public LungScores trainWithout(
      int parts, String name, String version, List<String> attributions, Path file)
      throws IOException {
    int[] fold = folds(parts);
    int[] training = without(fold, 0);
    progress.stage(training.length + " films, " + (fold.length - training.length) + " left out");
    ComputationGraph network = fit(training);
    Path trial = Files.createTempFile("cxr-lungs", ".onnx");
    try {
      write(network, card(name, version, training, Map.of(), attributions), trial);
      LungScores scores = scores(trial, fold, 0);
      write(network, card(name, version, training, scores.figures(), attributions), file);
      return scores;
    } finally {
      Files.deleteIfExists(trial);
    }
  }

  private void write(ComputationGraph network, LungCard card, Path file) throws IOException {
    OnnxExporter.exportLungs(
        TrainedNetwork.of(network, card.preprocessing().inputShape()), card, Precision.FP16, file);
  }

  private LungCard card(
      String name,
      String version,
      int[] training,
      Map<String, Double> metrics,
      List<String> attributions) {
    Map<String, Integer> counts = new LinkedHashMap<>();
    Arrays.stream(training)
        .forEach(i -> counts.merge(examples.get(i).item().label(), 1, Integer::sum));
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("filters", recipe.filters().toString());
    settings.put("batchSize", String.valueOf(recipe.batchSize()));
    settings.put("optimizer", "Adam");
    settings.put("learningRate", recipe.learningRate() + ", linear to 0");
    settings.put("loss", "binary cross-entropy + 1 - Dice");
    Map<String, String> software = new LinkedHashMap<>();
    software.put("cxr", version(LungTraining.class));
    software.put("deeplearning4j", version(ComputationGraph.class));
    return new LungCard(
        name,
        version,
        "U-Net",
        recipe.preprocessing(),
        metrics,
        new TrainingProvenance(
            folder.name(),
            counts,
            Map.of(),
            true,
            recipe.seed(),
            recipe.epochs(),
            recipe.epochs(),
            true,
            settings,
            software),
        attributions);
  }

  private static String version(Class<?> type) {
    return Objects.requireNonNullElse(type.getPackage().getImplementationVersion(), "unknown");
  }

  private ComputationGraph fit(int[] training) {
    int steps = (training.length + recipe.batchSize() - 1) / recipe.batchSize();
    ComputationGraph network =
        SegmentationNetwork.of(
            recipe.layers(),
            recipe.seed(),
            new Adam(
                new PolySchedule(
                    ScheduleType.ITERATION, recipe.learningRate(), 1, recipe.epochs() * steps)));
    int[] order = training.clone();
    for (int epoch = 0; epoch < recipe.epochs(); epoch++) {
      long start = System.nanoTime();
      SplittableRandom random = new SplittableRandom(recipe.seed() ^ ((long) (epoch + 1) << 32));
      for (int i = order.length - 1; i > 0; i--) {
        int other = random.nextInt(i + 1);
        int swapped = order[i];
        order[i] = order[other];
        order[other] = swapped;
      }
      double loss = 0;
      for (int step = 0; step < steps; step++) {
        // Evenly, so that no batch is too small to normalise over.
        int from = (int) ((long) step * order.length / steps);
        int to = (int) ((long) (step + 1) * order.length / steps);
        network.fit(batch(Arrays.copyOfRange(order, from, to), random));
        loss += network.score() * (to - from) / order.length;
      }
      if (!Double.isFinite(loss)) {
        throw new IllegalStateException(
            "Lungs: the loss is " + loss + " in epoch " + (epoch + 1) + ". Lower the rate.");
      }
      progress.epochDone(epoch + 1, recipe.epochs(), loss, (System.nanoTime() - start) / 1e9);
    }
    return network;
  }

  private DataSet batch(int[] films, SplittableRandom random) {
    int side = recipe.side();
    int maskSide = recipe.maskSide();
    INDArray inputs = Nd4j.create(films.length, 1, side, side);
    INDArray targets = Nd4j.create(films.length, 1, maskSide, maskSide);
    // Split before the work is shared, so that any number of threads draws the same numbers.
    SplittableRandom[] randoms = new SplittableRandom[films.length];
    Arrays.setAll(randoms, i -> random.split());
    float[][] gray = new float[films.length][];
    float[][] mask = new float[films.length][];
    IntStream.range(0, films.length)
        .parallel()
        .forEach(
            i -> {
              LungExample example = examples.get(films[i]);
              LungAugmentation change = new LungAugmentation(randoms[i]);
              float[] film = new float[example.gray().length];
              for (int pixel = 0; pixel < film.length; pixel++) {
                film[pixel] = (example.gray()[pixel] & 0xff) / 255f;
              }
              gray[i] = change.repainted(change.moved(film, side), side);
              mask[i] = change.moved(example.mask(), maskSide);
            });
    for (int i = 0; i < films.length; i++) {
      inputs.slice(i).assign(Nd4j.createFromArray(gray[i]).reshape('c', 1, side, side));
      targets.slice(i).assign(Nd4j.createFromArray(mask[i]).reshape('c', 1, maskSide, maskSide));
    }
    return new DataSet(inputs, targets);
  }
}
