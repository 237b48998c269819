package io.cxr.commandline;

import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.model.OutputActivation;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep;
import io.cxr.train.Balance;
import io.cxr.train.EarlyStopping;
import io.cxr.train.LearningRateSchedule;
import io.cxr.train.Loss;
import io.cxr.train.LungAttentionFit;
import io.cxr.train.LungAttentionFit.MaskedFilm;
import io.cxr.train.Monitor;
import io.cxr.train.Solver;
import io.cxr.train.TrainingRecipe;
import io.cxr.train.architecture.Architecture;
import io.cxr.train.architecture.FrozenArchitecture;
import io.cxr.train.architecture.OnnxArchitecture;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.augmentation.Augmentation;
import io.cxr.train.export.OnnxBase;
import io.cxr.train.export.Precision;
import io.cxr.train.network.Pooling;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the commands that train have in common: the images, the network and how it is fitted. */
public final class TrainingOptions {
  private static final String SVM = "svm";

  /** Of images, where a network takes any. */
  private static final int USUAL_SIZE = 224;

  @Mixin private DataOptions data;

  @Option(
      names = "--skip-unreadable",
      description = "Leaves out images that cannot be read, which are named; else they are errors.")
  private boolean skipUnreadable;

  @Option(
      names = "--architecture",
      paramLabel = "NAME",
      description = "One of the networks that cxr networks lists; resnet50 by default.")
  private String architecture = "resnet50";

  @Option(
      names = "--head",
      paramLabel = "ACTIVATION",
      description = {
        "softmax, or sigmoid as the report's ResNet-50 has it; for pretrained networks. Softmax by",
        "default: a sigmoid's own logit says little when only the ratio to the others is trained.",
        "svm: a linear support vector machine on averaged features, with Platt's calibration."
      })
  private @Nullable String head;

  @Option(
      names = "--solver",
      paramLabel = "NAME",
      description = {
        "adam, or lbfgs: fits a head on a frozen base to all images at once, with the penalty --l2",
        "(one over the number of training images by default)."
      })
  private String solver = "adam";

  @Option(
      names = "--svm-cost",
      paramLabel = "C",
      description = "LIBLINEAR's C; by default an inner cross-validation chooses it.")
  private @Nullable Double svmCost;

  @Option(
      names = "--weights",
      paramLabel = "FILE.h5",
      description = "Keras ImageNet weights without top, for pretrained networks.")
  private @Nullable Path weights;

  @Option(
      names = "--base",
      paramLabel = "FILE.onnx",
      description = {
        "Any ONNX file as a frozen base, instead of --architecture and --weights. Its licence"
            + " governs",
        "the model."
      })
  private @Nullable Path base;

  @Option(
      names = "--features",
      paramLabel = "OUTPUT",
      description = {
        "The value of --base that the head learns from: a map [N, C, h, w], or a vector [N, C],"
            + " which",
        "gives no heatmaps."
      })
  private @Nullable String features;

  @Option(
      names = "--unfreeze",
      paramLabel = "BLOCKS",
      description = "How many of the last blocks of a pretrained network are learnt, too.")
  private int unfreeze;

  @Option(
      names = "--preprocess",
      paramLabel = "STEPS",
      description = {
        "Instead of the network's own steps, such as crop=0.1,equalize,resize=bilinear,blur=1.5:",
        "crop=SHARE, centre-crop, pad, equalize, clahe=LIMIT, blur=SIGMA,",
        "resize=bilinear|nearest|bicubic|area, in their order;",
        "normalize=unit-range|signed-unit-range|caffe-bgr-mean|torch-mean-deviation|z-score,",
        "normalize=MEAN/DEVIATION in gray levels (a channel each: 124:116:104/58:57:57), or",
        "normalize=range=LOW..HIGH."
      })
  private @Nullable String preprocess;

  @Option(
      names = "--augment",
      paramLabel = "NAME",
      description = {
        "none, source-randomizing, report-general, or the preset of one of the report's networks:",
        "report-vgg16, report-resnet50, report-cnn, report-local-maxima-cnn."
      })
  private @Nullable String augment;

  @Option(
      names = "--views",
      paramLabel = "K",
      description = "Augmented views of an image that a frozen base computes features of.")
  private @Nullable Integer views;

  @Option(names = "--epochs", paramLabel = "N", description = "The most epochs.")
  private int epochs = 30;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Images a step; 32, or 16 for the CNNs.")
  private @Nullable Integer batch;

  @Option(
      names = "--steps-per-epoch",
      paramLabel = "N",
      description = "Steps an epoch; by default as many as show every image once.")
  private @Nullable Integer stepsPerEpoch;

  @Option(names = "--learning-rate", paramLabel = "X", description = "Adam's learning rate.")
  private @Nullable Double learningRate;

  @Option(
      names = "--schedule",
      paramLabel = "NAME",
      description = "constant, cosine (down to a hundredth), or step=EPOCHS:FACTOR.")
  private String schedule = "constant";

  @Option(names = "--weight-decay", paramLabel = "X", description = "Decoupled, as in AdamW.")
  private double weightDecay;

  @Option(names = "--label-smoothing", paramLabel = "X", description = "From 0 to below 1.")
  private double labelSmoothing;

  @Option(
      names = "--l2",
      paramLabel = "X",
      description = "Half of it times the squared weights is added to the loss.")
  private double l2;

  @Option(
      names = "--blank-centres",
      description = {
        "Shows images without their centre, too, with all classes as likely, so that the frame",
        "says nothing; for pretrained networks."
      })
  private boolean blankCentres;

  @Option(
      names = "--view-head",
      description = {
        "Learns to refuse rotated, mirrored and inverted films, each with its own reason, from"
            + " such",
        "views of the training images."
      })
  private boolean viewHead;

  @Option(
      names = "--laterals",
      paramLabel = "DIR",
      description = {
        "A folder of lateral views, for --view-head to refuse, too; their patients are taken from",
        "patients.csv beside the folder, if there is one that names them."
      })
  private @Nullable Path laterals;

  @Option(
      names = "--size",
      paramLabel = "PIXELS",
      description = "Input size of pretrained networks.")
  private @Nullable Integer size;

  @Option(
      names = "--cut",
      paramLabel = "LAYER",
      description = {
        "The last layer of a pretrained network, such as conv4_block3_out of resnet50, for a",
        "smaller file or a finer heatmap."
      })
  private @Nullable String cut;

  @Option(
      names = "--scales",
      split = ",",
      paramLabel = "LAYER",
      description = {
        "Layers of a pretrained network, from the lowest up, such as",
        "conv3_block4_out,conv5_block3_out: the head learns from all of them, and the heatmap is"
            + " as",
        "fine as the first."
      })
  private @Nullable List<String> scales;

  @Option(
      names = "--moments",
      description = {
        "The head of a frozen pretrained network takes the standard deviation of each channel of"
            + " the",
        "last map as well as its mean."
      })
  private boolean moments;

  @Option(
      names = "--lung-masks",
      paramLabel = "DIR",
      description = {
        "With --moments: means and deviations over the lungs, which are learnt from the masks",
        "CLASS-NAME.png in DIR, white where lung is, of images CLASS/.../NAME of --data."
      })
  private @Nullable Path lungMasks;

  private @Nullable Architecture network;

  @Option(
      names = "--precision",
      paramLabel = "NAME",
      description = "fp32, or fp16 (float16): weights as 16-bit floats, half the file.")
  private String precision = "fp32";

  @Option(names = "--focal", paramLabel = "GAMMA", description = "Focal loss with this gamma.")
  private @Nullable Double focal;

  @Option(
      names = "--clip",
      paramLabel = "NORM",
      description = "The greatest L2 norm of a layer's gradient.")
  private @Nullable Double clip;

  @Option(
      names = "--class-weight",
      paramLabel = "CLASS=X",
      description = "How much an image of the class counts in the training loss; repeatable.")
  private Map<String, Double> classWeights = new LinkedHashMap<>();

  @Option(
      names = "--balanced",
      description = "Weights classes so that each counts the same in the training loss.")
  private boolean balanced;

  @Option(
      names = "--balance",
      paramLabel = "WHAT",
      description = {
        "Which images count alike in the training loss: class, as --balanced; source: classes, and",
        "within each class the sources that have it. Needs --sources."
      })
  private @Nullable String balance;

  @Option(
      names = "--source-penalty",
      paramLabel = "X",
      description = {
        "For a head on a frozen base: half of it times the weights' squares along what tells the",
        "sources of a class apart is added to the loss, such as 1 or 10. Needs --sources."
      })
  private double sourcePenalty;

  @Option(
      names = "--calibrate-on",
      paramLabel = "WHAT",
      description = {
        "validation: calibration and thresholds are fitted to the validation images; source: to",
        "answers about each source by a head on a frozen base that was fitted to the others."
      })
  private String calibrateOn = "validation";

  @Option(
      names = "--monitor",
      paramLabel = "FIGURE",
      description = {
        "val-loss, val-accuracy or, of findings, val-auroc: decides the best epoch and when to",
        "stop. val-auroc by default of findings, else val-loss."
      })
  private @Nullable String monitor;

  @Option(
      names = "--positive-weight",
      paramLabel = "WHAT",
      description = {
        "Of findings: balanced, so that images with a finding weigh as much in the training loss"
            + " as",
        "those without it; none by default."
      })
  private String positiveWeight = "none";

  @Option(
      names = "--huber",
      paramLabel = "DELTA",
      description = {
        "Of measurements: Huber's loss in place of the squared error; large errors begin at so"
            + " many",
        "standard deviations."
      })
  private @Nullable Double huber;

  @Option(
      names = "--patience",
      paramLabel = "N",
      description = "Stops after so many epochs without a gain; 0 runs all epochs.")
  private int patience = 5;

  @Option(names = "--min-delta", paramLabel = "X", description = "The least gain that counts.")
  private double minimumDelta = 0.001;

  @Option(
      names = "--keep-last",
      description = "Keeps the weights of the last epoch, not those of the best.")
  private boolean keepLast;

  @Mixin private FeatureCacheOptions cache;

  @Mixin private DeviceOption device;

  @Mixin private SeedOption seed;

  /**
   * Of the split, the initial weights and the order.
   *
   * @return the seed
   */
  public long seed() {
    return seed.seed();
  }

  /**
   * The images as they are listed: none is opened, and some may be unreadable.
   *
   * @param withPatients whether patients are kept on one side
   * @param err where it is said what was left out
   * @return the images
   * @throws IOException if the folder or table cannot be read
   */
  public ImageSet listed(boolean withPatients, PrintWriter err) throws IOException {
    return data.open(withPatients, err);
  }

  /**
   * The images; without their patients where they are to be treated as strangers.
   *
   * @param withPatients whether patients are kept on one side
   * @param err where images that cannot be read are named
   * @return the images that can be read
   * @throws IOException if the folder or table cannot be read, or images cannot, which are errors
   */
  public ImageSet folder(boolean withPatients, PrintWriter err) throws IOException {
    ImageSet folder = listed(withPatients, err);
    Map<LabelledRadiograph, String> unreadable = folder.unreadable();
    if (unreadable.isEmpty()) {
      return folder;
    }
    unreadable.forEach((item, reason) -> err.println("cxr: " + item.file() + ": " + reason));
    err.flush();
    String count = unreadable.size() + " of " + folder.items().size() + " images cannot be read";
    if (!skipUnreadable) {
      throw new UnreadableInputsException(
          count + "; they are named above. Mend or remove them, or give --skip-unreadable.");
    }
    err.println("cxr: " + count + " and are left out.");
    err.flush();
    return folder.without(unreadable.keySet());
  }

  /**
   * The lateral views, if any were given.
   *
   * @param err where it is said what was left out
   * @return the films; none where no folder was given
   * @throws IOException if the folder cannot be read
   */
  public List<LabelledRadiograph> laterals(PrintWriter err) throws IOException {
    if (laterals == null) {
      return List.of();
    }
    Path folder = laterals.toAbsolutePath().normalize();
    ImageFolder.Builder views =
        ImageFolder.builder(folder.resolveSibling(".").normalize())
            .classes(folder.getFileName().toString());
    Path patients = folder.resolveSibling("patients.csv");
    if (Files.exists(patients)) {
      views.patients(patients);
    }
    ImageSet opened = views.open();
    RadiographFiles.sayLeftOut(err, opened.leftOut());
    return opened.items();
  }

  private Architecture network() throws IOException {
    if (network == null) {
      network = base == null ? described() : onnx(base);
    }
    return network;
  }

  private OnnxArchitecture onnx(Path file) throws IOException {
    if (features == null) {
      throw new IllegalArgumentException(
          "--base: expected the name of a value of the file as well, found none. Give --features"
              + " OUTPUT.");
    }
    if (weights != null || unfreeze != 0 || cut != null || scales != null || moments) {
      throw new IllegalArgumentException(
          "--base: expected without --weights, --unfreeze, --cut, --scales and --moments, which are"
              + " for"
              + " networks that cxr knows.");
    }
    OnnxBase read = OnnxBase.read(file);
    PreprocessingSpec usual =
        OnnxArchitecture.usual(read, size == null ? read.rows().orElse(USUAL_SIZE) : size);
    return OnnxArchitecture.of(
            read,
            features,
            preprocess == null
                ? usual
                : PreprocessingOption.parse(
                    preprocess, usual.inputShape().rows(), usual.steps(), usual.layout()))
        .withHead(activation());
  }

  private OutputActivation activation() {
    return switch (head == null ? "softmax" : head) {
      case "softmax", SVM -> OutputActivation.SOFTMAX;
      case "sigmoid" -> OutputActivation.SIGMOID_PER_LABEL;
      default ->
          throw new IllegalArgumentException(
              "--head: expected softmax, sigmoid or svm, found " + head);
    };
  }

  private PretrainedArchitecture headed(PretrainedArchitecture below) {
    PretrainedArchitecture under =
        SVM.equals(head) ? below.withPooling(Pooling.GLOBAL_AVERAGE) : below;
    return under.withHead(activation());
  }

  /** With moments where they are asked for, over the lungs where there are masks. */
  private PretrainedArchitecture pooled(PretrainedArchitecture below) throws IOException {
    Path masks = lungMasks;
    Path file = weights;
    if (masks == null) {
      return moments ? below.withMoments() : below;
    }
    if (!moments) {
      throw new IllegalArgumentException("--lung-masks: expected with --moments.");
    }
    if (file == null) {
      throw new IllegalArgumentException("--lung-masks: expected with --weights FILE.");
    }
    ImageSet images = data.open(new PrintWriter(Writer.nullWriter()));
    List<MaskedFilm> films = new LungMaskFolder(masks).films(images);
    return below.withLungMoments(LungAttentionFit.of(below, file, films));
  }

  private Architecture described() throws IOException {
    Architecture named = Architecture.named(architecture);
    if (features != null) {
      throw new IllegalArgumentException("--features: expected with --base FILE.onnx only.");
    }
    if (!(named instanceof PretrainedArchitecture pretrained)) {
      if (head != null
          || unfreeze != 0
          || size != null
          || cut != null
          || scales != null
          || moments
          || lungMasks != null) {
        throw new IllegalArgumentException(
            "--size, --cut, --scales, --moments, --lung-masks, --head and --unfreeze: expected for"
                + " pretrained networks only,"
                + " found with "
                + architecture);
      }
      return named;
    }
    if (cut != null && scales != null) {
      throw new IllegalArgumentException(
          "--cut: expected without --scales, whose last layer is the cut.");
    }
    PretrainedArchitecture below = cut == null ? pretrained : pretrained.withLastLayer(cut);
    PretrainedArchitecture headed =
        headed(sized(scales == null ? below : below.withScales(scales)));
    return unfreeze == 0 ? pooled(headed) : pooled(headed.withUnfrozen(unfreeze));
  }

  /** What the user should know of the network before it is trained. */
  List<String> notes() throws IOException {
    if (!(network() instanceof OnnxArchitecture onnx) || base == null) {
      return List.of();
    }
    List<String> notes = new ArrayList<>();
    notes.add(
        "Note: the licence of "
            + base.getFileName()
            + " governs the model, too, which holds its weights.");
    if (preprocess == null || !preprocess.contains("normalize=")) {
      notes.add(
          "Note: the file does not say how its network wants images; they are normalised as"
              + " torchvision does. --preprocess normalize=... says otherwise.");
    }
    if (!onnx.givesMap()) {
      notes.add(
          "Note: "
              + features
              + " is a vector, so that the model has no heatmaps. Name a map [N, C, h, w] for"
              + " them.");
    }
    return notes;
  }

  private PretrainedArchitecture sized(PretrainedArchitecture network) {
    PreprocessingSpec own = network.preprocessing();
    if (size == null && preprocess == null) {
      return network;
    }
    int pixels = size == null ? own.inputShape().rows() : size;
    if (preprocess != null) {
      return network.withPreprocessing(
          PreprocessingOption.parse(preprocess, pixels, own.steps(), own.layout()));
    }
    List<PreprocessingStep> steps = new ArrayList<>(own.steps());
    steps.replaceAll(
        step ->
            step instanceof PreprocessingStep.Resize resize
                ? new PreprocessingStep.Resize(pixels, pixels, resize.resampling())
                : step);
    return network.withPreprocessing(new PreprocessingSpec(steps, own.layout()));
  }

  /**
   * Whether images that cannot be read are left out.
   *
   * @return false where they are errors
   */
  public boolean skipsUnreadable() {
    return skipUnreadable;
  }

  /**
   * The penalty of a head that is fitted to all images at once.
   *
   * @param images how many there are for training
   * @return the one that was given, else one over the number of images
   */
  public double regularization(int images) {
    return l2 > 0 ? l2 : 1.0 / images;
  }

  /**
   * How the model file stores weights.
   *
   * @return 32-bit or 16-bit floats
   */
  public Precision precision() {
    return switch (precision) {
      case "fp32", "float32" -> Precision.FP32;
      case "fp16", "float16" -> Precision.FP16;
      default ->
          throw new IllegalArgumentException(
              "--precision: expected fp32 or fp16, found " + precision);
    };
  }

  /** The network's name. */
  String architecture() throws IOException {
    return network().name();
  }

  /**
   * How the network learns.
   *
   * @return the recipe
   * @throws IOException if a file of the network cannot be read
   * @throws IllegalArgumentException if options do not fit
   */
  public TrainingRecipe recipe() throws IOException {
    Architecture chosen = network();
    TrainingRecipe.Builder recipe =
        TrainingRecipe.builder(chosen)
            .epochs(epochs)
            .seed(seed.seed())
            .schedule(schedule())
            .weightDecay(weightDecay)
            .labelSmoothing(labelSmoothing)
            .l2(l2)
            .solver(solver())
            .blankedCentres(blankCentres)
            .viewHead(viewHead || laterals != null);
    if (preprocess != null && !(chosen instanceof FrozenArchitecture)) {
      PreprocessingSpec own = chosen.preprocessing();
      recipe.preprocessing(
          PreprocessingOption.parse(
              preprocess, own.inputShape().rows(), own.steps(), own.layout()));
    }
    ifGiven(augment, name -> recipe.augmentation(Augmentation.named(name)));
    ifGiven(views, recipe::views);
    ifGiven(weights, recipe::weights);
    ifGiven(batch, recipe::batchSize);
    ifGiven(stepsPerEpoch, recipe::stepsPerEpoch);
    ifGiven(learningRate, recipe::learningRate);
    ifGiven(monitor, name -> recipe.monitor(monitor(name)));
    ifGiven(focal, gamma -> recipe.loss(new Loss.Focal(gamma)));
    ifGiven(huber, delta -> recipe.loss(new Loss.Huber(delta)));
    ifGiven(clip, recipe::gradientClip);
    cache.set(recipe);
    recipe.session(device.settings());
    recipe.balance(balance());
    recipe.sourcePenalty(sourcePenalty);
    recipe.calibratedOnSources(calibratesOnSources());
    if (!classWeights.isEmpty()) {
      recipe.classWeights(classWeights);
    }
    if (patience != 0) {
      recipe.earlyStopping(new EarlyStopping(minimumDelta, patience, !keepLast));
    } else if (keepLast) {
      // A patience as long as the training never stops it early.
      recipe.earlyStopping(new EarlyStopping(minimumDelta, epochs, false));
    } else {
      recipe.noEarlyStopping();
    }
    return recipe.build();
  }

  private static <T> void ifGiven(@Nullable T value, Consumer<T> setting) {
    if (value != null) {
      setting.accept(value);
    }
  }

  private LearningRateSchedule schedule() {
    if (schedule.equals("constant")) {
      return new LearningRateSchedule.Constant();
    } else if (schedule.equals("cosine")) {
      return new LearningRateSchedule.Cosine(0.01);
    } else if (schedule.matches("step=\\d+:[0-9.]+")) {
      String[] values = schedule.substring("step=".length()).split(":", -1);
      return new LearningRateSchedule.Step(
          Integer.parseInt(values[0]), Double.parseDouble(values[1]));
    }
    throw new IllegalArgumentException(
        "--schedule: expected constant, cosine or step=EPOCHS:FACTOR, found " + schedule);
  }

  private Solver solver() {
    boolean svm = SVM.equals(head);
    if (svmCost != null && !svm) {
      throw new IllegalArgumentException("--svm-cost: expected with --head svm only");
    }
    if (svm && !solver.equals("adam")) {
      throw new IllegalArgumentException(
          "--solver: expected none with --head svm, which has its own, found " + solver);
    }
    if (svm) {
      return new Solver.LinearSvm(
          svmCost == null ? OptionalDouble.empty() : OptionalDouble.of(svmCost));
    }
    return switch (solver) {
      case "adam" -> new Solver.Adam();
      case "lbfgs" -> new Solver.Lbfgs();
      default ->
          throw new IllegalArgumentException("--solver: expected adam or lbfgs, found " + solver);
    };
  }

  private Balance balance() {
    if (balance != null && (balanced || !classWeights.isEmpty())) {
      throw new IllegalArgumentException(
          "--balance: expected without --balanced and --class-weight, which it stands for.");
    }
    boolean positives = isPositiveWeightBalanced();
    if (positives && balance != null) {
      throw new IllegalArgumentException(
          "--positive-weight: expected without --balance, which is for classes.");
    }
    if (balance == null) {
      return balanced || positives ? Balance.LABELS : Balance.NONE;
    }
    return switch (balance) {
      case "class" -> Balance.LABELS;
      case "source" -> Balance.SOURCES;
      default ->
          throw new IllegalArgumentException(
              "--balance: expected class or source, found " + balance);
    };
  }

  private boolean isPositiveWeightBalanced() {
    return switch (positiveWeight) {
      case "none" -> false;
      case "balanced" -> true;
      default ->
          throw new IllegalArgumentException(
              "--positive-weight: expected balanced or none, found " + positiveWeight);
    };
  }

  private boolean calibratesOnSources() {
    return switch (calibrateOn) {
      case "validation" -> false;
      case "source" -> true;
      default ->
          throw new IllegalArgumentException(
              "--calibrate-on: expected validation or source, found " + calibrateOn);
    };
  }

  private static Monitor monitor(String name) {
    return switch (name) {
      case "val-loss" -> Monitor.VALIDATION_LOSS;
      case "val-accuracy" -> Monitor.VALIDATION_ACCURACY;
      case "val-auroc" -> Monitor.VALIDATION_AUROC;
      default ->
          throw new IllegalArgumentException(
              "--monitor: expected val-loss, val-accuracy or val-auroc, found " + name);
    };
  }
}
