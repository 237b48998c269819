package io.cxr.workbench.queue;

import io.cxr.workbench.http.ApiException;
import io.cxr.workbench.http.Events;
import io.cxr.workbench.state.RandomText;
import io.cxr.workbench.state.StateFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The jobs of one kind of all users: one at a time, in the order in which they were asked for. Each
 * has a row in the database and a folder of its own, which goes with it, and every change is told
 * to its owner's pages.
 *
 * <p>Thread-safe. Each change reads, changes and writes under this object's monitor, which a
 * handler may hold for several steps that belong together.
 *
 * @param <J> the kind of job
 */
public final class JobQueue<J extends QueuedJob> implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(JobQueue.class.getName());
  private static final long PAUSE_MILLIS = 1000;

  /**
   * What is done with jobs of one kind.
   *
   * @param <J> the kind of job
   */
  public interface Handler<J extends QueuedJob> {
    /**
     * As pages see a job.
     *
     * @param job as it is now
     * @return written as JSON
     */
    Map<String, @Nullable Object> toJson(J job);

    /**
     * A job whose turn it is.
     *
     * @param waiting as it waited
     * @return as it runs
     */
    J started(J waiting);

    /**
     * Does a job and settles how it ended. Called on the queue's thread.
     *
     * @param job as it runs
     * @throws IOException if a file cannot be read or written
     */
    void run(J job) throws IOException;

    /**
     * Why a job did not come to an end of its own.
     *
     * @param job as it ran
     * @param failure what {@link #run} threw
     * @return a sentence for its user
     */
    String reason(J job, Throwable failure);

    /**
     * A job that did not come to an end of its own.
     *
     * @param job as it is now
     * @param reason of it
     * @return as it ended
     */
    J failed(J job, String reason);

    /** Ends the job at hand soon, since the queue ends. */
    default void cancel() {}

    /**
     * Ends and deletes what a job has besides its row and its folder.
     *
     * @param job which is deleted
     * @throws IOException if a file cannot be deleted
     */
    default void deleted(J job) throws IOException {}
  }

  /**
   * Makes a new job.
   *
   * @param <J> the kind of job
   */
  @FunctionalInterface
  public interface Source<J extends QueuedJob> {
    /**
     * Makes it.
     *
     * @param id of the job
     * @param folder of the job's own, empty
     * @return the job, which waits
     * @throws IOException if a file cannot be written
     */
    J make(String id, Path folder) throws IOException;
  }

  private final String kind;
  private final JobTable<J> table;
  private final Path folder;
  private final Events events;
  private final Handler<J> handler;
  private final Thread worker;

  // Guarded by this.
  private boolean closed;

  /**
   * A queue that does not work yet.
   *
   * @param kind what a job is called in events and messages
   * @param table of the jobs
   * @param folder of the jobs' folders, nobody else's
   * @param events where pages are told how it goes
   * @param handler does the jobs
   */
  public JobQueue(String kind, JobTable<J> table, Path folder, Events events, Handler<J> handler) {
    this.kind = kind;
    this.table = table;
    this.folder = folder;
    this.events = events;
    this.handler = handler;
    this.worker = new Thread(this::work, kind + " queue");
    worker.setDaemon(true);
  }

  /**
   * Deletes folders of which there is no job any more, and begins with what waits. Called once.
   *
   * @throws IOException if the folder cannot be read
   */
  public void start() throws IOException {
    Set<String> known = new HashSet<>();
    table.all().forEach(job -> known.add(job.id()));
    try (Stream<Path> folders = Files.list(folder)) {
      for (Path each : folders.toList()) {
        if (!known.contains(String.valueOf(each.getFileName()))) {
          StateFolder.deleteTree(each);
        }
      }
    }
    worker.start();
  }

  /**
   * Where a job has its files.
   *
   * @param id of the job
   * @return the job's own folder
   */
  public Path folderOf(String id) {
    return folder.resolve(id);
  }

  /**
   * Queues a job.
   *
   * @param source makes it
   * @return the job, as pages see it
   * @throws IOException if its folder cannot be written
   */
  public Map<String, @Nullable Object> add(Source<J> source) throws IOException {
    String id = RandomText.id();
    Path own = Files.createDirectory(folderOf(id));
    J job;
    try {
      job = source.make(id, own);
    } catch (IOException | RuntimeException e) {
      StateFolder.deleteTree(own);
      throw e;
    }
    synchronized (this) {
      table.add(job);
      notifyAll();
    }
    return tell(job);
  }

  /**
   * The jobs of a user.
   *
   * @param user who asks
   * @return as pages see them, the newest first
   */
  public List<Map<String, @Nullable Object>> of(String user) {
    List<Map<String, @Nullable Object>> jobs = new ArrayList<>();
    table.of(user).forEach(job -> jobs.add(handler.toJson(job)));
    return jobs;
  }

  /**
   * A job of a user.
   *
   * @param user who asks
   * @param id of the job
   * @return the job
   * @throws ApiException with status 404 if there is none, or it is another user's
   */
  public J require(String user, String id) {
    return table
        .find(id)
        .filter(job -> job.owner().equals(user))
        .orElseThrow(() -> ApiException.notFound(kind));
  }

  /**
   * Changes a job as its user asks; the change is told. A job that waits now gets its turn.
   *
   * @param user who asks
   * @param id of the job
   * @param change called under this object's monitor
   * @return the job, as pages see it
   * @throws ApiException with status 404 if there is none, or what the change throws
   */
  public Map<String, @Nullable Object> change(String user, String id, UnaryOperator<J> change) {
    J job;
    synchronized (this) {
      job = change.apply(require(user, id));
      table.update(job);
      notifyAll();
    }
    return tell(job);
  }

  /**
   * Changes a job, unless it is deleted; the change is told.
   *
   * @param id of the job
   * @param change called under this object's monitor
   * @return the job as it is now; empty if it is deleted
   */
  public Optional<J> change(String id, UnaryOperator<J> change) {
    Optional<J> changed;
    synchronized (this) {
      changed = table.find(id).map(change);
      changed.ifPresent(table::update);
    }
    changed.ifPresent(this::tell);
    return changed;
  }

  /**
   * How a job ended, which is told at once, and written as soon as the disk has room for it.
   *
   * @param id of the job
   * @param end called under this object's monitor
   * @return the job as it is now; empty if it is deleted, or the queue ends before
   */
  public Optional<J> settle(String id, UnaryOperator<J> end) {
    boolean told = false;
    while (true) {
      try {
        return change(id, end);
      } catch (RuntimeException e) {
        if (!told) {
          table.find(id).map(end).ifPresent(this::tell);
          told = true;
        }
        if (isClosed()) {
          return Optional.empty();
        }
        pause(e);
      }
    }
  }

  /**
   * Tells the pages of a job's owner how it is.
   *
   * @param job as it is now
   * @return the job, as pages see it
   */
  public Map<String, @Nullable Object> tell(J job) {
    Map<String, @Nullable Object> json = handler.toJson(job);
    events.publish(job.owner(), kind, json);
    return json;
  }

  /**
   * Deletes a job with all that is of it; one that runs ends.
   *
   * @param user who asks
   * @param id of the job
   * @throws ApiException with status 404 if there is none
   * @throws IOException if a file cannot be deleted
   */
  public void delete(String user, String id) throws IOException {
    J job;
    synchronized (this) {
      job = require(user, id);
      table.delete(id);
    }
    handler.deleted(job);
    StateFolder.deleteTree(folderOf(id));
    events.publish(user, kind, Map.of("id", id, "state", "deleted"));
  }

  /**
   * Deletes all jobs of a user.
   *
   * @param user whose
   * @throws IOException if a file cannot be deleted
   */
  public void deleteAll(String user) throws IOException {
    for (J job : table.of(user)) {
      delete(user, job.id());
    }
  }

  private void work() {
    while (!isClosed()) {
      try {
        Optional<J> next = next();
        if (next.isPresent()) {
          attempt(next.get());
        }
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        // The database cannot be written now: what waits still waits.
        pause(e);
      }
    }
  }

  /** Waits for a job, which is running from now on; empty if the queue ends. */
  private synchronized Optional<J> next() throws InterruptedException {
    while (!closed) {
      Optional<J> next = table.next().map(handler::started);
      if (next.isPresent()) {
        table.update(next.get());
        return next;
      }
      wait();
    }
    return Optional.empty();
  }

  private void attempt(J next) {
    try {
      handler.run(next);
    } catch (IOException | RuntimeException | OutOfMemoryError e) {
      // Whatever it is, the next job must not wait for ever.
      LOG.log(
          System.Logger.Level.WARNING,
          "The {0} {1} ended: {2}",
          kind,
          next.id(),
          e.getClass().getName());
      String reason = handler.reason(next, e);
      settle(next.id(), job -> handler.failed(job, reason));
    }
  }

  private void pause(RuntimeException failure) {
    LOG.log(
        System.Logger.Level.WARNING,
        "The state of a {0} cannot be written: {1}",
        kind,
        failure.getClass().getName());
    try {
      TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Whether the queue ends.
   *
   * @return true once {@link #close} is called
   */
  public synchronized boolean isClosed() {
    return closed;
  }

  /** Ends the job at hand and waits for its end. Idempotent. */
  @Override
  public void close() {
    synchronized (this) {
      closed = true;
      notifyAll();
    }
    handler.cancel();
    try {
      worker.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
