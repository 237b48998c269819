package io.cxr.commandline;

import io.cxr.train.TrainingHistory;
import io.cxr.train.TrainingProgress;
import java.io.PrintWriter;
import java.util.Locale;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * Shows a training's progress: a line an epoch, and on a terminal a bar with the time left. A log
 * file wants no bar that overwrites itself.
 */
final class ProgressBars implements TrainingProgress, AutoCloseable {
  private static final int WIDTH = 100;
  private final PrintWriter writer;

  /** Set by the launcher, which can see whether standard error is a terminal; Java cannot. */
  private final boolean terminal = Boolean.getBoolean("cxr.terminal");

  private @Nullable ProgressBar bar;

  ProgressBars(PrintWriter writer) {
    this.writer = writer;
  }

  @Override
  public void imagePrepared(int done, int total) {
    step("images", done, total, "");
    if (!terminal && 4 * done / total > 4 * (done - 1) / total) {
      writer.printf("images %d/%d%n", done, total);
      writer.flush();
    }
  }

  @Override
  public void stepDone(int epoch, int epochs, int step, int steps, double loss, double accuracy) {
    step(
        "epoch " + epoch + "/" + epochs,
        step,
        steps,
        String.format(Locale.ROOT, "loss %.4f accuracy %.4f", loss, accuracy));
  }

  @Override
  public void epochDone(TrainingHistory.Epoch figures, int epochs, boolean best) {
    endBar();
    writer.printf(
        Locale.ROOT,
        "epoch %d/%d  loss %.4f  accuracy %.4f  val_loss %.4f  val_accuracy %.4f  %.1f s%s%n",
        figures.epoch(),
        epochs,
        figures.trainingLoss(),
        figures.trainingAccuracy(),
        figures.validationLoss(),
        figures.validationAccuracy(),
        figures.seconds(),
        best ? "  best so far" : "");
    writer.flush();
  }

  /** What is trained next. */
  void stage(String message) {
    endBar();
    writer.println(message);
    writer.flush();
  }

  @Override
  public void warning(String message) {
    endBar();
    writer.println("Warning: " + message);
    writer.flush();
  }

  private void step(String task, int done, int total, String message) {
    if (!terminal) {
      return;
    }
    if (bar == null) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(task)
              .setInitialMax(total)
              .setStyle(ProgressBarStyle.ASCII)
              .setUpdateIntervalMillis(200)
              .setConsumer(new DelegatingProgressBarConsumer(this::show, WIDTH))
              .build();
    }
    bar.stepTo(done);
    bar.setExtraMessage(message);
    if (done == total) {
      endBar();
    }
  }

  private void show(String line) {
    writer.print('\r' + line);
    writer.flush();
  }

  private void endBar() {
    if (bar != null) {
      bar.close();
      bar = null;
      writer.print("\r" + " ".repeat(WIDTH) + "\r");
      writer.flush();
    }
  }

  @Override
  public void close() {
    endBar();
  }
}
