package io.cxr.workbench.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.workbench.browser.FilmCanvas.Drawing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.support.ui.Select;

/** The page of a case: what is drawn really changes with its controls. */
@Tag("slow")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class CaseViewTest {
  private static final String FILM = "film.dcm";

  @TempDir static Path folder;

  @AutoClose private static Chromium browser;
  @AutoClose private static WorkbenchServer server;
  private static FilmCanvas canvas;
  private static String page;

  @BeforeAll
  static void start() throws Exception {
    browser = Chromium.orSkip();
    server = WorkbenchServer.withToken(folder);
    Films films = new Films(Files.createDirectory(folder.resolve("films")));
    CaseList list = new CaseList(browser);
    canvas = new FilmCanvas(browser);
    browser.open(server.signInUrl());
    browser.find(By.cssSelector(".drop-hint"));
    list.add(List.of(films.dicom(FILM, 4, 300), films.png("other.png", false, 5, 256)));
    list.awaitAnswer(FILM);
    list.awaitAnswer("other.png");
    list.open(FILM);
    canvas.settled();
    page = String.valueOf(browser.run("return location.hash.slice(1)"));
  }

  @BeforeEach
  void onTheCase() {
    browser.go(page);
    canvas.settled();
  }

  /** Sets a field or a slider as a person does, with the events that follow. */
  private static void set(WebElement field, Object value) {
    browser.run(
        """
        arguments[0].value = arguments[1];
        for (const type of ['input', 'change']) {
          arguments[0].dispatchEvent(new Event(type, {bubbles: true}));
        }
        """,
        field,
        value);
  }

  @Test
  @Order(1)
  void theHeatmapIsDrawnAsStrongAsItsSliderSays() {
    Drawing film = canvas.settled();
    assertTrue(film.chroma() < 0.01, "a film is gray, found " + film);
    browser.button("Heatmap (H)").click();
    canvas.changed("the heatmap", film);
    WebElement slider = browser.field("Opacity of the heatmap in percent");
    double last = -1;
    for (int percent : new int[] {0, 30, 60, 90}) {
      Drawing before = canvas.drawing();
      set(slider, percent);
      browser.until("another picture", () -> canvas.drawing().sum() != before.sum());
      Drawing now = canvas.settled();
      assertTrue(
          now.chroma() > last + 0.1 || percent == 0, percent + " %: " + now + " after " + last);
      last = now.chroma();
    }
    Drawing strong = canvas.settled();
    new Select(browser.field("Colours of the heatmap")).selectByVisibleText("viridis");
    Drawing other = canvas.changed("another colour map", strong);
    new Select(browser.field("Colours of the heatmap")).selectByVisibleText("inferno");
    canvas.changed("the colour map", other);
    browser.button("Heatmap (H)").click();
    browser.until("the film as it was", () -> canvas.drawing().equals(film));
  }

  @Test
  @Order(2)
  void windowAndLevelChangeTheGray() {
    Drawing film = canvas.settled();
    WebElement level = browser.field("Window level");
    long centre = Long.parseLong(level.getDomProperty("value"));
    // As wide as the film's own values, of eight bits or sixteen.
    long shift = Long.parseLong(browser.field("Window width").getDomProperty("value")) / 4;
    set(level, centre + shift);
    Drawing darker = canvas.changed("a higher level", film);
    assertTrue(darker.mean() < 0.9 * film.mean(), darker + " after " + film);
    set(level, centre - shift);
    Drawing brighter = canvas.changed("a lower level", darker);
    assertTrue(brighter.mean() > 1.1 * film.mean(), brighter + " after " + film);
    set(level, centre);
    browser.until("the first window", () -> canvas.drawing().equals(film));

    browser.button("Invert (I)").click();
    Drawing inverted = canvas.changed("inverting", film);
    browser.button("Invert (I)").click();
    browser.until("the film as it was", () -> canvas.drawing().equals(film));
    assertTrue(Math.abs(inverted.mean() - film.mean()) > 1, inverted + " " + film);

    // By dragging: to the right is a wider window, which has less contrast.
    WebElement stage = browser.find(By.cssSelector(".stage canvas"));
    String width = browser.field("Window width").getDomProperty("value");
    new Actions(browser.driver())
        .moveToElement(stage)
        .clickAndHold()
        .moveByOffset(80, 0)
        .release()
        .perform();
    canvas.changed("dragging", film);
    browser.until(
        "another width",
        () -> !width.equals(browser.field("Window width").getDomProperty("value")));
    browser.press("0");
    browser.until("the window of the file", () -> canvas.drawing().equals(film));
  }

  @Test
  @Order(3)
  void zoomPanMagnifierAndLungsAreDrawn() {
    browser.button("Fit the window (F)").click();
    Drawing film = canvas.settled();
    browser.button("Zoom in (+)").click();
    Drawing larger = canvas.changed("zooming", film);
    browser.find(By.cssSelector(".stage [role=application]")).click();
    browser.press(Keys.ARROW_LEFT, Keys.ARROW_LEFT, Keys.ARROW_UP);
    Drawing moved = canvas.changed("moving", larger);
    browser.press("f");
    browser.until("the whole film", () -> canvas.drawing().equals(film));
    assertFalse(moved.equals(film));

    browser.press("m");
    new Actions(browser.driver())
        .moveToElement(browser.find(By.cssSelector(".stage canvas")), 60, 40)
        .perform();
    canvas.changed("the magnifier", film);
    browser.press("m");
    browser.until("the film without it", () -> canvas.drawing().equals(film));
  }

  @Test
  @Order(4)
  void probabilitiesThresholdsAndLabelSetAreDrawn() {
    String side = browser.text(By.cssSelector(".case-side"));
    for (String label : List.of("COVID19", "NORMAL", "PNEUMONIA")) {
      assertTrue(side.contains(label), side);
    }
    assertTrue(
        browser.number("document.querySelectorAll('.case-side .bar-fill').length") >= 3, side);
    assertTrue(
        browser.number("document.querySelectorAll('.case-side .bar-mark').length") >= 3, side);
    browser.button("Model card").click();
    browser.until(
        "the card", () -> browser.text(By.cssSelector("dialog")).contains("Research use only"));
    browser.press(Keys.ESCAPE);
    browser.until("no dialog", () -> browser.all(By.cssSelector("dialog")).isEmpty());
    browser.button("Audit").click();
    browser.until(
        "the verdict", () -> browser.text(By.cssSelector("dialog")).contains("without the lungs"));
    browser.press(Keys.ESCAPE);
    browser.until("no dialog", () -> browser.all(By.cssSelector("dialog")).isEmpty());
  }

  @Test
  @Order(5)
  void whoThePatientIsIsHiddenUntilAskedFor() {
    browser.button("DICOM header").click();
    browser.until(
        "the header", () -> browser.text(By.cssSelector("dialog")).contains("PatientName"));
    String hidden = String.valueOf(browser.run("return document.documentElement.outerHTML"));
    assertFalse(hidden.contains(Films.PATIENT));
    browser.find(By.cssSelector("dialog input[type=checkbox]")).click();
    browser.until("the name", () -> browser.text(By.cssSelector("dialog")).contains(Films.PATIENT));
    browser.press(Keys.ESCAPE);
    browser.until("no dialog", () -> browser.all(By.cssSelector("dialog")).isEmpty());
    assertFalse(
        String.valueOf(browser.run("return document.documentElement.outerHTML"))
            .contains(Films.PATIENT));
    assertFalse(browser.driver().getCurrentUrl().contains("Phantom"));
  }

  @Test
  @Order(6)
  void twoModelsAreComparedOnACase() {
    browser.press("c");
    browser.find(By.cssSelector(".compare-columns"));
    assertEquals(
        2, browser.all(By.cssSelector(".compare-columns canvas:not(.color-scale)")).size());
    browser.press(Keys.ESCAPE);
    browser.find(By.cssSelector(".case-grid"));
  }

  /** The second is made before the server has answered the first. */
  @Test
  @Order(7)
  void twoChangesOfAMarkAtOnceAreBothKept() {
    browser.find(By.cssSelector(".verdict.wrong")).click();
    browser.find(By.cssSelector(".mark-labels"));
    browser.run(
        """
        document.querySelector(".mark-labels input[value='NORMAL']").click();
        const remark = document.querySelector('.mark-form textarea');
        remark.value = 'A drawn phantom';
        remark.dispatchEvent(new Event('change'));
        """);
    browser.until(
        "label and remark kept by the server",
        () -> {
          String mark = marks();
          return mark.contains("NORMAL") && mark.contains("A drawn phantom");
        });
  }

  /** The names and marks of all cases that have one, as the server has them. */
  private static String marks() {
    return String.valueOf(
        browser.runAsync(
            """
            const done = arguments[0];
            fetch('/api/cases').then((answer) => answer.json()).then(({cases}) =>
              done(cases.filter((each) => each.mark !== null)
                .map((each) => each.name + ' ' + JSON.stringify(each.mark)).join('; ')));
            """));
  }

  /** Faster than the page changes: K R K R marks film after film. */
  @Test
  @Order(8)
  void aKeyPressedOnTheWayToAnotherCaseIsForThatOne() {
    String towards =
        browser.text(By.cssSelector(".case-heading .numbers")).startsWith("1 of") ? "j" : "k";
    String before = marks();
    browser.run(
        """
        for (const key of [arguments[0], 'r']) {
          document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
        }
        """,
        towards);
    browser.until(
        "the other case marked right", () -> marks().matches("(?s).*other\\.png \\{[^}]*right.*"));
    browser.awaitPressed("the mark on the page", By.cssSelector(".verdict.right"));
    assertEquals("other.png", browser.text(By.cssSelector(".case-heading h1")));
    assertTrue(marks().contains(before), "the mark of the case before stays: " + marks());
  }

  @Test
  @Order(9)
  void nothingFailedMeanwhile() {
    browser.assertCleanLog();
  }
}
