package io.cxr.workbench.training;

import io.cxr.error.CxrException;
import io.cxr.workbench.dataset.DataSet;
import io.cxr.workbench.dataset.UserDataSets;
import io.cxr.workbench.http.ApiException;
import io.cxr.workbench.http.Events;
import io.cxr.workbench.models.Models;
import io.cxr.workbench.queue.JobQueue;
import io.cxr.workbench.state.Database;
import io.cxr.workbench.state.StateFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The trainings of all users: one at a time, in the order in which they were asked for, each in a
 * process of its own. Thread-safe.
 *
 * <p>A job has a folder with its order, its model, its checkpoint and its log, which goes with the
 * job. Jobs whose process ran when the workbench ended are stopped when it starts again, and go on
 * from their checkpoint when they are resumed; jobs that waited still wait.
 */
public final class Trainings implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Trainings.class.getName());
  private static final int FEWEST_TO_MEASURE = 50;

  private final JobStore store;
  private final JobQueue<Job> queue;
  private final Path shared;
  private final Models models;
  private final Clock clock;

  /** Guarded by the queue, since a job may be stopped while its process is started. */
  private @Nullable JobProcess running;

  private Trainings(Database database, StateFolder state, Events events, Models models, Clock clock)
      throws IOException {
    this.store = new JobStore(database);
    this.queue = new JobQueue<>("job", store, state.subfolder("jobs"), events, new Processes());
    this.shared = state.subfolder("shared");
    this.models = models;
    this.clock = clock;
  }

  /**
   * Takes up what was there when the workbench ended: opens finished models, stops jobs that ran,
   * and goes on with those that wait.
   *
   * @param database with {@link JobStore#TABLES}
   * @param state where jobs have their folders
   * @param events where pages are told how it goes
   * @param models where finished models go
   * @param clock tells when a job was asked for
   * @return the trainings, which the caller closes before the models
   * @throws IOException if the folder cannot be read
   */
  public static Trainings open(
      Database database, StateFolder state, Events events, Models models, Clock clock)
      throws IOException {
    Trainings trainings = new Trainings(database, state, events, models, clock);
    trainings.takeUp();
    trainings.queue.start();
    return trainings;
  }

  private void takeUp() {
    for (Job job : store.all()) {
      switch (job.state()) {
        case RUNNING, STOPPING ->
            store.update(
                job.with(Job.State.STOPPED, null)
                    .withWarning("The workbench ended while this ran. Resume it to go on."));
        case DONE -> {
          if (publish(job).isEmpty()) {
            store.update(withoutModel(job));
          }
        }
        case QUEUED, STOPPED, FAILED -> {
          // As it was left.
        }
      }
    }
  }

  /** Opens a finished model; empty, and said in the log, if that fails. */
  private Optional<String> publish(Job job) {
    try {
      return Optional.of(models.addOf(job.owner(), TrainingOrder.model(folderOf(job))).id());
    } catch (IOException | CxrException e) {
      LOG.log(
          System.Logger.Level.WARNING,
          "The model of job {0} cannot be opened: {1}",
          job.id(),
          e.getClass().getName());
      return Optional.empty();
    }
  }

  private Job withoutModel(Job job) {
    boolean there = Files.exists(TrainingOrder.model(folderOf(job)));
    return job.with(
            Job.State.FAILED, there ? TrainingFailure.MODEL_DAMAGED : TrainingFailure.MODEL_GONE)
        .withModel(null);
  }

  private Path folderOf(Job job) {
    return queue.folderOf(job.id());
  }

  /** Makes a data set in a job's folder, so that what is learnt from does not change any more. */
  @FunctionalInterface
  public interface DataSetSource {
    /**
     * Makes it, or tells where it is.
     *
     * @param folder of the job's own, empty
     * @return the data set
     * @throws IOException if it cannot be written
     */
    DataSet in(Path folder) throws IOException;
  }

  /**
   * What a user asks for.
   *
   * @param data the data set's id
   * @param preset how to train
   * @param name the model's name
   * @param epochs the most epochs
   * @param seed of split, initial weights and order
   */
  public record Request(String data, Preset preset, String name, int epochs, long seed) {}

  /**
   * Queues a training.
   *
   * @param user who asks
   * @param request what for
   * @param source where the films are
   * @return the job
   * @throws IOException if its folder cannot be written
   */
  public Map<String, @Nullable Object> add(String user, Request request, DataSetSource source)
      throws IOException {
    return queue.add(
        (id, own) -> {
          DataSet data = source.in(own);
          new TrainingOrder(
                  request.name(), data, request.preset(), request.epochs(), request.seed(), shared)
              .write(own);
          return new Job(
              id,
              user,
              clock.instant(),
              request.data(),
              data.name(),
              request.preset(),
              request.name(),
              request.epochs(),
              request.seed(),
              Job.State.QUEUED,
              List.of(),
              List.of(),
              null,
              0,
              null,
              null);
        });
  }

  /**
   * The jobs of a user.
   *
   * @param user who asks
   * @return as pages see them, the newest first
   */
  public List<Map<String, @Nullable Object>> of(String user) {
    return queue.of(user);
  }

  /**
   * A job of a user.
   *
   * @param user who asks
   * @param id of the job
   * @return as pages see it
   * @throws ApiException with status 404 if there is none, or it is another user's
   */
  public Map<String, @Nullable Object> get(String user, String id) {
    return toJson(queue.require(user, id));
  }

  /**
   * What the processes of a job wrote to their standard error.
   *
   * @param user who asks
   * @param id of the job
   * @return the end of it, without paths of the server; empty before the first process
   * @throws ApiException with status 404 if there is none, or it is another user's
   * @throws IOException if it cannot be read
   */
  public String log(String user, String id) throws IOException {
    return new TrainingLog(folderOf(queue.require(user, id))).text();
  }

  private Map<String, @Nullable Object> toJson(Job job) {
    JobProcess process = processOf(job);
    return job.toJson(process == null ? null : process.live());
  }

  private @Nullable JobProcess processOf(Job job) {
    synchronized (queue) {
      return running != null && running.isOf(job.id()) ? running : null;
    }
  }

  /**
   * Stops a job: one that waits at once, one that runs after its epoch; asked again, at once, which
   * loses what was learnt since the last checkpoint.
   *
   * @param user who asks
   * @param id of the job
   * @return the job
   * @throws ApiException with status 404 if there is none, 409 if it neither waits nor runs
   */
  public Map<String, @Nullable Object> stop(String user, String id) {
    return queue.change(user, id, this::stopping);
  }

  private Job stopping(Job job) {
    JobProcess process = processOf(job);
    return switch (job.state()) {
      case QUEUED -> job.with(Job.State.STOPPED, null);
      case RUNNING -> {
        if (process != null) {
          process.askToStop();
        }
        yield job.with(Job.State.STOPPING, null);
      }
      case STOPPING -> {
        if (process != null) {
          process.kill();
        }
        yield job;
      }
      case STOPPED, DONE, FAILED ->
          throw new ApiException(
              409,
              "STATE",
              "Stop: expected a job that waits or runs, found one that is " + job.state().word());
    };
  }

  /**
   * Queues a job again, which goes on from its checkpoint, to the same weights as if it had never
   * stopped.
   *
   * @param user who asks
   * @param id of the job
   * @return the job
   * @throws ApiException with status 404 if there is none, 409 if it is not stopped or failed
   */
  public Map<String, @Nullable Object> resume(String user, String id) {
    return queue.change(user, id, Trainings::resumed);
  }

  private static Job resumed(Job job) {
    if (job.state() != Job.State.STOPPED && job.state() != Job.State.FAILED) {
      throw new ApiException(
          409,
          "STATE",
          "Resume: expected a job that is stopped or failed, found one that is "
              + job.state().word());
    }
    return job.with(Job.State.QUEUED, null);
  }

  /**
   * Deletes a job with all that is of it, its model included; one that runs is ended.
   *
   * @param user who asks
   * @param id of the job
   * @throws ApiException with status 404 if there is none
   * @throws IOException if a file cannot be deleted
   */
  public void delete(String user, String id) throws IOException {
    queue.delete(user, id);
  }

  /**
   * Deletes all jobs of a user with their models.
   *
   * @param user whose
   * @throws IOException if a file cannot be deleted
   */
  public void deleteAll(String user) throws IOException {
    queue.deleteAll(user);
  }

  /**
   * Who has jobs.
   *
   * @return their names
   */
  public Set<String> owners() {
    return store.owners();
  }

  /**
   * What a training by a preset takes on this computer: as the last one took that ran from start to
   * end, or else as it took where the presets were measured.
   *
   * @param preset which
   * @return its cost
   */
  public Preset.Cost cost(Preset preset) {
    List<Job> done = new ArrayList<>(store.in(Job.State.DONE));
    for (int i = done.size() - 1; i >= 0; i--) {
      Job job = done.get(i);
      Integer images = job.images();
      if (job.preset() == preset && images != null && images >= FEWEST_TO_MEASURE) {
        double epochs = job.history().stream().mapToDouble(epoch -> epoch.seconds()).sum();
        double once = preset.cost().once();
        return new Preset.Cost(
            once,
            Math.max(0, job.seconds() - once - epochs) / images,
            epochs / Math.max(1, job.history().size()) / images);
      }
    }
    return preset.cost();
  }

  private void train(Job job) throws IOException {
    long start = System.nanoTime();
    JobProcess process;
    synchronized (queue) {
      Optional<Job> now = store.find(job.id());
      if (queue.isClosed() || now.isEmpty()) {
        return;
      }
      process = JobProcess.start(job.id(), folderOf(job));
      running = process;
      if (now.get().state() == Job.State.STOPPING) {
        process.askToStop();
      }
    }
    TrainingMessage end;
    try {
      queue.tell(job);
      end = process.follow(message -> heard(job, message));
    } catch (IOException | RuntimeException e) {
      // Nobody follows it any more.
      process.kill();
      throw e;
    } finally {
      process.join();
      synchronized (queue) {
        running = null;
      }
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    String death = process.death();
    Optional<Job> over =
        queue.settle(job.id(), each -> ended(each.withSeconds(seconds), end, death));
    if (over.map(Job::state).equals(Optional.of(Job.State.DONE))) {
      // Films of a labelled set: nobody goes on from here.
      StateFolder.deleteTree(folderOf(job).resolve(UserDataSets.COPY));
    }
  }

  private void heard(Job job, TrainingMessage message) {
    if (message.figures() != null || message.images() != null || message.warning() != null) {
      queue.change(job.id(), each -> with(each, message));
    } else {
      store.find(job.id()).ifPresent(queue::tell);
    }
  }

  private static Job with(Job job, TrainingMessage message) {
    Job changed = job;
    if (message.figures() != null) {
      changed = changed.withEpoch(message.figures());
    }
    if (message.images() != null) {
      changed = changed.withImages(message.images());
    }
    return message.warning() == null ? changed : changed.withWarning(message.warning());
  }

  /** A job whose process is gone, which died in some way if it did not say how it ended. */
  private Job ended(Job job, @Nullable TrainingMessage end, String died) {
    TrainingMessage.End how = end == null ? null : end.end();
    if (how == TrainingMessage.End.DONE) {
      return publish(job)
          .map(model -> job.with(Job.State.DONE, null).withModel(model))
          .orElseGet(() -> withoutModel(job));
    }
    if (how == TrainingMessage.End.FAILED) {
      return job.with(Job.State.FAILED, end == null ? null : end.error());
    }
    if (how == TrainingMessage.End.STOPPED || isToStop(job)) {
      return job.with(Job.State.STOPPED, null);
    }
    return job.with(Job.State.FAILED, died);
  }

  /** Whether a user or the end of the workbench ends its process. */
  private boolean isToStop(Job job) {
    return job.state() == Job.State.STOPPING || queue.isClosed();
  }

  /** Ends the process that runs, whose job is then stopped. Idempotent. */
  @Override
  public void close() {
    queue.close();
  }

  /** Each job in a process of its own. */
  private final class Processes implements JobQueue.Handler<Job> {
    @Override
    public Map<String, @Nullable Object> toJson(Job job) {
      return Trainings.this.toJson(job);
    }

    @Override
    public Job started(Job waiting) {
      return waiting.with(Job.State.RUNNING, null);
    }

    @Override
    public void run(Job job) throws IOException {
      train(job);
    }

    @Override
    public String reason(Job job, Throwable failure) {
      return TrainingFailure.around(failure, folderOf(job));
    }

    @Override
    public Job failed(Job job, String reason) {
      // Output of a process that this program ended breaks off in the middle of a read.
      return isToStop(job) ? job.with(Job.State.STOPPED, null) : job.with(Job.State.FAILED, reason);
    }

    @Override
    public void cancel() {
      JobProcess process;
      synchronized (queue) {
        process = running;
      }
      if (process != null) {
        process.kill();
      }
    }

    @Override
    public void deleted(Job job) {
      JobProcess process = processOf(job);
      if (process != null) {
        process.kill();
        process.join();
      }
      if (job.model() != null) {
        models.remove(job.owner(), job.model());
      }
    }
  }
}
