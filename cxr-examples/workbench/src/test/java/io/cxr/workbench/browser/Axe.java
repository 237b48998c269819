package io.cxr.workbench.browser;

import static org.junit.jupiter.api.Assertions.assertNotNull;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Accessibility by axe-core, Deque's rules of WCAG, run in the page. */
final class Axe {
  private static final Set<String> BAD = Set.of("serious", "critical");

  private final String script;

  Axe() throws IOException {
    try (InputStream in = Axe.class.getResourceAsStream("/axe.min.js")) {
      assertNotNull(in, "axe.min.js of com.deque.html.axe-core:selenium");
      script = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /**
   * What is serious or critical on the page as it is.
   *
   * @param browser shows the page
   * @return rule, impact and where, one text each
   */
  List<String> findings(Chromium browser) {
    if (!Boolean.TRUE.equals(browser.run("return typeof window.axe === 'object'"))) {
      browser.run(script);
    }
    // Names and selectors only; the nodes themselves cannot leave the browser.
    Object answer =
        browser.runAsync(
            """
            const done = arguments[arguments.length - 1];
            axe.run(document, {resultTypes: ['violations']}).then(
              (found) => done(found.violations.flatMap((rule) => rule.nodes.map((node) => ({
                impact: String(node.impact ?? rule.impact),
                text: `${rule.id} (${node.impact ?? rule.impact}) at ${node.target.join(' ')}: `
                  + node.failureSummary.replaceAll('\\n', ' ')
              })))),
              (error) => done([{impact: 'critical', text: String(error)}]));
            """);
    return ((List<?>) answer)
        .stream()
            .map(each -> (Map<?, ?>) each)
            .filter(each -> BAD.contains(String.valueOf(each.get("impact"))))
            .map(each -> String.valueOf(each.get("text")))
            .toList();
  }
}
