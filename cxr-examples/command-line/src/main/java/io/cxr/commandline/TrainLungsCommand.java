package io.cxr.commandline;

import io.cxr.Prediction;
import io.cxr.dataset.ImageSet;
import io.cxr.dataset.MaskFolder;
import io.cxr.train.lungs.LungProgress;
import io.cxr.train.lungs.LungRecipe;
import io.cxr.train.lungs.LungScores;
import io.cxr.train.lungs.LungTraining;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains a network that finds lungs. */
@Command(
    name = "train-lungs",
    description = {
      "Trains a small U-Net that finds the lungs, from films and masks of lungs, and says how well",
      "it agrees with masks of patients left out. " + Prediction.NOTICE + "%n"
    },
    mixinStandardHelpOptions = true)
final class TrainLungsCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private DataOptions data;

  @Option(
      names = "--masks",
      required = true,
      paramLabel = "DIR",
      description = {
        "PNG files, bright where lung is: CLASS/film.png or CLASS-film.png for CLASS/film.jpg.",
        "Films without a mask are passed over."
      })
  private Path masks;

  @Option(
      names = "--out",
      paramLabel = "LUNGS.onnx",
      description = "The model file; without it, only the agreement is measured.")
  private @Nullable Path out;

  @Option(
      names = "--folds",
      paramLabel = "N",
      description = {
        "Trains N times before, each time without a part of the patients, and measures the"
            + " agreement",
        "on that part; 3 by default, 0 for no measurement."
      })
  private int folds = 3;

  @Option(
      names = "--hold-out",
      paramLabel = "PARTS",
      description = {
        "Trains the model file without one of PARTS parts of the patients, the first of --folds",
        "PARTS, and measures the file on it: figures of the very file. All films by default."
      })
  private @Nullable Integer holdOut;

  @Option(names = "--epochs", paramLabel = "N", description = "How often each film is shown.")
  private int epochs = LungRecipe.DEFAULT.epochs();

  @Option(names = "--seed", paramLabel = "N", description = "Decides the weights; 1 by default.")
  private long seed = LungRecipe.DEFAULT.seed();

  @Option(names = "--name", paramLabel = "NAME", description = "The model's name.")
  private String name = "lungs";

  @Option(names = "--model-version", paramLabel = "VERSION", description = "The model's version.")
  private String version = "1";

  @Option(
      names = "--attribution",
      paramLabel = "TEXT",
      description =
          "Whose films or masks these are, and their licence; may be given several times.")
  private List<String> attributions = new ArrayList<>();

  @Override
  public Integer call() throws IOException {
    PrintWriter err = spec.commandLine().getErr();
    PrintWriter writer = spec.commandLine().getOut();
    if (out != null) {
      OutputName.check("--out", out, ".onnx");
    }
    ImageSet folder = data.open(err);
    LungTraining training =
        LungTraining.of(
            folder,
            MaskFolder.open(masks),
            LungRecipe.DEFAULT.withSeed(seed).withEpochs(epochs),
            progress(err));
    Map<String, Double> metrics = Map.of();
    if (folds > 0) {
      LungScores scores = training.crossValidate(folds);
      metrics = scores.figures();
      writer.println(scores.format());
      writer.flush();
    }
    if (out != null) {
      if (holdOut == null) {
        training.train(name, version, metrics, attributions, out);
      } else {
        writer.println(training.trainWithout(holdOut, name, version, attributions, out).format());
      }
      writer.printf(Locale.ROOT, "Wrote %s, %.2f MB%n", out, Files.size(out) / 1e6);
      writer.flush();
    }
    return 0;
  }

  private static LungProgress progress(PrintWriter err) {
    return new LungProgress() {
      @Override
      public void stage(String stage) {
        err.println(stage);
        err.flush();
      }

      @Override
      public void foldDone(LungScores scores) {
        err.println(scores.format());
        err.flush();
      }

      @Override
      public void epochDone(int epoch, int epochs, double loss, double seconds) {
        err.printf(Locale.ROOT, "epoch %d/%d  loss %.4f  %.1f s%n", epoch, epochs, loss, seconds);
        err.flush();
      }
    };
  }
}
