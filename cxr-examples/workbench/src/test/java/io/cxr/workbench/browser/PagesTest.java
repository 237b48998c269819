package io.cxr.workbench.browser;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
import org.openqa.selenium.logging.LogEntry;

/** Every page, in dark and light, on a phone, a desk and a wall. */
@Tag("slow")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class PagesTest {
  @TempDir static Path folder;

  @AutoClose private static Chromium browser;
  @AutoClose private static WorkbenchServer server;
  private static PageChecks checks;
  private static CaseList list;

  @BeforeAll
  static void start() throws Exception {
    browser = Chromium.orSkip();
    server = WorkbenchServer.withToken(folder);
    checks = new PageChecks(browser);
    list = new CaseList(browser);
    browser.open(server.url());
  }

  @Test
  @Order(1)
  void signInAndTheEmptyList() {
    browser.button("Sign in");
    checks.check("sign-in");
    browser.forgetLog();
    browser.open(server.signInUrl());
    browser.find(By.cssSelector(".drop-hint"));
    checks.check("empty list");
  }

  @Test
  @Order(2)
  void listCaseAndComparison() throws Exception {
    Films films = new Films(Files.createDirectory(folder.resolve("films")));
    List<Path> files = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      files.add(films.png("phantom-" + i + ".png", i % 2 == 0, 20 + i, 512));
    }
    files.add(films.dicom("phantom-8.dcm", 31, 256));
    files.add(films.cutShort("cut-short.png"));
    list.add(files);
    for (Path file : files) {
      list.awaitAnswer(file.getFileName().toString());
    }
    checks.check("list");
    checks.picture("list");
    list.open("phantom-8.dcm");
    new FilmCanvas(browser).settled();
    checks.check("case");
    browser.press("h");
    browser.press("o");
    new FilmCanvas(browser).settled();
    checks.check("case with heatmap");
    checks.picture("case");
    browser.press("c");
    browser.find(By.cssSelector(".compare-columns"));
    checks.check("comparison");
    browser.press("?");
    browser.find(By.cssSelector("dialog"));
    checks.check("keyboard help");
    browser.press(Keys.ESCAPE);
    browser.until("no dialog", () -> browser.all(By.cssSelector("dialog")).isEmpty());
  }

  @Test
  @Order(3)
  void trainingEvaluationAndModels() {
    browser.go("/training");
    browser.button("Start the training");
    checks.check("training");
    browser.go("/evaluation");
    browser.button("Start the evaluation");
    checks.check("evaluation");
    browser.go("/models");
    browser.find(By.xpath("//h2[.='Shortcut audit']"));
    for (WebElement summary : browser.all(By.tagName("summary"))) {
      summary.click();
    }
    checks.check("models");
    browser.go("/nothing");
    browser.until("no such page", () -> browser.text(By.id("page")).contains("no such page"));
    checks.check("no such page");
  }

  @Test
  @Order(4)
  void nothingWasAgainstThePolicy() {
    browser.assertCleanLog("/thumbnail");
    // The check sees what is against it.
    browser.run(
        """
        const script = document.createElement('script');
        script.textContent = 'document.title = "inline"';
        document.head.append(script);
        const image = document.createElement('img');
        image.setAttribute('style', 'color: red');
        document.body.append(image);
        """);
    browser.until(
        "two violations in the log",
        () ->
            browser.log().stream()
                    .map(LogEntry::getMessage)
                    .filter(message -> message.contains("Content Security Policy"))
                    .count()
                >= 2);
    assertTrue(!browser.driver().getTitle().equals("inline"));
  }
}
