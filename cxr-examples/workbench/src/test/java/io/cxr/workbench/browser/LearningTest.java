package io.cxr.workbench.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.support.ui.Select;

/**
 * Training, evaluation and models: curves that grow, a stop that holds, plots that lead to films.
 */
@Tag("slow")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class LearningTest {
  /** A training on a busy machine. */
  private static final Duration LONG = Duration.ofMinutes(4);

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

  private static void train(String preset, String name, int epochs) {
    browser.go("/training");
    browser.button("Start the training");
    browser.find(By.xpath("//label[b[.='" + preset + "']]")).click();
    WebElement field = browser.field("Name of the model");
    field.clear();
    field.sendKeys(name);
    browser.run("document.querySelector('form details').open = true");
    browser.field("Epochs at most").clear();
    browser.field("Epochs at most").sendKeys(String.valueOf(epochs));
    browser.button("Start the training").click();
    browser.find(job(name));
  }

  private static By job(String name) {
    return By.xpath("//section[contains(@class, 'job')][.//h2[.='" + name + "']]");
  }

  private static String state(String name) {
    return browser.find(job(name)).findElement(By.cssSelector(".badge")).getText();
  }

  private static long points(String name) {
    return browser.find(job(name)).findElements(By.cssSelector("circle.series-2")).size();
  }

  private static void press(String name, String button) {
    browser
        .find(job(name))
        .findElement(By.xpath(".//*[self::button or self::a][.='" + button + "']"))
        .click();
  }

  private static void wait(String what, Supplier<Boolean> condition) {
    browser.await(what, LONG, () -> condition.get() ? Optional.of(true) : Optional.empty());
  }

  @Test
  @Order(1)
  void aTrainingShowsItsCurvesStopsAndGoesOn() {
    String name = "small network";
    train("Small CNN from scratch, 64 x 64", name, 60);
    // Two plots, a point of each curve an epoch.
    wait("the first epochs", () -> points(name) >= 4);
    assertEquals("running", state(name));
    assertTrue(browser.find(job(name)).getText().contains("left"), "the time left");
    long first = points(name);
    wait("a further epoch", () -> points(name) > first);
    press(name, "Stop");
    wait("that it stops", () -> state(name).equals("stopped"));
    long stopped = points(name);
    Chromium.sleep(1500);
    assertEquals(stopped, points(name), "a stopped training learns nothing");

    // The state is the server's: another page shows the same.
    browser.driver().navigate().refresh();
    browser.until("the training again", () -> state(name).equals("stopped"));
    assertEquals(stopped, points(name));
    press(name, "Resume");
    wait("more epochs than before", () -> points(name) > stopped);
    press(name, "Stop");
    wait("that it stops again", () -> state(name).equals("stopped"));
    press(name, "Delete");
    browser.find(By.cssSelector("dialog .danger")).click();
    browser.until("that it is gone", () -> browser.all(job(name)).isEmpty());
  }

  @Test
  @Order(2)
  void aTrainedModelOpensWithItsCard() throws Exception {
    String name = "phantom head";
    train("Linear head on the shipped network", name, 8);
    wait("that it is done", () -> state(name).equals("done") || state(name).equals("failed"));
    assertEquals("done", state(name), browser.find(job(name)).getText());
    assertEquals(16, points(name));
    checks.check("training with curves");
    browser.run("arguments[0].scrollIntoView()", browser.find(job(name)));
    checks.picture("training");
    press(name, "Open the model");
    browser.until("its card", () -> browser.text(By.id("page")).contains("CLEAR, OPACITY"));
    assertTrue(browser.driver().getCurrentUrl().contains("#/models/"));
    browser.find(By.xpath("//h2[.='Where it comes from']"));
    browser.button("Evaluate it").click();
    browser.button("Start the evaluation");
    assertTrue(
        new Select(browser.field("Model")).getFirstSelectedOption().getText().contains(name));
    browser.assertCleanLog("/thumbnail");
  }

  @Test
  @Order(3)
  void aFailedTrainingSaysWhyAndShowsItsLog() throws Exception {
    String name = "lost films";
    Path phantoms = folder.resolve("data").resolve("phantoms");
    Path away = folder.resolve("away");
    train("Small CNN from scratch, 64 x 64", name, 2);
    Files.move(phantoms, away);
    wait("that it fails", () -> state(name).equals("failed"));
    String why = browser.find(job(name)).findElement(By.cssSelector(".banner.error")).getText();
    assertTrue(why.contains("expected the data set phantoms"), why);
    assertTrue(why.contains("Put it back"), why);
    browser.find(job(name)).findElement(By.xpath(".//summary[.='Log']")).click();
    browser.until(
        "the log",
        () ->
            browser
                .find(job(name))
                .findElement(By.cssSelector(".log"))
                .getText()
                .contains("Exception"));
    checks.check("failed training");
    Files.move(away, phantoms);
    press(name, "Resume");
    wait("that it goes on", () -> !browser.find(job(name)).getText().contains("Put it back"));
    press(name, "Stop");
    wait("that it ends", () -> state(name).equals("stopped") || state(name).equals("done"));
    browser.assertCleanLog("/thumbnail");
  }
}
