package io.cxr.workbench.training;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The process that trains a job, as the server sees it: it is followed by what it says, asked to
 * stop, or killed. Thread-safe; one thread follows it.
 */
final class JobProcess {
  private final String job;
  private final Process process;
  private final TrainingLog log;
  private final long logged;
  private volatile Job.Live live = Job.Live.STARTING;

  private JobProcess(String job, Process process, TrainingLog log, long logged) {
    this.job = job;
    this.process = process;
    this.log = log;
    this.logged = logged;
  }

  /**
   * Starts it, with as much heap as this process has.
   *
   * @param job the job's id
   * @param folder the job's
   */
  static JobProcess start(String job, Path folder) throws IOException {
    TrainingLog log = new TrainingLog(folder);
    long logged = log.size();
    return new JobProcess(
        job, TrainingCommand.start(folder, Runtime.getRuntime().maxMemory()), log, logged);
  }

  /** Whether it trains a job. */
  boolean isOf(String id) {
    return job.equals(id);
  }

  /** What it is doing. */
  Job.Live live() {
    return live;
  }

  /** Asks it to end after the epoch. */
  void askToStop() {
    try {
      OutputStream commands = process.getOutputStream();
      commands.write((TrainingProcess.STOP + "\n").getBytes(StandardCharsets.UTF_8));
      commands.flush();
    } catch (IOException e) {
      // It has ended already.
    }
  }

  /** Ends it at once, which loses what was learnt since the last checkpoint. */
  void kill() {
    process.destroyForcibly();
  }

  /** Waits for its end. */
  void join() {
    process.onExit().join();
  }

  /**
   * Reads what it says until it closes its output.
   *
   * @param heard called with each message
   * @return the message that says how it ended, or null if it did not say so
   */
  @Nullable TrainingMessage follow(Consumer<TrainingMessage> heard) throws IOException {
    TrainingMessage end = null;
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Optional<TrainingMessage> message = TrainingMessage.read(line);
        if (message.isPresent()) {
          live = after(message.get());
          heard.accept(message.get());
          end = message.get().end() == null ? end : message.get();
        } else {
          // The Java runtime says so why it cannot start, and native libraries print.
          log.append(line);
        }
      }
    }
    return end;
  }

  private Job.Live after(TrainingMessage message) {
    Job.Live before = live;
    return new Job.Live(
        message.stage() == null ? before.stage() : message.stage(),
        message.epoch() == null ? before.epoch() : message.epoch(),
        message.stage() == null ? before.etaSeconds() : message.etaSeconds());
  }

  /** What it died of, if it did not say how it ended. */
  String death() throws IOException {
    return TrainingFailure.ofProcess(process.exitValue(), log.lastMessage(logged));
  }
}
