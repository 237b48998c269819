package io.cxr.webpage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.onnx.SelfContainedModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** What the page is made of, without a browser. */
class PageSourcesTest {
  /** What may ask for something elsewhere; a picture and a text only name addresses. */
  private static final List<String> CODE =
      Stream.concat(WebPage.SOURCES.stream(), Stream.of(WebPage.SERVICE_WORKER))
          .filter(name -> !name.equals("icon.svg") && !name.equals("licences.txt"))
          .toList();

  private static String source(String name) throws IOException {
    try (var stream =
        Objects.requireNonNull(WebPage.class.getResourceAsStream("site/" + name), name)) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void nothingIsInlineOrOfAnotherHost() throws IOException {
    String page = source("index.html");
    assertFalse(
        Pattern.compile("<script(?![^>]* src=)|<style|\\son[a-z]+=| style=").matcher(page).find());
    Pattern host = Pattern.compile("(https?:)?//[a-z0-9.-]+\\.[a-z]{2,}");
    for (String name : CODE) {
      Matcher found = host.matcher(source(name).replaceAll("xmlns=\"[^\"]*\"", ""));
      assertFalse(found.find(), () -> name + ": " + found.group());
      assertFalse(source(name).contains("eval("), name);
      assertFalse(source(name).contains("new Function"), name);
      assertFalse(source(name).contains("innerHTML"), name);
    }
  }

  @Test
  void oneContentSecurityPolicyIsSaidTwice() throws IOException {
    Matcher page = Pattern.compile("Policy\" content=\"([^\"]*)\"").matcher(source("index.html"));
    assertTrue(page.find());
    Matcher worker =
        Pattern.compile("\"Content-Security-Policy\":\\s*((?:\"[^\"]*\"[\\s+]*)+)")
            .matcher(source("sw.js"));
    assertTrue(worker.find());
    String header = worker.group(1).replaceAll("\"[\\s+]*\"", "").replaceAll("[\"\\s]*$|^\"", "");
    // What a page cannot say of itself.
    assertEquals(page.group(1) + "; frame-ancestors 'self'", header);
  }

  @Test
  void settingsTellOfViewsColoursAndLabels() {
    JsonNode settings = new ObjectMapper().readTree(PageSettings.json(PageModel.shipped()));
    assertEquals(6, settings.get("views").size(), "refusals 2 to 7");
    for (JsonNode colours : settings.get("colours")) {
      assertEquals(256 * 6, colours.asString().length());
    }
    assertEquals(3, settings.get("model").get("labels").size());
  }

  @Test
  void iconsHaveTheirSizes() throws IOException {
    for (Map.Entry<String, byte[]> icon : PageIcon.files().entrySet()) {
      var image = ImageIO.read(new ByteArrayInputStream(icon.getValue()));
      assertTrue(icon.getKey().endsWith("-" + image.getWidth() + ".png"), icon.getKey());
      assertEquals(image.getWidth(), image.getHeight());
      assertTrue(
          source("index.html").contains(icon.getKey())
              || source("manifest.webmanifest").contains(icon.getKey()),
          icon.getKey());
    }
  }

  @Test
  void ordinaryModelsAreRefusedWithTheRemedy(@TempDir Path folder) throws IOException {
    Path ordinary =
        Files.write(
            folder.resolve("ordinary.onnx"),
            SelfContainedModel.network(PageModel.shipped().file()));
    String message =
        assertThrows(IllegalArgumentException.class, () -> PageModel.of(ordinary)).getMessage();
    assertTrue(message.contains("cxr export MODEL.onnx --self-contained"), message);
  }
}
