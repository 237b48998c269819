package io.cxr.workbench.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;

/** From the sign-in to a marked case and to the other pages, by keys alone. */
@Tag("slow")
class KeyboardTest {
  @TempDir static Path folder;

  @AutoClose private static Chromium browser;
  @AutoClose private static WorkbenchServer server;

  @BeforeAll
  static void start() throws Exception {
    browser = Chromium.orSkip();
    server = WorkbenchServer.withPasswords(folder);
  }

  /** Whoever sees must see where the focus is. */
  private static void assertFocusIsSeen() {
    WebElement focused = browser.driver().switchTo().activeElement();
    String outline =
        String.valueOf(
            browser.run(
                """
                // A part within may carry the outline, such as the row of a grid.
                const style = getComputedStyle(arguments[0]);
                return style.outlineStyle + ' ' + style.outlineWidth + ' ' + style.boxShadow;
                """,
                focused));
    assertTrue(
        !outline.startsWith("none") || !outline.endsWith("none"),
        focused.getTagName() + " " + focused.getAccessibleName() + ": " + outline);
  }

  @Test
  void fromTheSignInToAMarkedCase() throws Exception {
    browser.open(server.url());
    browser.field("User");
    browser.tabTo("User");
    browser.press(WorkbenchServer.ANNA);
    browser.tabTo("Password");
    browser.press(WorkbenchServer.PASSWORD, Keys.ENTER);
    browser.find(By.cssSelector(".drop-hint"));

    // The button is reached by key; the system's dialog that it opens is not the page's.
    browser.tabTo("Add films");
    assertFocusIsSeen();
    CaseList list = new CaseList(browser);
    Films films = new Films(Files.createDirectory(folder.resolve("films")));
    list.add(
        List.of(films.png("a-first.png", true, 1, 256), films.png("b-second.png", false, 2, 256)));
    list.awaitAnswer("a-first.png");
    list.awaitAnswer("b-second.png");

    browser.press("/");
    browser.press("second");
    browser.until("one row", () -> list.size() == 1);
    assertFocusIsSeen();
    browser.press(Keys.BACK_SPACE.toString().repeat("second".length()));
    browser.until("both rows", () -> list.size() == 2);
    browser.tabTo(
        "a row", element -> String.valueOf(element.getDomAttribute("class")).contains("case-row"));
    assertFocusIsSeen();
    browser.press(Keys.HOME);
    String first = focusedRow();
    browser.press(Keys.ARROW_DOWN);
    String second = focusedRow();
    assertTrue(!first.equals(second), "the arrow moves to the next row");
    browser.press(Keys.ENTER);
    browser.find(By.cssSelector(".case-side"));
    FilmCanvas canvas = new FilmCanvas(browser);
    FilmCanvas.Drawing film = canvas.settled();

    browser.press("h");
    FilmCanvas.Drawing heatmap = canvas.changed("the heatmap's key", film);
    browser.press("]");
    canvas.changed("the key for a stronger heatmap", heatmap);
    browser.press("h");
    browser.press("w");
    browser.awaitPressed("the mark", By.cssSelector(".verdict.wrong"));
    browser.tabTo("NORMAL");
    browser.press(Keys.SPACE);
    browser.press("e");
    assertEquals("Remark", browser.driver().switchTo().activeElement().getAccessibleName());
    browser.press("A drawn phantom");
    browser.press(Keys.ESCAPE);
    browser.press("k"); // The second row was open, which is the last.
    browser.press("r");
    browser.awaitPressed("the other mark", By.cssSelector(".verdict.right"));
    browser.press(Keys.ESCAPE);
    browser.find(By.cssSelector(".case-grid"));
    browser.until(
        "both marks in the list",
        () -> {
          String marks = list.cell("a-first.png", "mark") + " " + list.cell("b-second.png", "mark");
          return marks.contains("Wrong: NORMAL")
              && marks.contains("A drawn phantom")
              && marks.contains("Right");
        });

    // Kept by the server, not by the page.
    browser.driver().navigate().refresh();
    browser.until(
        "the marks again",
        () ->
            (list.cell("a-first.png", "mark") + list.cell("b-second.png", "mark"))
                .contains("Wrong: NORMAL"));

    browser.press("?");
    browser.find(By.cssSelector("dialog"));
    browser.press(Keys.ESCAPE);
    browser.until("no dialog", () -> browser.all(By.cssSelector("dialog")).isEmpty());
    for (String tab : List.of("Training", "Evaluation", "Models")) {
      browser.tabTo(
          tab, element -> element.getTagName().equals("a") && element.getText().equals(tab));
      assertFocusIsSeen();
      browser.press(Keys.ENTER);
      browser.until("the page " + tab, () -> browser.text(By.tagName("h1")).equals(tab));
    }
    browser.assertCleanLog("401");
  }

  private static String focusedRow() {
    return String.valueOf(browser.run("return document.activeElement.dataset.id"));
  }
}
