package io.cxr.workbench.cases;

import io.cxr.workbench.user.Sessions;
import java.io.IOException;
import java.time.Clock;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Deletes the cases of users who have not been there for long, and what was made of them: whether
 * they stay away or were removed from the file of passwords. One thread looks now and then.
 */
public final class IdleCleanUp implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(IdleCleanUp.class.getName());
  private static final long EVERY_MINUTES = 10;

  private final CaseStore cases;
  private final Sessions sessions;
  private final UserData others;
  private final Limits limits;
  private final Clock clock;
  private final ScheduledExecutorService executor;

  private IdleCleanUp(
      CaseStore cases, Sessions sessions, UserData others, Limits limits, Clock clock) {
    this.cases = cases;
    this.sessions = sessions;
    this.others = others;
    this.limits = limits;
    this.clock = clock;
    this.executor =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "cxr-workbench-clean-up");
              thread.setDaemon(true);
              return thread;
            });
  }

  /** What else is kept of a user. */
  public interface UserData {
    /**
     * Of whom something is kept.
     *
     * @return their names
     */
    Set<String> owners();

    /**
     * Deletes it.
     *
     * @param user whose
     * @throws IOException if a file cannot be deleted
     */
    void deleteAll(String user) throws IOException;
  }

  /**
   * Looks at once, and then every ten minutes.
   *
   * @param cases what to delete
   * @param sessions who was there when
   * @param others what else to delete: what was made of cases
   * @param limits how long cases are kept
   * @param clock the time
   * @return the running clean-up, which the caller closes
   */
  public static IdleCleanUp start(
      CaseStore cases, Sessions sessions, UserData others, Limits limits, Clock clock) {
    IdleCleanUp cleanUp = new IdleCleanUp(cases, sessions, others, limits, clock);
    if (!limits.keep().isZero()) {
      cleanUp.look();
      var unused =
          cleanUp.executor.scheduleWithFixedDelay(
              cleanUp::look, EVERY_MINUTES, EVERY_MINUTES, TimeUnit.MINUTES);
    }
    return cleanUp;
  }

  private void look() {
    try {
      // Whose cases went before what was made of them did: the time begins now.
      others.owners().forEach(sessions::noteIfUnknown);
      sessions.notSeenSince(clock.instant().minus(limits.keep())).forEach(this::delete);
    } catch (RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "Clean-up: {0}", e.getClass().getName());
    }
  }

  private void delete(String user) {
    try {
      int deleted = cases.deleteAll(user);
      others.deleteAll(user);
      sessions.forget(user);
      LOG.log(
          System.Logger.Level.INFO,
          "Deleted {0} cases of a user who was not there for {1} days, and what was made of them",
          deleted,
          limits.keep().toDays());
    } catch (IOException | RuntimeException e) {
      // The next look tries again, and other users do not wait for it.
      LOG.log(System.Logger.Level.WARNING, "Clean-up: {0}", e.getClass().getName());
    }
  }

  /** Waits for what is being deleted. Idempotent. */
  @Override
  public void close() {
    executor.shutdown();
    boolean interrupted = false;
    while (!executor.isTerminated()) {
      try {
        if (executor.awaitTermination(1, TimeUnit.MINUTES)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
