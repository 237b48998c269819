package io.cxr.workbench.training;

import io.cxr.dataset.Annotation;
import io.cxr.error.ModelFormatException;
import io.cxr.file.AtomicFile;
import io.cxr.model.ModelCard;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.train.EarlyStopping;
import io.cxr.train.Solver;
import io.cxr.train.TrainingRecipe;
import io.cxr.train.architecture.Architecture;
import io.cxr.train.architecture.DarkCovidNet;
import io.cxr.train.architecture.LocalMaximaCnn;
import io.cxr.train.architecture.OnnxArchitecture;
import io.cxr.train.export.OnnxBase;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * A way to train that asks for nothing but a data set: networks whose weights are there, either
 * because they start from scratch or because the model that ships has them.
 *
 * <p>The times are estimates from trainings on two cores; what a training really took here comes in
 * their place ({@link Trainings#cost}).
 */
@SuppressWarnings("ImmutableEnumChecker") // The checker does not know that a cost is.
public enum Preset {
  /** One linear layer on the shipped model's network, step by step. */
  HEAD(
      "head",
      "Linear head on the shipped network",
      "Keeps the convolutions of the model that ships, pretrained on ImageNet, and learns one"
          + " linear layer on their channel means by Adam. Minutes for thousands of films; the"
          + " place to begin.",
      30,
      new Cost(8, 0.06, 0.0005)),

  /** The same layer, fitted to all films at once. */
  HEAD_EXACT(
      "head-exact",
      "Linear head on the shipped network, exact",
      "The same layer with an L2 penalty, fitted to all films at once by L-BFGS: one epoch, so that"
          + " there is no curve and nothing to stop.",
      1,
      new Cost(8, 0.06, 0.01)),

  /** A small network of its own. */
  SMALL_CNN(
      "small-cnn",
      "Small CNN from scratch, 64 x 64",
      "Three convolutions and three Dense layers, 1.3 million weights, learnt from your films"
          + " alone. To see a network learn; with few films it stays near chance.",
      30,
      new Cost(10, 0.05, 0.06)),

  /** A deeper network of its own. */
  DARKCOVIDNET(
      "darkcovidnet",
      "DarkCovidNet from scratch, 256 x 256",
      "Seventeen convolutions with batch normalisation, 1.2 million weights (Ozturk et al., 2020),"
          + " learnt from your films alone. Needs hundreds of films a label, and patience.",
      30,
      new Cost(12, 0.06, 0.1));

  /** The last map of the shipped network, below its pooling. */
  private static final String SHIPPED_MAP = "network/conv_pw_6_relu";

  private static final String SHIPPED_FILE = "chest-xray.onnx";
  private static final double L2 = 0.005;

  private final String id;
  private final String title;
  private final String description;
  private final int epochs;
  private final Cost cost;

  Preset(String id, String title, String description, int epochs, Cost cost) {
    this.id = id;
    this.title = title;
    this.description = description;
    this.epochs = epochs;
    this.cost = cost;
  }

  /**
   * What a training takes.
   *
   * @param once seconds for whatever the data
   * @param perImage seconds an image outside the epochs: reading, auditing, fitting the card
   * @param perImageAndEpoch seconds an image in each epoch
   */
  public record Cost(double once, double perImage, double perImageAndEpoch) {

    /**
     * How long a training takes that stops early in no epoch.
     *
     * @param images training and validation images
     * @param epochs epochs
     * @return seconds
     */
    public double seconds(int images, int epochs) {
      return once + images * (perImage + epochs * perImageAndEpoch);
    }
  }

  /**
   * The preset of an id.
   *
   * @param id as {@link #id()}
   * @return empty if there is none
   */
  public static Optional<Preset> of(String id) {
    return Arrays.stream(values()).filter(preset -> preset.id.equals(id)).findFirst();
  }

  /**
   * What a page asks for it by.
   *
   * @return such as {@code head}
   */
  public String id() {
    return id;
  }

  /**
   * A line for people.
   *
   * @return the title
   */
  public String title() {
    return title;
  }

  /**
   * What it is and what to expect of it.
   *
   * @return sentences
   */
  public String description() {
    return description;
  }

  /**
   * Epochs if nobody says otherwise.
   *
   * @return at least 1; early stopping may end a training before
   */
  public int epochs() {
    return epochs;
  }

  /**
   * What it takes on two cores.
   *
   * @return measured once
   */
  public Cost cost() {
    return cost;
  }

  /**
   * Whether epochs follow each other, so that there are curves and a stop.
   *
   * @return false where one epoch is all
   */
  public boolean hasEpochs() {
    return this != HEAD_EXACT;
  }

  /**
   * How it trains.
   *
   * @param kind what the images are annotated with
   * @param epochs the most epochs
   * @param seed of split, initial weights and order
   * @param folder where the shipped network's file may be written and features kept
   * @return the recipe
   * @throws IOException if the folder cannot be written to
   */
  public TrainingRecipe recipe(Annotation.Kind kind, int epochs, long seed, Path folder)
      throws IOException {
    TrainingRecipe.Builder recipe = TrainingRecipe.builder(architecture(folder)).seed(seed);
    if (kind == Annotation.Kind.LABEL) {
      recipe.balancedClassWeights();
    }
    if (this == HEAD_EXACT) {
      recipe.solver(new Solver.Lbfgs()).l2(L2).noEarlyStopping();
    } else {
      recipe.epochs(epochs).earlyStopping(new EarlyStopping(0.001, 8, true));
    }
    return recipe.featureCache(folder.resolve("features")).build();
  }

  private Architecture architecture(Path folder) throws IOException {
    return switch (this) {
      case HEAD, HEAD_EXACT -> shipped(folder);
      case SMALL_CNN -> new LocalMaximaCnn();
      case DARKCOVIDNET -> new DarkCovidNet();
    };
  }

  /** The shipped network up to its last map, with the preprocessing of its card. */
  private static OnnxArchitecture shipped(Path folder) throws IOException {
    Files.createDirectories(folder);
    Path file = folder.resolve(SHIPPED_FILE);
    try (InputStream in = OnnxClassifier.class.getResourceAsStream(SHIPPED_FILE)) {
      if (in == null) {
        throw new ModelFormatException(
            "Presets: expected the model that ships in the library, found none. Use the complete"
                + " cxr-onnx.");
      }
      AtomicFile.write(file, ByteBuffer.wrap(in.readAllBytes()));
    }
    ModelCard card;
    try (OnnxClassifier classifier = OnnxClassifier.openDefault()) {
      card = classifier.card();
    }
    return OnnxArchitecture.of(OnnxBase.read(file), SHIPPED_MAP, card.preprocessing());
  }
}
