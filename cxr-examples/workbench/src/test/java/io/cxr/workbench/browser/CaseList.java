package io.cxr.workbench.browser;

import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.openqa.selenium.By;
import org.openqa.selenium.support.ui.Select;

/** The page of cases, as a person reads it. */
final class CaseList {
  private final Chromium browser;

  CaseList(Chromium browser) {
    this.browser = browser;
  }

  /** Adds files as the dialog of the button "Add films" does. */
  void add(Collection<Path> files) {
    browser
        .driver()
        .findElement(By.cssSelector("input[type=file]:not([webkitdirectory])"))
        .sendKeys(
            files.stream()
                .map(file -> file.toAbsolutePath().toString())
                .collect(Collectors.joining("\n")));
  }

  /**
   * Drops files that are made in the page, as a person drops them from a folder.
   *
   * @param png files in Base64
   * @param name of each, with its number behind
   */
  void drop(List<String> png, String name) {
    take(png, name);
    drop();
  }

  /** Makes files in the page, which takes a while, and holds them above it. */
  void take(List<String> png, String name) {
    browser.run(
        """
        const transfer = new DataTransfer();
        arguments[0].forEach((text, i) => {
          const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
          const number = String(i).padStart(4, '0');
          transfer.items.add(new File([bytes], `${arguments[1]}-${number}.png`, {type: 'image/png'}));
        });
        window.taken = transfer;
        """,
        png,
        name);
  }

  /** Drops what was taken. */
  void drop() {
    browser.run(
        """
        const zone = document.querySelector('.page-root');
        for (const type of ['dragenter', 'dragover', 'drop']) {
          zone.dispatchEvent(
            new DragEvent(type, {bubbles: true, cancelable: true, dataTransfer: window.taken}));
        }
        """);
  }

  /** What the rows in sight say, by the name of the case: the text of each cell. */
  Map<String, Map<String, String>> rows() {
    Object all =
        browser.run(
            """
            return [...document.querySelectorAll('.case-row[data-id]')].map((row) =>
              Object.fromEntries([...row.querySelectorAll('[class*="cell-"]')].map((cell) =>
                [/cell-([a-z]+)/.exec(cell.className)[1], cell.innerText.trim()])));
            """);
    Map<String, Map<String, String>> rows = new LinkedHashMap<>();
    for (Object each : (List<?>) all) {
      Map<String, String> cells = new LinkedHashMap<>();
      ((Map<?, ?>) each).forEach((key, text) -> cells.put((String) key, (String) text));
      rows.put(cells.getOrDefault("name", "").lines().findFirst().orElse(""), cells);
    }
    return rows;
  }

  /** What one cell of a case says; empty if the case is not in sight. */
  String cell(String name, String column) {
    return rows().getOrDefault(name, Map.of()).getOrDefault(column, "");
  }

  /** How many cases the list has, in sight or not. */
  long size() {
    Object count =
        browser.run("return document.querySelector('.case-grid')?.getAttribute('aria-rowcount')");
    return count == null ? 0 : Long.parseLong(count.toString()) - 1;
  }

  /** Waits until a case is answered, refused or failed. */
  void awaitAnswer(String name) {
    browser.until(
        "an answer for " + name,
        () -> {
          String answer = cell(name, "answer");
          return !answer.isEmpty()
              && !answer.contains("Waiting")
              && !answer.contains("Looking")
              && !answer.contains("Not asked");
        });
  }

  /** Chooses the model whose answers the list shows. */
  void model(String name) {
    new Select(browser.field("Model")).selectByVisibleText(name);
  }

  /** Opens a case. */
  void open(String name) {
    browser.find(By.xpath("//a[@title='" + name + "']")).click();
  }
}
