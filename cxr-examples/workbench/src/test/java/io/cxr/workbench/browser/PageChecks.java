package io.cxr.workbench.browser;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;

/** What holds of every page: accessible in both themes, and within the width of any screen. */
final class PageChecks {
  /** Bytes of a picture for the documents. */
  private static final long LARGEST_PICTURE = 150_000;

  private static final int PICTURE_WIDTH = 1180;
  private static final int PICTURE_HEIGHT = 760;

  private static final int DESK = 1280;
  private static final int[] WIDTHS = {320, DESK, 3840};

  /** Text at three times the width is as much larger, so that it can be read from further away. */
  private static final double LEAST_GROWTH = 2.2;

  private static final List<String> THEMES = List.of("Light", "Dark room");

  private final Chromium browser;
  private final Axe axe;

  PageChecks(Chromium browser) throws IOException {
    this.browser = browser;
    this.axe = new Axe();
  }

  /**
   * Checks the page as it is.
   *
   * @param page its name, for the message
   */
  void check(String page) {
    double desk = 0;
    for (int width : WIDTHS) {
      browser.size(width, width == 320 ? 640 : width * 9 / 16);
      // What observes sizes draws in the next frames.
      browser.runAsync(
          "const done = arguments[0];"
              + " requestAnimationFrame(() => requestAnimationFrame(() => done()));");
      assertEquals(List.of(), beyond(), page + " at " + width + " px");
      if (width == DESK) {
        desk = smallestText();
      } else if (width > DESK) {
        double wall = smallestText();
        assertTrue(
            wall > LEAST_GROWTH * desk, page + ": text of " + desk + " px became " + wall + " px");
      }
      if (width == 320) {
        // What is folded away there has names and contrast of its own.
        assertEquals(List.of(), axe.findings(browser), page + " at 320 px");
      }
    }
    browser.size(1280, 900);
    for (String theme : THEMES) {
      // A modal dialog makes the rest inert, and with it the choice of colours.
      browser.run(
          "document.documentElement.dataset.theme = arguments[0]",
          theme.equals("Light") ? "light" : "dark");
      assertEquals(List.of(), axe.findings(browser), page + ", " + theme);
    }
  }

  /** The size of the smallest text that is shown, in pixels; drawings have units of their own. */
  private double smallestText() {
    return ((Number)
            browser.run(
                """
                const sizes = [...document.body.querySelectorAll('*')]
                  .filter((element) => !element.closest('svg, .visually-hidden')
                    && element.checkVisibility()
                    && [...element.childNodes].some((each) =>
                      each.nodeType === Node.TEXT_NODE && each.textContent.trim() !== ''))
                  .map((element) => parseFloat(getComputedStyle(element).fontSize));
                return Math.min(...sizes);
                """))
        .doubleValue();
  }

  /** Elements that stick out of the window, unless a box around them scrolls. */
  private List<?> beyond() {
    return (List<?>)
        browser.run(
            """
            const scrolls = (element) => {
              for (let box = element.parentElement; box && box !== document.body;
                  box = box.parentElement) {
                if (box.id !== 'page' && getComputedStyle(box).overflowX !== 'visible') return true;
              }
              return false;
            };
            const found = [...document.body.querySelectorAll('*')].filter((element) => {
              const box = element.getBoundingClientRect();
              return box.width > 0 && box.height > 0 && box.right > innerWidth + 1
                && !element.closest('.visually-hidden, .skip-link') && !scrolls(element);
            }).map((element) => `${element.tagName} ${element.className}`).slice(0, 5);
            const page = document.getElementById('page');
            if (document.documentElement.scrollWidth > innerWidth) found.push('the document scrolls');
            if (page.scrollWidth > page.clientWidth + 1) found.push('the page scrolls sideways');
            return found;
            """);
  }

  /**
   * Writes a picture of what a window shows of the page for the documents, where they are asked
   * for.
   *
   * @param name of the picture
   */
  void picture(String name) throws IOException {
    picture(name, false);
  }

  /**
   * Writes a picture of the page to its end for the documents, where they are asked for.
   *
   * @param name of the picture
   */
  void wholePicture(String name) throws IOException {
    picture(name, true);
  }

  private void picture(String name, boolean whole) throws IOException {
    String folder = System.getProperty("cxr.screenshots");
    if (folder == null) {
      return;
    }
    browser.size(PICTURE_WIDTH, PICTURE_HEIGHT);
    browser.run("document.documentElement.dataset.theme = 'dark'");
    long height = PICTURE_HEIGHT;
    // Without its scroll bar the page is wider, and what is as high as wide grows once more.
    for (int i = 0; whole && i < 3; i++) {
      // A fraction of a pixel too few would leave the bar there.
      height += hidden() + 1;
      browser.size(PICTURE_WIDTH, (int) height);
    }
    Chromium.sleep(700);
    Path file = Path.of(folder, "workbench-" + name + ".png");
    browser.screenshot(file);
    // Fewer gray levels of a film, whose noise does not compress.
    for (int bits = 5; bits >= 4 && Files.size(file) > LARGEST_PICTURE; bits--) {
      coarsen(file, bits);
    }
    browser.size(DESK, 900);
  }

  /** How many pixels of the page are below the window; the page scrolls within its own box. */
  private long hidden() {
    return browser.number(
        "(() => { const page = document.getElementById('page');"
            + " return page.scrollHeight - page.clientHeight; })()");
  }

  /** Keeps so many bits of red, green and blue. */
  private static void coarsen(Path file, int bits) throws IOException {
    BufferedImage image = ImageIO.read(file.toFile());
    BufferedImage coarse =
        new BufferedImage(image.getWidth(), image.getHeight(), BufferedImage.TYPE_INT_RGB);
    int mask = 0x010101 * (0xff << (8 - bits) & 0xff);
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        coarse.setRGB(x, y, image.getRGB(x, y) & mask);
      }
    }
    ImageIO.write(coarse, "png", file.toFile());
  }
}
