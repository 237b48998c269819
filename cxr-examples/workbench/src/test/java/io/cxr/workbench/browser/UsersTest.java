package io.cxr.workbench.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
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

/** Two users with passwords, each in a browser of their own. */
@Tag("slow")
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class UsersTest {
  private static final String FILM = "annas-film.png";

  @TempDir static Path folder;

  @AutoClose private static Chromium anna;
  @AutoClose private static Chromium bert;
  @AutoClose private static WorkbenchServer server;
  private static Films films;

  @BeforeAll
  static void start() throws Exception {
    anna = Chromium.orSkip();
    bert = Chromium.orSkip();
    server = WorkbenchServer.withPasswords(folder);
    films = new Films(Files.createDirectory(folder.resolve("films")));
    anna.open(server.url());
    bert.open(server.url());
  }

  static void signIn(Chromium browser, String user, String password) {
    browser.field("User").clear();
    browser.field("User").sendKeys(user);
    browser.field("Password").sendKeys(password);
    browser.button("Sign in").click();
  }

  @Test
  @Order(1)
  void aWrongPasswordOpensNothing() {
    signIn(anna, WorkbenchServer.ANNA, "not-the-password");
    anna.until("a message", () -> !anna.text(By.cssSelector(".sign-in [role=alert]")).isBlank());
    assertTrue(anna.all(By.cssSelector(".tabs a")).isEmpty());
    assertEquals(
        401L,
        anna.runAsync(
            "const done = arguments[0]; fetch('/api/cases').then((answer) =>"
                + " done(answer.status));"));
    // The browser logs the answers that this test asked for.
    anna.assertCleanLog("401");
    anna.forgetLog();
  }

  @Test
  @Order(2)
  void eachSeesTheirOwnCasesAlone() throws Exception {
    signIn(anna, WorkbenchServer.ANNA, WorkbenchServer.PASSWORD);
    signIn(bert, WorkbenchServer.BERT, WorkbenchServer.PASSWORD);
    CaseList annas = new CaseList(anna);
    CaseList berts = new CaseList(bert);
    anna.find(By.cssSelector(".drop-hint"));
    bert.find(By.cssSelector(".drop-hint"));
    annas.add(List.of(films.png(FILM, true, 1, 256)));
    annas.awaitAnswer(FILM);
    berts.add(List.of(films.png("berts-film.png", false, 2, 256)));
    berts.awaitAnswer("berts-film.png");
    assertEquals(List.of(FILM), List.copyOf(annas.rows().keySet()));
    assertEquals(List.of("berts-film.png"), List.copyOf(berts.rows().keySet()));

    String id =
        String.valueOf(anna.run("return document.querySelector('.case-row[data-id]').dataset.id"));
    for (String part :
        List.of("", "/pixels", "/thumbnail", "/heatmap", "/lungs", "/header", "/report.pdf")) {
      assertEquals(
          404L,
          bert.runAsync(
              "const done = arguments[1];"
                  + " fetch('/api/cases/' + arguments[0]).then((answer) => done(answer.status));",
              id + part),
          part);
    }
    bert.forgetLog();
    bert.go("/case/" + id);
    bert.until(
        "that there is no such case", () -> bert.text(By.id("page")).contains("cannot be shown"));
    assertFalse(bert.text(By.id("page")).contains(FILM));
  }

  @Test
  @Order(3)
  void nothingOfACaseIsInTheAddressOrKeptByTheBrowser() {
    assertFalse(anna.driver().getCurrentUrl().contains("film"), anna.driver().getCurrentUrl());
    String kept =
        String.valueOf(
            anna.run("return JSON.stringify([localStorage, sessionStorage, document.cookie])"));
    assertFalse(kept.contains("film"), kept);
    assertFalse(kept.contains("cxr-session"), "a script can read the session: " + kept);
  }

  @Test
  @Order(4)
  void signingOutTakesEverythingOffTheScreen() {
    anna.go("/cases");
    anna.button("Sign out").click();
    anna.field("User");
    assertFalse(anna.text(By.tagName("body")).contains(FILM));
    // Nor does the browser's way back show it again.
    anna.driver().navigate().back();
    anna.driver().navigate().refresh();
    anna.field("User");
    assertFalse(anna.text(By.tagName("body")).contains(FILM));
    anna.assertCleanLog("401");
    bert.until("berts list is as it was", () -> bert.all(By.cssSelector(".tabs a")).size() >= 3);
  }
}
