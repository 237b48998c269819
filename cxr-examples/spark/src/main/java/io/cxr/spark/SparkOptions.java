package io.cxr.spark;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The session that a command runs on. */
final class SparkOptions {
  @Option(
      names = "--master",
      paramLabel = "URL",
      description = {
        "Where Spark runs: local[N] for N cores of this machine, local[*] for all of them, or a",
        "cluster's URL, such as spark://HOST:7077, which gets the jars that it needs.%nDefault:"
            + " what spark-submit says, else local[*]"
      })
  private @Nullable String master;

  @Option(
      names = "--conf",
      paramLabel = "KEY=VALUE",
      description = "A setting of Spark's, such as spark.executor.memory=4g; repeatable.")
  private Map<String, String> settings = new LinkedHashMap<>();

  @Option(
      names = "--executor-timeout",
      paramLabel = "SECONDS",
      description = {
        "On a cluster: how long a job may be without any executor before the run ends. More where",
        "a queue gives them late."
      })
  private int executorTimeout = 300;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  private boolean started;
  private @Nullable ExecutorWatch watch;

  /**
   * Starts the session, or takes the one that there is; to be {@linkplain #stop stopped}.
   *
   * @param name of the application
   * @param training whether executors train, too
   * @throws IllegalStateException if the cluster does not take the application
   */
  SparkSession start(String name, boolean training) {
    SparkConf conf = new SparkConf().setAppName("cxr-spark " + name);
    Optional<String> url = Optional.ofNullable(master);
    if (url.isPresent() || !conf.contains("spark.master")) {
      conf.setMaster(url.orElse("local[*]"));
    }
    conf.setIfMissing("spark.ui.enabled", "false");
    conf.setIfMissing("spark.sql.session.timeZone", "UTC");
    // A session of its own would not see the files that are added to the application: the tasks of
    // data frames on a cluster would miss the network's.
    conf.setIfMissing("spark.sql.artifact.isolation.enabled", "false");
    if (executorTimeout < 1) {
      throw new IllegalArgumentException(
          "--executor-timeout: expected at least 1 second, found " + executorTimeout);
    }
    String where = conf.get("spark.master");
    boolean cluster = !where.startsWith("local[") && !where.equals("local");
    if (!cluster) {
      // Nobody else is to reach a session that one program has to itself.
      conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
      conf.setIfMissing("spark.driver.host", "127.0.0.1");
      // Two hundred, Spark's default, are for tables of many gigabytes.
      conf.setIfMissing("spark.sql.shuffle.partitions", "8");
    } else if (!conf.contains("spark.jars")) {
      String jars = String.join(",", ApplicationJars.list(training));
      if (!jars.isEmpty()) {
        conf.set("spark.jars", jars);
      }
    }
    settings.forEach(conf::set);
    started = SparkSession.getDefaultSession().isEmpty();
    return cluster && started
        ? onCluster(conf, where)
        : SparkSession.builder().config(conf).getOrCreate();
  }

  private SparkSession onCluster(SparkConf conf, String where) {
    StandaloneMasters.check(where);
    SparkSession session;
    try {
      session = SparkSession.builder().config(conf).getOrCreate();
    } catch (RuntimeException e) {
      throw StandaloneMasters.unanswered(where, e);
    }
    PrintWriter err = command.commandLine().getErr();
    watch =
        new ExecutorWatch(
            session.sparkContext(),
            Duration.ofSeconds(executorTimeout),
            message -> {
              err.println("cxr-spark: " + message);
              err.flush();
            });
    return session;
  }

  /**
   * Stops a session that was started here; another program's goes on.
   *
   * @throws IllegalStateException if its jobs were ended as there was no executor, which says more
   *     than that they were ended
   */
  void stop(SparkSession session) {
    ExecutorWatch watching = watch;
    if (watching != null) {
      watching.close();
    }
    if (started) {
      session.stop();
    }
    if (watching != null) {
      watching.check();
    }
  }
}
