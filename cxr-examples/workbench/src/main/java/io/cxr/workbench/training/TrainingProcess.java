package io.cxr.workbench.training;

import io.cxr.dataset.Annotation;
import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.SplitPlan;
import io.cxr.train.Trainer;
import io.cxr.train.TrainingData;
import io.cxr.train.TrainingHistory;
import io.cxr.train.TrainingPlan;
import io.cxr.train.TrainingProgress;
import io.cxr.train.audit.ShortcutAudit;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The program that trains, in a process of its own, so that one that dies or takes too much memory
 * takes nobody along. It is given the folder of a job, says what it does as lines of JSON on
 * standard output, and reads lines on standard input: {@code stop} ends it after the epoch, with a
 * checkpoint. When standard input ends, whoever started it is gone, and it ends at once: what is on
 * disk is whole, and the next process goes on from there.
 */
public final class TrainingProcess {
  /** Which films validate is chosen by the seed. */
  private static final double VALIDATION = 0.2;

  /** The exit code of a process whose server is gone. */
  private static final int ORPHANED = 3;

  /** The exit code of a process that ran out of heap. */
  static final int OUT_OF_MEMORY = 4;

  /** Progress within a stage is said so often at most. */
  private static final long PAUSE_NANOS = 250_000_000;

  private static final String LOCK = "training.lock";
  private static final int LOCK_SECONDS = 60;

  static final String STOP = "stop";

  private final Path folder;
  private final PrintStream out;
  private volatile boolean stopAsked;

  private TrainingProcess(Path folder, PrintStream out) {
    this.folder = folder;
    this.out = out;
  }

  /** Thrown through the trainer while images are prepared: nothing is learnt yet that could go. */
  private static final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /**
   * Trains.
   *
   * @param arguments the job's folder
   */
  public static void main(String[] arguments) {
    PrintStream lines = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    // What libraries print is no line of ours.
    System.setOut(System.err);
    TrainingProcess process = new TrainingProcess(Path.of(arguments[0]), lines);
    process.listen(System.in);
    process.run();
    // Threads of native libraries may live on.
    System.exit(0);
  }

  private void listen(InputStream in) {
    Thread thread =
        new Thread(
            () -> {
              try (BufferedReader reader =
                  new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                  stopAsked |= line.equals(STOP);
                }
              } catch (IOException e) {
                // As if it had ended.
              }
              Runtime.getRuntime().halt(ORPHANED);
            },
            "commands");
    thread.setDaemon(true);
    thread.start();
  }

  private void say(TrainingMessage message) {
    out.println(message.toLine());
  }

  private void run() {
    @Nullable TrainingOrder order = null;
    try (FileChannel channel =
        FileChannel.open(
            folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      lock(channel);
      order = TrainingOrder.read(folder);
      train(order);
    } catch (Stopped e) {
      say(TrainingMessage.end(TrainingMessage.End.STOPPED, null));
    } catch (OutOfMemoryError e) {
      Runtime.getRuntime().halt(OUT_OF_MEMORY);
    } catch (IOException | RuntimeException | LinkageError e) {
      e.printStackTrace();
      say(
          TrainingMessage.end(
              TrainingMessage.End.FAILED,
              order == null
                  ? TrainingFailure.around(e, folder)
                  : TrainingFailure.within(e, order, folder)));
    }
  }

  /** A process of a server that was killed may need a moment to notice. */
  private static void lock(FileChannel channel) throws IOException {
    for (int second = 0; second < LOCK_SECONDS; second++) {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return;
      }
      try {
        Thread.sleep(1000);
      } catch (InterruptedException e) {
        throw new IOException("Interrupted while waiting for another process", e);
      }
    }
    throw new IOException(
        "Training: expected no other process at the same job, found one. End it, then resume.");
  }

  private void train(TrainingOrder order) throws IOException {
    say(TrainingMessage.stage("reading the films", null));
    ImageSet images = readable(order.data().open());
    images.notes().forEach(note -> say(TrainingMessage.warning(note)));
    Annotation.Kind kind = images.kind();
    TrainingData data = TrainingData.of(images, SplitPlan.of(VALIDATION, order.seed()));
    int learnt = data.split().training().size() + data.split().validation().size();
    say(TrainingMessage.images(learnt));
    checkStop();
    if (kind == Annotation.Kind.LABEL) {
      data = audited(order, images, data);
      checkStop();
    }
    say(TrainingMessage.stage("preparing", null));
    TrainingPlan plan =
        TrainingPlan.builder(
                order.preset().recipe(kind, order.epochs(), order.seed(), order.shared()),
                data,
                TrainingOrder.model(folder))
            .name(order.name())
            .resume(Files.exists(checkpoint()))
            .stopWhen(() -> stopAsked)
            .build();
    Progress progress = new Progress(order, learnt);
    new Trainer(plan, progress).train();
    boolean stopped = stopAsked && Files.exists(checkpoint());
    say(
        TrainingMessage.end(
            stopped ? TrainingMessage.End.STOPPED : TrainingMessage.End.DONE, null));
  }

  /** It stays beside the model exactly where the training can go on. */
  private Path checkpoint() {
    Path model = TrainingOrder.model(folder);
    return model.resolveSibling(
        String.valueOf(model.getFileName()).replaceFirst("\\.[^.]*$", "") + ".checkpoint");
  }

  private void checkStop() {
    if (stopAsked) {
      throw new Stopped();
    }
  }

  /** Without films that cannot be decoded, which are counted and named in the job's log. */
  private ImageSet readable(ImageSet images) {
    Set<LabelledRadiograph> unreadable = new HashSet<>(images.unreadable().keySet());
    if (unreadable.isEmpty()) {
      return images;
    }
    unreadable.forEach(film -> System.err.println("Left out: " + images.nameOf(film)));
    say(
        TrainingMessage.warning(
            unreadable.size()
                + " of "
                + images.items().size()
                + " films cannot be read and are left out."));
    return images.without(unreadable);
  }

  private TrainingData audited(TrainingOrder order, ImageSet images, TrainingData data)
      throws IOException {
    say(TrainingMessage.stage("auditing for shortcuts", null));
    try {
      return data.withShortcuts(
          ShortcutAudit.quick(images.without(new HashSet<>(data.split().test())), order.seed())
              .finding());
    } catch (IllegalArgumentException e) {
      say(TrainingMessage.warning("Not audited for shortcuts. " + e.getMessage()));
      return data;
    }
  }

  /** Says how it goes. */
  private final class Progress implements TrainingProgress {
    private final TrainingOrder order;
    private final RemainingTime remaining;
    private final long start = System.nanoTime();
    private long said;
    private int epoch;
    private long epochStart;
    private boolean over;

    Progress(TrainingOrder order, int images) {
      this.order = order;
      remaining = new RemainingTime(order.preset().cost(), order.epochs());
      remaining.images(images);
    }

    private boolean isTime() {
      long now = System.nanoTime();
      if (said != 0 && now - said < PAUSE_NANOS) {
        return false;
      }
      said = now;
      return true;
    }

    private double since(long then) {
      return (System.nanoTime() - then) / 1e9;
    }

    @Override
    public void imagePrepared(int done, int total) {
      // Also said once more when the novelty gate is fitted: there, a model is as good as done.
      if (!over) {
        checkStop();
      }
      if (isTime()) {
        say(
            TrainingMessage.stage(
                "preparing " + done + " of " + total,
                over ? null : remaining.preparing(done, total, since(start))));
      }
    }

    @Override
    public void stepDone(int now, int epochs, int step, int steps, double loss, double accuracy) {
      over = true;
      if (now != epoch) {
        epoch = now;
        epochStart = System.nanoTime();
      }
      if (isTime()) {
        say(
            TrainingMessage.step(
                "training", now, epochs, remaining.training(now, step, steps, since(epochStart))));
      }
    }

    @Override
    public void epochDone(TrainingHistory.Epoch figures, int epochs, boolean best) {
      remaining.epochDone(figures.seconds());
      say(TrainingMessage.epoch(figures, epochs));
      if (figures.epoch() == epochs || stopAsked) {
        say(TrainingMessage.stage("fitting calibration and gates", null));
      }
    }

    @Override
    public void warning(String message) {
      say(TrainingMessage.warning(ServerPaths.of(folder, order).hide(message)));
    }
  }
}
