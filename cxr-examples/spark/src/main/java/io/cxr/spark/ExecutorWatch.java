package io.cxr.spark;

import java.time.Duration;
import java.util.function.Consumer;
import org.apache.spark.SparkContext;
import org.jspecify.annotations.Nullable;

/**
 * Ends the jobs of a session whose cluster gives it no executor. Spark itself waits without end: a
 * standalone master starts executors that die at once again and again, as each counts as running
 * until then.
 */
final class ExecutorWatch implements AutoCloseable {
  private static final Duration LOOK = Duration.ofMillis(500);
  private static final Duration SAY = Duration.ofSeconds(20);

  private final SparkContext context;
  private final Duration most;
  private final Consumer<String> say;
  private final Thread thread = new Thread(this::watch, "watch executors");
  private volatile @Nullable String failure;
  private volatile boolean closed;

  /**
   * Starts to watch.
   *
   * @param context of a cluster
   * @param most how long a job may be without any executor
   * @param say hears when that takes long
   */
  ExecutorWatch(SparkContext context, Duration most, Consumer<String> say) {
    this.context = context;
    this.most = most;
    this.say = say;
    thread.setDaemon(true);
    thread.start();
  }

  private void watch() {
    long since = System.nanoTime();
    boolean said = false;
    while (!closed && !context.isStopped()) {
      long now = System.nanoTime();
      Duration waited = Duration.ofNanos(now - since);
      if (!waits()) {
        since = now;
        said = false;
      } else if (waited.compareTo(most) >= 0) {
        failure = message();
        // Whatever the program asks for next, too, until it is stopped.
        context.cancelAllJobs();
      } else if (waited.compareTo(SAY) >= 0 && !said) {
        say.accept(
            "no executor of " + context.master() + " yet; waiting " + most.toSeconds() + " s");
        said = true;
      }
      try {
        Thread.sleep(LOOK.toMillis());
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  /** The driver is one of them. */
  private boolean waits() {
    return context.statusTracker().getActiveJobIds().length > 0
        && context.statusTracker().getExecutorInfos().length <= 1;
  }

  private String message() {
    return "No executor of "
        + context.master()
        + " in "
        + most.toSeconds()
        + " s: expected one that starts and reaches this program at "
        + context.conf().get("spark.driver.host", "its address")
        + ". Executors that die at start say why in their stderr: a standalone worker has it in"
        + " its folder work/"
        + context.applicationId()
        + ". Look for another Spark than "
        + context.version()
        + " or a Java before 17, for an address that they cannot reach (--conf"
        + " spark.driver.host=...), and for memory or cores that no worker has"
        + " (spark.executor.memory, spark.executor.cores). --executor-timeout waits longer.";
  }

  /** Stops watching. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }

  /**
   * Says why the jobs were ended.
   *
   * @throws IllegalStateException if they were
   */
  void check() {
    String message = failure;
    if (message != null) {
      throw new IllegalStateException(message);
    }
  }
}
