package io.cxr.workbench.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.support.ui.Select;

/** The page of evaluations: each cell, count and bin leads to the films behind it. */
@Tag("slow")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class EvaluationPageTest {
  @TempDir static Path folder;

  @AutoClose private static Chromium browser;
  @AutoClose private static WorkbenchServer server;
  private static PageChecks checks;

  @BeforeAll
  static void start() throws Exception {
    browser = Chromium.orSkip();
    server = WorkbenchServer.withToken(folder);
    checks = new PageChecks(browser);
    browser.open(server.signInUrl());
    browser.find(By.cssSelector(".drop-hint"));
  }

  @Test
  @Order(1)
  void cellsOfAnEvaluationLeadToTheFilms() throws Exception {
    browser.go("/evaluation");
    browser.button("Start the evaluation");
    new Select(browser.field("Model")).selectByVisibleText(UngatedModel.NAME + " 1");
    new Select(browser.field("Data with known labels"))
        .selectByVisibleText(WorkbenchServer.THREE_LABELS);
    browser.button("Start the evaluation").click();
    browser.find(By.cssSelector(".confusion"));
    browser.run("document.querySelectorAll('details').forEach((each) => { each.open = true; })");
    checks.check("evaluation with figures");
    browser.run("document.querySelectorAll('details').forEach((each) => { each.open = false; })");
    checks.wholePicture("evaluation");

    // The cells count every film that was answered.
    long counted =
        browser.number(
            "[...document.querySelectorAll('.confusion button b')]"
                + ".reduce((sum, each) => sum + Number(each.textContent), 0)");
    assertEquals(3 * WorkbenchServer.FILMS_A_LABEL, counted);
    WebElement cell = browser.find(By.xpath("//*[@class='confusion']//button[not(b='0')]"));
    long count = Long.parseLong(cell.findElement(By.tagName("b")).getText());
    cell.click();
    assertEquals(count, browser.all(By.cssSelector("dialog .films li")).size());
    checks.check("films of a cell");
    browser.find(By.cssSelector("dialog .films button")).click();
    browser.find(By.cssSelector(".case-side"));
    assertTrue(new FilmCanvas(browser).settled().mean() > 5);
    browser.driver().navigate().back();
    browser.find(By.cssSelector(".confusion"));
  }

  @Test
  @Order(2)
  void thresholdsAndBinsLeadToTheFilmsToo() {
    // A higher threshold has fewer positives, and the mark on the curve moves.
    WebElement slider = browser.find(By.cssSelector(".threshold input"));
    setSlider(slider, 0.05);
    long many = positives();
    String place = mark();
    setSlider(slider, 0.95);
    assertTrue(positives() < many, positives() + " of " + many);
    assertTrue(!mark().equals(place));

    WebElement bin = browser.find(By.cssSelector(".plot-bin"));
    String name = bin.getDomAttribute("aria-label");
    browser.run("arguments[0].focus()", bin);
    browser.press(Keys.ENTER);
    browser.find(By.cssSelector("dialog .films"));
    String expected = name.replaceAll(".* of (\\d+) films.*", "$1");
    assertEquals(
        Long.parseLong(expected), browser.all(By.cssSelector("dialog .films li")).size(), name);
    browser.press(Keys.ESCAPE);
    browser.until("no dialog", () -> browser.all(By.cssSelector("dialog")).isEmpty());
    browser.assertCleanLog("/thumbnail");
  }

  private static void setSlider(WebElement slider, double value) {
    browser.run(
        "arguments[0].value = arguments[1];"
            + " arguments[0].dispatchEvent(new Event('input', {bubbles: true}));",
        slider,
        value);
  }

  private static long positives() {
    return browser.number(
        "[...document.querySelectorAll('.four-fold button')]"
            + ".filter((each) => each.textContent.includes('positives'))"
            + ".reduce((sum, each) => sum + Number(each.querySelector('b').textContent), 0)");
  }

  private static String mark() {
    WebElement circle = browser.find(By.cssSelector("figure circle.plot-mark"));
    return circle.getDomAttribute("cx") + " " + circle.getDomAttribute("cy");
  }
}
