package io.cxr.webpage;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** The page in headless Chromium, as Debian packages it. */
final class PageInBrowser implements AutoCloseable {
  static final File CHROMIUM = new File("/usr/bin/chromium");
  static final File DRIVER = new File("/usr/bin/chromedriver");

  private static final Duration PATIENCE = Duration.ofMinutes(4);

  /**
   * Of the films, what tests compare; pixels as their hash, which is computed when the answer is on
   * the page. By the page's clock: when it was ready, and how long each film took from its choice
   * until after the frame that shows it.
   */
  private static final String LISTEN =
      """
      window.seen = [];
      let chosen = 0;
      document.addEventListener('cxr-ready', () => { window.readyAt = performance.now(); });
      addEventListener('change', () => { chosen = performance.now(); }, true);
      document.addEventListener('cxr-film', ({detail: {...f}}) => requestAnimationFrame(() => {
       setTimeout(() => {
        const shown = performance.now();
        let hash = 0;
        for (const value of f.pixels ?? []) hash = Math.imul(hash, 31) + value | 0;
        seen.push({name: f.name, state: f.state, message: f.message ?? '', decoder: f.decoder ?? '',
          shown: shown - chosen,
          rows: f.rows, columns: f.columns, bits: f.bits, view: f.viewPosition ?? '', hash,
          milliseconds: f.milliseconds, answer: f.answer && {...f.answer, heatmaps: f.answer.heatmaps
            && {...f.answer.heatmaps, values: f.answer.heatmaps.values.map((map) => [...map])}}});
       });
      }));
      """;

  private final Path profile;
  private final ChromeDriver driver;

  PageInBrowser() throws IOException {
    profile = Files.createTempDirectory("cxr-page-profile");
    ChromeOptions options = new ChromeOptions();
    options.setBinary(CHROMIUM);
    options.addArguments(
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1280,800",
        "--user-data-dir=" + profile);
    driver =
        new ChromeDriver(
            new ChromeDriverService.Builder()
                .usingDriverExecutable(DRIVER)
                .usingAnyFreePort()
                .build(),
            options);
    command("Page.addScriptToEvaluateOnNewDocument", Map.of("source", LISTEN));
  }

  /** Opens an address and waits until the model is loaded; returns after how many milliseconds. */
  long open(String address) {
    long start = System.nanoTime();
    driver.get(address);
    await(
        "the page to start", () -> driver.findElement(By.cssSelector("html[data-ready]")) != null);
    return (System.nanoTime() - start) / 1_000_000;
  }

  /** Hands over files as a user chooses them, and waits for what is said of all of them. */
  List<JsonNode> films(List<Path> files) {
    return films("files", files);
  }

  /** The same by one of the page's inputs. */
  List<JsonNode> films(String input, List<Path> files) {
    long before = (Long) driver.executeScript("return seen.length");
    choose(input, files);
    // Each in its time, however many they are and however busy the machine is.
    for (int i = 1; i <= files.size(); i++) {
      long count = before + i;
      await(
          "film " + i + " of " + files.size(),
          () -> (Long) driver.executeScript("return seen.length") >= count);
    }
    String json =
        (String) driver.executeScript("return JSON.stringify(seen.slice(arguments[0]))", before);
    List<JsonNode> films = new ArrayList<>();
    new ObjectMapper().readTree(json).forEach(films::add);
    return films;
  }

  private void choose(String input, List<Path> files) {
    driver
        .findElement(By.id(input))
        .sendKeys(
            files.stream()
                .map(file -> file.toAbsolutePath().normalize().toString())
                .collect(Collectors.joining("\n")));
  }

  Object script(String code, Object... arguments) {
    return driver.executeScript(code, arguments);
  }

  String text(String id) {
    return driver.findElement(By.id(id)).getText();
  }

  void press(CharSequence key) {
    driver.switchTo().activeElement().sendKeys(key);
  }

  void click(String id) {
    driver.findElement(By.id(id)).sendKeys(Keys.SPACE);
  }

  void command(String name, Map<String, Object> parameters) {
    driver.executeCdpCommand(name, parameters);
  }

  /** Waits until something holds; what is not there yet may throw. */
  static void await(String what, BooleanSupplier holds) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        if (holds.getAsBoolean()) {
          return;
        }
      } catch (org.openqa.selenium.WebDriverException e) {
        // Not yet.
      }
      if (System.nanoTime() > end) {
        throw new AssertionError("Expected " + what + ", found nothing of it after " + PATIENCE);
      }
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("Interrupted", e);
      }
    }
  }

  @Override
  public void close() throws IOException {
    driver.quit();
    try (Stream<Path> files = Files.walk(profile)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
