package io.cxr.workbench.browser;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How smoothly a page moves: frames and tasks by the clock, which a busy machine makes longer, and
 * what the page's own thread computed, which it does not.
 */
final class PageTimes {
  private final Chromium browser;
  private Map<String, Double> before;

  PageTimes(Chromium browser) {
    this.browser = browser;
    browser.driver().executeCdpCommand("Performance.enable", Map.of("timeDomain", "threadTicks"));
    browser.run(
        """
        window.longTasks = [];
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries()) window.longTasks.push(entry.duration);
        }).observe({type: 'longtask'});
        """);
    this.before = metrics();
  }

  private Map<String, Double> metrics() {
    List<?> all =
        (List<?>)
            browser.driver().executeCdpCommand("Performance.getMetrics", Map.of()).get("metrics");
    return all.stream()
        .map(each -> (Map<?, ?>) each)
        .collect(
            Collectors.toMap(
                each -> String.valueOf(each.get("name")),
                each -> ((Number) each.get("value")).doubleValue()));
  }

  /** Forgets what was so far. */
  void begin() {
    browser.run("window.longTasks.length = 0");
    before = metrics();
  }

  /** What the page's thread computed since the beginning, in milliseconds of the processor. */
  double computed() {
    return 1000 * (metrics().get("TaskDuration") - before.get("TaskDuration"));
  }

  /** Tasks since the beginning that took more than 50 ms by the clock, in milliseconds. */
  List<Double> longTasks() {
    List<?> all = (List<?>) browser.run("return window.longTasks");
    return all.stream().map(each -> ((Number) each).doubleValue()).toList();
  }

  /**
   * Scrolls a box from its beginning to its end, a step each frame.
   *
   * @param box a selector
   * @param frames in how many
   * @return how long each frame took by the clock, in milliseconds
   */
  List<Double> scroll(String box, int frames) {
    List<?> all =
        (List<?>)
            browser.runAsync(
                """
                const [selector, frames, done] = arguments;
                const box = document.querySelector(selector);
                const times = [];
                let last;
                const step = (now) => {
                  if (last !== undefined) times.push(now - last);
                  last = now;
                  box.scrollTop = box.scrollHeight * times.length / frames;
                  if (times.length < frames) requestAnimationFrame(step);
                  else done(times);
                };
                requestAnimationFrame(step);
                """,
                box,
                frames);
    return all.stream().map(each -> ((Number) each).doubleValue()).toList();
  }

  /** How many are longer than 50 ms, and the longest. */
  static String summary(List<Double> times) {
    return String.format(
        Locale.ROOT,
        "%d of more than 50 ms, the longest %.0f ms",
        times.stream().filter(each -> each > 50).count(),
        times.stream().mapToDouble(each -> each).max().orElse(0));
  }
}
