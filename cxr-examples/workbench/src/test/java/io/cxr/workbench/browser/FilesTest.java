package io.cxr.workbench.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.support.ui.Select;

/** Adding files, good and bad, few and hundreds; the workbench stops and starts meanwhile. */
@Tag("slow")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FilesTest {
  private static final int HUNDREDS = 400;

  /** Frames in which the hundreds are scrolled past: a flick of four seconds. */
  private static final int FRAMES = 240;

  /** What a frame may cost the page, in milliseconds of the processor: 40 a second, or more. */
  private static final double FRAME_MILLIS = 25;

  /** What a file may cost the page until it is answered, in milliseconds of the processor. */
  private static final double FILE_MILLIS = 60;

  @TempDir static Path folder;

  @AutoClose private static Chromium browser;
  @AutoClose private static WorkbenchServer server;
  private static Films films;
  private static CaseList list;

  @BeforeAll
  static void start() throws Exception {
    browser = Chromium.orSkip();
    server = WorkbenchServer.withToken(folder);
    films = new Films(Files.createDirectory(folder.resolve("films")));
    list = new CaseList(browser);
    browser.open(server.signInUrl());
    browser.find(By.cssSelector(".drop-hint"));
  }

  @Test
  @Order(1)
  void theTokenLeavesTheAddress() {
    assertFalse(browser.driver().getCurrentUrl().contains("token"));
    assertEquals(1, browser.number("performance.getEntriesByType('navigation').length"));
    browser.assertCleanLog();
  }

  @Test
  @Order(2)
  void goodFilesAreAnsweredAndBadOnesSayWhy() throws Exception {
    Map<String, Path> good =
        Map.of(
            "clear.png", films.png("clear.png", false, 1, 256),
            "opacity.jpg", films.jpeg("opacity.jpg", 2),
            "clear.tiff", films.tiff("clear.tiff", 3),
            "instance.dcm", films.dicom("instance.dcm", 4, 240));
    Map<String, Path> bad =
        Map.of(
            "empty.png", films.empty("empty.png"),
            "cut.png", films.cutShort("cut.png"),
            "letter.png", films.noPicture("letter.png"));
    List<Path> all = new ArrayList<>(good.values());
    all.addAll(bad.values());
    all.add(films.landscape("landscape.jpg"));
    list.add(all);
    browser.until("a row for each file", () -> list.size() == all.size());
    for (Path file : all) {
      list.awaitAnswer(file.getFileName().toString());
    }
    for (String name : good.keySet()) {
      Map<String, String> cells = list.rows().get(name);
      assertTrue(
          List.of("COVID19", "NORMAL", "PNEUMONIA").contains(cells.get("answer")),
          name + " " + cells);
      double probability = Double.parseDouble(cells.get("probability"));
      assertTrue(probability > 1 / 3.0 - 0.001 && probability <= 1, name + " " + cells);
      assertFalse(cells.get("decision").isBlank(), name + " " + cells);
    }
    for (String name : bad.keySet()) {
      String answer = list.cell(name, "answer");
      assertTrue(answer.contains("Failed") || answer.contains("Refused"), name + " " + answer);
      // A word and the reason beside it.
      assertTrue(answer.lines().count() >= 2, name + " " + answer);
      assertEquals("", list.cell(name, "probability"), name);
    }
    // Thumbnails of what can be read, drawn and not missing.
    browser.until(
        "a thumbnail of each good film",
        () ->
            browser.number(
                    "[...document.querySelectorAll('.case-row[data-id] img')]"
                        + ".filter((img) => img.naturalWidth > 0).length")
                >= good.size());
  }

  /** The landscape is a picture, but no chest: the model that ships says so. */
  @Test
  @Order(3)
  void theModelThatShipsRefusesAStranger() {
    list.model("chest-xray");
    browser.find(By.xpath("//button[starts-with(., 'Ask chest-xray for')]")).click();
    list.awaitAnswer("landscape.jpg");
    String answer = list.cell("landscape.jpg", "answer");
    assertTrue(answer.contains("Refused"), answer);
    assertTrue(answer.lines().count() >= 2, answer);
    list.model(UngatedModel.NAME);
    browser.until(
        "the other model's answer",
        () -> !list.cell("landscape.jpg", "answer").contains("Refused"));
    // The missing thumbnails of files that are no pictures are logged as such.
    browser.assertCleanLog("/thumbnail");
    browser.forgetLog();
  }

  @Test
  @Order(4)
  void theListSortsFiltersAndTriages() {
    browser.field("Filter by text").sendKeys("clear");
    browser.until("two rows", () -> list.size() == 2);
    browser.button("Clear filter").click();
    browser.until("all rows", () -> list.size() > 2);
    browser.button("Probability").click();
    browser.until("the order of probabilities", () -> descending(probabilities()));
    browser.button("Probability").click();
    browser.until(
        "the order turned round",
        () -> {
          List<Double> turned = new ArrayList<>(probabilities());
          Collections.reverse(turned);
          return descending(turned);
        });
    new Select(browser.field("Triage by")).selectByVisibleText("PNEUMONIA");
    browser.until("the most suspicious first", () -> descending(probabilities()));
    new Select(browser.field("Triage by")).selectByVisibleText("Top label");
    new Select(browser.field("Order")).selectByVisibleText("Added ↑");
  }

  private static List<Double> probabilities() {
    return list.rows().values().stream()
        .map(cells -> cells.get("probability"))
        .filter(text -> !text.isBlank())
        .map(Double::valueOf)
        .toList();
  }

  private static boolean descending(List<Double> values) {
    for (int i = 1; i < values.size(); i++) {
      if (values.get(i) > values.get(i - 1)) {
        return false;
      }
    }
    return values.size() > 2;
  }

  @Test
  @Order(5)
  void aPageThatIsOpenSurvivesARestart() throws Exception {
    long before = list.size();
    browser.forgetLog();
    server.restart();
    // Sessions end with the server. The page finds the new one by itself and asks for a sign-in.
    browser.button("Sign in");
    assertFalse(browser.text(By.tagName("body")).contains("clear.png"));
    browser.open(server.signInUrl());
    browser.until("the cases again", () -> list.size() == before);
    list.add(List.of(films.png("after.png", true, 9, 256)));
    browser.until("the new row", () -> list.size() == before + 1);
    list.awaitAnswer("after.png");
    assertTrue(list.rows().containsKey("clear.png"), list.rows().toString());
    assertFalse(list.cell("clear.png", "probability").isBlank());
    // What the browser says of a server that is gone for a moment.
    browser.assertCleanLog("/api/", "401");
    browser.forgetLog();
  }

  @Test
  @Order(6)
  void hundredsOfFilesAtOnceHaveARowEach() {
    long before = list.size();
    browser.run(
        """
        window.seen = [];
        new MutationObserver(() => {
          const bar = document.querySelector('.upload-panel progress');
          if (bar && !bar.hidden) window.seen.push(bar.value / bar.max);
        }).observe(document.body, {subtree: true, childList: true, attributes: true});
        """);
    PageTimes times = new PageTimes(browser);
    list.take(Films.small(HUNDREDS), "drop");
    times.begin();
    list.drop();
    browser.until("a row for each file", () -> list.size() == before + HUNDREDS);
    double arrival = times.computed() / HUNDREDS;
    System.out.printf(
        Locale.ROOT,
        "%d files arrived: the page computed %.1f ms a file; tasks: %s%n",
        HUNDREDS,
        arrival,
        PageTimes.summary(times.longTasks()));
    // It went forward in many steps.
    long steps = browser.number("new Set(window.seen.map((share) => Math.floor(share * 20))).size");
    assertTrue(steps >= 10, "steps of the progress: " + steps);
    browser.field("Filter by text").sendKeys("drop-");
    browser.until("the dropped ones", () -> list.size() == HUNDREDS);
    // From the first to the last, whose rows exist when they are scrolled to.
    for (int part = 0; part <= 10; part++) {
      browser.run(
          "const grid = document.querySelector('.case-grid');"
              + "grid.scrollTop = grid.scrollHeight * arguments[0] / 10;",
          part);
      browser.until("rows in sight", () -> list.rows().size() > 3);
    }
    browser.until("the last", () -> list.rows().containsKey("drop-0399.png"));
    browser.await(
        "the queue to be empty",
        Duration.ofMinutes(3),
        () ->
            browser.number("document.querySelector('.queue').hidden ? 0 : 1") == 0
                ? Optional.of(true)
                : Optional.empty());
    list.awaitAnswer("drop-0399.png");
    assertFalse(list.cell("drop-0399.png", "probability").isBlank());
    System.out.printf(
        Locale.ROOT,
        "%d files answered: the page computed %.1f ms a file; tasks: %s%n",
        HUNDREDS,
        times.computed() / HUNDREDS,
        PageTimes.summary(times.longTasks()));
    assertTrue(times.computed() / HUNDREDS < FILE_MILLIS, "milliseconds a file");
    browser.assertCleanLog("/thumbnail");
  }

  /** The rows exist already, or are made as they come into sight. */
  @Test
  @Order(7)
  void hundredsOfRowsScrollSmoothly() {
    PageTimes times = new PageTimes(browser);
    for (String what : List.of("the first time", "again")) {
      browser.run("document.querySelector('.case-grid').scrollTop = 0");
      times.begin();
      List<Double> frames = times.scroll(".case-grid", FRAMES);
      double computed = times.computed() / FRAMES;
      System.out.printf(
          Locale.ROOT,
          "%d rows scrolled %s in %d frames: the page computed %.1f ms a frame; frames: %s%n",
          list.size(),
          what,
          FRAMES,
          computed,
          PageTimes.summary(frames));
      assertTrue(computed < FRAME_MILLIS, computed + " ms a frame");
    }
  }
}
