package io.cxr.pacs;

import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells systemd that the gateway is ready, and from then on that it is alive, as long as it is: a
 * unit with {@code WatchdogSec} is restarted when nothing comes. Does nothing where systemd does
 * not ask for it. Java has no datagrams of the Unix domain, so that the program {@code
 * systemd-notify} sends them; the unit needs {@code NotifyAccess=all}.
 */
final class SystemdNotification implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(SystemdNotification.class.getName());

  /** Of which systemd sets one, and the other with a watchdog alone. */
  private static final String SOCKET = "NOTIFY_SOCKET";

  private static final String INTERVAL = "WATCHDOG_USEC";

  /** How long one notification may take. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final boolean asked;
  private final @Nullable Thread watchdog;

  private SystemdNotification(boolean asked, @Nullable Thread watchdog) {
    this.asked = asked;
    this.watchdog = watchdog;
  }

  /**
   * Says that the gateway is ready.
   *
   * @param environment the process's environment
   * @param alive asked from time to time; when it says no, nothing is sent any more
   */
  static SystemdNotification ready(Map<String, String> environment, BooleanSupplier alive) {
    if (environment.getOrDefault(SOCKET, "").isEmpty()) {
      return new SystemdNotification(false, null);
    }
    send("--ready");
    String interval = environment.getOrDefault(INTERVAL, "");
    if (!interval.matches("[0-9]{1,18}") || Long.parseLong(interval) == 0) {
      return new SystemdNotification(true, null);
    }
    // Three times, so that one that is late or lost restarts nothing.
    Duration pause = Duration.of(Long.parseLong(interval) / 3, ChronoUnit.MICROS);
    Thread watchdog = new Thread(() -> tellAgainAndAgain(alive, pause), "cxr-pacs-watchdog");
    watchdog.setDaemon(true);
    watchdog.start();
    return new SystemdNotification(true, watchdog);
  }

  private static void tellAgainAndAgain(BooleanSupplier alive, Duration pause) {
    while (true) {
      if (alive.getAsBoolean()) {
        send("WATCHDOG=1");
      } else {
        LOG.log(WARNING, "The gateway does not work any more; its watchdog is told nothing");
      }
      try {
        Thread.sleep(Math.max(1, pause.toMillis()));
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private static void send(String... what) {
    List<String> command = new ArrayList<>(List.of("systemd-notify"));
    command.addAll(List.of(what));
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        LOG.log(WARNING, "systemd-notify: expected it to end, found that it goes on; stopped it");
      } else if (process.exitValue() != 0) {
        LOG.log(
            WARNING,
            "systemd-notify: expected it to reach systemd, found exit code {0}",
            process.exitValue());
      }
    } catch (IOException e) {
      LOG.log(
          WARNING,
          "systemd asks for notifications; expected the program systemd-notify, found: {0}",
          e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Says that the gateway stops. */
  @Override
  public void close() {
    if (watchdog != null) {
      watchdog.interrupt();
    }
    if (asked) {
      send("STOPPING=1");
    }
  }
}
