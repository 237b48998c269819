package io.cxr.workbench.browser;

import java.util.List;

/** The pixels of the canvas on which a case is shown. */
final class FilmCanvas {
  private final Chromium browser;

  FilmCanvas(Chromium browser) {
    this.browser = browser;
  }

  /**
   * What is drawn.
   *
   * @param sum a checksum of all pixels
   * @param mean the mean gray level, from 0 to 255
   * @param chroma the mean distance of red and blue: 0 for a film without colours
   */
  record Drawing(long sum, double mean, double chroma) {}

  Drawing drawing() {
    List<?> numbers =
        (List<?>)
            browser.run(
                """
                const canvas = document.querySelector('.stage canvas');
                const data = canvas.getContext('2d')
                  .getImageData(0, 0, canvas.width, canvas.height).data;
                let sum = 7, mean = 0, chroma = 0;
                for (let i = 0; i < data.length; i += 4) {
                  sum = (Math.imul(sum, 31) + data[i] + 3 * data[i + 1] + 5 * data[i + 2]) | 0;
                  mean += data[i] + data[i + 1] + data[i + 2];
                  chroma += Math.abs(data[i] - data[i + 2]);
                }
                const count = data.length / 4;
                return [sum, mean / count / 3, chroma / count];
                """);
    return new Drawing(
        ((Number) numbers.get(0)).longValue(),
        ((Number) numbers.get(1)).doubleValue(),
        ((Number) numbers.get(2)).doubleValue());
  }

  /** Waits until the film is drawn and stays as it is. */
  Drawing settled() {
    browser.until("a film", () -> drawing().mean() > 5);
    Drawing[] last = {drawing()};
    browser.until(
        "a film at rest",
        () -> {
          Chromium.sleep(150);
          Drawing now = drawing();
          boolean same = now.equals(last[0]);
          last[0] = now;
          return same;
        });
    return last[0];
  }

  /** Waits until something else is drawn than before. */
  Drawing changed(String what, Drawing before) {
    browser.until(what + " to change the picture", () -> drawing().sum() != before.sum());
    return settled();
  }
}
