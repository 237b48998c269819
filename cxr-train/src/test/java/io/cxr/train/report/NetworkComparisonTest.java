package io.cxr.train.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Prediction;
import io.cxr.train.ReportPreset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class NetworkComparisonTest {

  @BeforeAll
  static void needFonts() {
    FigureTest.needFonts();
  }

  private static NetworkComparison comparison() {
    var validation = FigureTest.roc();
    var resnet =
        new NetworkResult(
            "resnet50",
            Optional.of(ReportPreset.RESNET50.reported()),
            Map.of("learningRate", "1.0E-5"),
            FigureTest.history(9),
            8,
            validation,
            95_000_000,
            23_788_418,
            200_706,
            31.25);
    var small =
        new NetworkResult(
            "local-maxima-cnn",
            Optional.of(ReportPreset.LOCAL_MAXIMA_CNN.reported()),
            Map.of(),
            FigureTest.history(2),
            2,
            validation,
            5_400_000,
            1_348_641,
            1_348_641,
            2.5);
    var run =
        new LocalMaximaExperiment.Run(
            0.003, 0.1, 80, FigureTest.history(2).epochs().get(1), validation.confusion());
    return new NetworkComparison(
        "<script>alert('x')</script> & co",
        validation.labels(),
        Map.of("COVID19", 80),
        Map.of("COVID19", 20),
        true,
        false,
        1,
        "a machine",
        List.of(resnet, small),
        Map.of("vgg16", "left out: no weights"),
        Optional.of(
            new LocalMaximaExperiment(
                OneHotMismatch.of(new double[] {0.2, 0.9}, new boolean[] {false, true}),
                List.of(run),
                0.8,
                0.8)));
  }

  @Test
  void pageIsWellFormedAndRefersToNothing() throws Exception {
    String html = comparison().toHtml();
    String root =
        FigureTest.parse(html.replace("<!DOCTYPE html>\n", "")).getDocumentElement().getTagName();
    assertEquals("html", root);
    for (String reference : List.of("http", "src=", "href", "<link", "@import", "<script")) {
      assertFalse(html.contains(reference), reference);
    }
    for (String part :
        List.of(
            "23,788,418",
            "99.54 %",
            "50.00 %",
            "&lt;script&gt;",
            "left out: no weights",
            Prediction.NOTICE,
            "(the report&#39;s)",
            "width=device-width")) {
      assertTrue(html.contains(part), part);
    }
    assertEquals(5, html.split("<svg ", -1).length - 1, "two figures a network and the collapse");
  }

  @Test
  void csvHasALineForUsAndOneForTheReport() {
    List<String> lines = comparison().toCsv().lines().toList();
    assertEquals(5, lines.size());
    int columns = lines.get(0).split(",", -1).length;
    assertEquals(13, columns);
    lines.forEach(line -> assertEquals(columns, line.split(",", -1).length, line));
    assertTrue(lines.get(1).startsWith("resnet50,cxr,9,8,"), lines.get(1));
    assertTrue(lines.get(1).endsWith(",95000000,23788418,200706,2.500,31.250"), lines.get(1));
    assertEquals(
        "resnet50,report,7,,0.9969,0.037,0.9954,0.1256,97300000,23788418,200706,,", lines.get(2));
    assertEquals(
        "local-maxima-cnn,report,10,,0.75,0.5425,0.5,0.7244,,1348641,1348641,,", lines.get(4));
  }

  @Test
  void jsonHasAllFigures() {
    JsonNode json = new JsonMapper().readTree(comparison().toJson());
    JsonNode resnet = json.get("networks").get(0);
    assertEquals(8, resnet.get("bestEpoch").asInt());
    assertEquals(9, resnet.get("history").size());
    assertEquals(0.9376, resnet.get("report").get("validation").get(1).get("accuracy").asDouble());
    assertEquals(0.5, json.get("localMaxima").get("mismatch").get("accuracy").asDouble());
    assertEquals(80, json.get("localMaxima").get("sweep").get(0).get("steps").asInt());
    assertEquals(Prediction.NOTICE, json.get("notice").asString());
  }
}
