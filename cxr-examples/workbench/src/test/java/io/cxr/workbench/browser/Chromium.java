package io.cxr.workbench.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.openqa.selenium.By;
import org.openqa.selenium.JavascriptException;
import org.openqa.selenium.Keys;
import org.openqa.selenium.NoSuchElementException;
import org.openqa.selenium.OutputType;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.TimeoutException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;

/**
 * A Chromium without a window, driven by the chromedriver beside it; each has a profile of its own,
 * which chromedriver makes and deletes, so two are two people. Nothing is downloaded: both programs
 * are Debian's.
 */
final class Chromium implements AutoCloseable {
  /** What the page may take on a busy machine before it counts as broken. */
  static final Duration PATIENCE =
      Duration.ofSeconds(Integer.getInteger("cxr.browser.patience", 60));

  private static final Logger DEVTOOLS_LOG = Logger.getLogger("org.openqa.selenium.devtools");

  private final ChromeDriver driver;

  /** What the browser has logged; reading its log empties it. */
  private final List<LogEntry> log = new ArrayList<>();

  private Chromium(ChromeDriver driver) {
    this.driver = driver;
  }

  /**
   * Starts one; the test is skipped where there is none.
   *
   * @return it, which the caller closes
   */
  static Chromium orSkip() {
    Optional<File> chromium = program("chromium");
    Optional<File> chromedriver = program("chromedriver");
    assumeTrue(
        chromium.isPresent() && chromedriver.isPresent(),
        "SKIPPED: no chromium or chromedriver on the PATH; install Debian's chromium and"
            + " chromium-driver");
    ChromeOptions options = new ChromeOptions();
    options.setBinary(chromium.orElseThrow());
    options.addArguments(
        "--headless=new",
        // The tests visit their own server alone, and may run as root in a container.
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
        "--window-size=1280,900");
    options.setAcceptInsecureCerts(true);
    options.setCapability("goog:loggingPrefs", Map.of(LogType.BROWSER, Level.ALL.getName()));
    ChromeDriverService service =
        new ChromeDriverService.Builder()
            .usingDriverExecutable(chromedriver.orElseThrow())
            .usingAnyFreePort()
            .build();
    service.sendOutputTo(OutputStream.nullOutputStream());
    // It warns of any version of Chromium whose DevTools it does not know by heart.
    DEVTOOLS_LOG.setLevel(Level.SEVERE);
    ChromeDriver driver = new ChromeDriver(service, options);
    driver.manage().timeouts().scriptTimeout(PATIENCE);
    return new Chromium(driver);
  }

  private static Optional<File> program(String name) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
        .map(folder -> new File(folder, name))
        .filter(File::canExecute)
        .findFirst();
  }

  ChromeDriver driver() {
    return driver;
  }

  void open(String url) {
    driver.get(url);
  }

  /**
   * Goes to a page of the workbench without loading it anew.
   *
   * @param route such as {@code /models}
   */
  void go(String route) {
    // A page that is shown already is not shown again for the same address.
    run("if (location.hash !== '#' + arguments[0]) location.hash = arguments[0];", route);
  }

  /**
   * Sets the size of the page in CSS pixels; a window cannot be as narrow as a phone.
   *
   * @param width from 320
   * @param height of what is seen
   */
  void size(int width, int height) {
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
  }

  /**
   * Runs a script in the page.
   *
   * @param script a function's body
   * @param arguments {@code arguments} in the script
   * @return what it returns
   */
  Object run(String script, Object... arguments) {
    return driver.executeScript(script, arguments);
  }

  /** Runs a script that calls back the last of its arguments. */
  Object runAsync(String script, Object... arguments) {
    return driver.executeAsyncScript(script, arguments);
  }

  long number(String script, Object... arguments) {
    return ((Number) run("return " + script, arguments)).longValue();
  }

  String text(By by) {
    return find(by).getText();
  }

  /** The first such element that is shown, which is waited for. */
  WebElement find(By by) {
    return await(
        "an element " + by,
        () -> driver.findElements(by).stream().filter(WebElement::isDisplayed).findFirst());
  }

  List<WebElement> all(By by) {
    return driver.findElements(by);
  }

  /**
   * A button or a link that looks like one, by what a screen reader calls it.
   *
   * @param name its accessible name
   * @return it, which is waited for
   */
  WebElement button(String name) {
    String quoted = quoted(name);
    return find(
        By.xpath(
            "//*[self::button or self::a or self::summary or @role='button']"
                + "[@aria-label="
                + quoted
                + " or not(@aria-label) and normalize-space()="
                + quoted
                + "]"));
  }

  /**
   * A field by its label.
   *
   * @param label the text of its label, or its accessible name
   * @return it, which is waited for
   */
  WebElement field(String label) {
    String quoted = quoted(label);
    String kinds = "[self::input or self::select or self::textarea]";
    return find(
        By.xpath(
            "//label[normalize-space(.//span)="
                + quoted
                + " or normalize-space(text())="
                + quoted
                + "]//*"
                + kinds
                + " | //*"
                + kinds
                + "[@aria-label="
                + quoted
                + "]"));
  }

  private static String quoted(String text) {
    if (text.contains("'")) {
      return '"' + text + '"';
    }
    return "'" + text + "'";
  }

  /**
   * Presses a link to a file and waits for it.
   *
   * @param link what a screen reader calls it
   * @param folder an empty one, where the file is left
   * @return the whole file, which has the name that the server gave it
   */
  Path download(String link, Path folder) throws IOException {
    Files.createDirectories(folder);
    driver.executeCdpCommand(
        "Browser.setDownloadBehavior",
        Map.of("behavior", "allow", "downloadPath", folder.toString()));
    button(link).click();
    return await("the file of " + link, () -> downloaded(folder));
  }

  /** The file in a folder, once it has its own name: before it is whole, it has another. */
  private static Optional<Path> downloaded(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> !file.toString().endsWith(".crdownload"))
          .filter(file -> !String.valueOf(file.getFileName()).startsWith("."))
          .findFirst();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits until something is there and true. */
  <T> T await(String what, Supplier<Optional<T>> sought) {
    return await(what, PATIENCE, sought);
  }

  <T> T await(String what, Duration patience, Supplier<Optional<T>> sought) {
    long end = System.nanoTime() + patience.toNanos();
    while (true) {
      try {
        Optional<T> found = sought.get();
        if (found.isPresent()) {
          return found.orElseThrow();
        }
      } catch (StaleElementReferenceException | NoSuchElementException | JavascriptException e) {
        // The page was drawn anew meanwhile.
      }
      if (System.nanoTime() > end) {
        throw new TimeoutException("expected " + what + ", found " + describe());
      }
      sleep(50);
    }
  }

  void until(String what, Supplier<Boolean> condition) {
    await(what, () -> condition.get() ? Optional.of(true) : Optional.empty());
  }

  /** Waits until a button that stays down is. */
  void awaitPressed(String what, By button) {
    until(what, () -> "true".equals(find(button).getDomAttribute("aria-pressed")));
  }

  private String describe() {
    return driver.getCurrentUrl().replaceAll("token=.*", "token")
        + "\n"
        + run("return document.body.innerText.slice(0, 3000)")
        + "\n"
        + log();
  }

  static void sleep(long milliseconds) {
    try {
      Thread.sleep(milliseconds);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Presses keys wherever the focus is. */
  void press(CharSequence... keys) {
    new Actions(driver).sendKeys(keys).perform();
  }

  /**
   * Moves the focus by the tabulator alone.
   *
   * @param what what is sought, for the message
   * @param sought the element
   */
  WebElement tabTo(String what, Predicate<WebElement> sought) {
    List<String> passed = new ArrayList<>();
    for (int i = 0; i < 80; i++) {
      WebElement focused = driver.switchTo().activeElement();
      if (sought.test(focused)) {
        return focused;
      }
      passed.add(focused.getTagName() + " " + focused.getAccessibleName());
      press(Keys.TAB);
    }
    throw new AssertionError("expected to reach " + what + " by Tab, passed " + passed);
  }

  WebElement tabTo(String name) {
    return tabTo(
        name,
        element ->
            element
                .getAccessibleName()
                .toLowerCase(Locale.ROOT)
                .startsWith(name.toLowerCase(Locale.ROOT)));
  }

  /** What the browser has logged since it was started: errors of scripts, policy and network. */
  List<LogEntry> log() {
    driver.manage().logs().get(LogType.BROWSER).forEach(log::add);
    return List.copyOf(log);
  }

  /** Forgets what was logged, such as an answer that a test provoked. */
  void forgetLog() {
    log();
    log.clear();
  }

  /**
   * Checks that no script failed and nothing was against the Content-Security-Policy.
   *
   * @param expected what may be there all the same, such as the answer to a wrong password
   */
  void assertCleanLog(String... expected) {
    List<String> problems =
        log().stream()
            .filter(
                entry ->
                    entry.getLevel().intValue() >= Level.WARNING.intValue()
                        || entry.getMessage().contains("Content Security Policy"))
            .map(LogEntry::getMessage)
            // Advice for the tests, which read canvases; the pages do not.
            .filter(message -> !message.contains("willReadFrequently"))
            .filter(message -> Stream.of(expected).noneMatch(message::contains))
            .toList();
    assertEquals(List.of(), problems);
  }

  /**
   * Writes what the page shows.
   *
   * @param file a PNG file
   */
  void screenshot(Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.write(file, driver.getScreenshotAs(OutputType.BYTES));
  }

  @Override
  public void close() {
    driver.quit();
  }
}
