package io.cxr.train.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.Prediction;
import io.cxr.evaluation.CalibrationCurve;
import io.cxr.evaluation.ClassificationReport;
import io.cxr.evaluation.ConfusionMatrix;
import io.cxr.train.ReportPreset;
import io.cxr.train.TrainingHistory;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Document;

class FigureTest {
  private static final List<String> LABELS = List.of("COVID19", "NORMAL & <other>");

  @BeforeAll
  static void needFonts() {
    boolean fonts = true;
    try {
      Figure.checkFonts();
    } catch (IllegalStateException e) {
      fonts = false;
    }
    assumeTrue(fonts, "SKIPPED: Java finds no font here; install fontconfig and a font");
  }

  static TrainingHistory history(int epochs) {
    return new TrainingHistory(
        IntStream.rangeClosed(1, epochs)
            .mapToObj(
                i ->
                    new TrainingHistory.Epoch(
                        i, 0.6 / i, 1 - 0.3 / i, 0.7 / i + 0.01 * i, 1 - 0.4 / i, 2.5))
            .toList());
  }

  static Stream<Figure> figures() {
    List<CalibrationCurve.Bin> bins = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      bins.add(new CalibrationCurve.Bin(i / 10.0, (i + 1) / 10.0, 3 * i, i / 10.0, i / 11.0));
    }
    return Stream.of(
        TrainingCurves.of("resnet50", history(9)),
        TrainingCurves.of("one epoch", history(1)),
        TrainingCurves.of("a hundred", history(100)),
        TrainingCurves.of("beside", history(3)).beside(ReportPreset.RESNET50.reported()),
        ConfusionMatrixChart.of("confusion", confusion()),
        RocChart.of("roc", roc()),
        ReliabilityDiagram.of("reliability", new CalibrationCurve(bins, 0.05)),
        ReliabilityDiagram.of("no answer", new CalibrationCurve(List.of(), 0)));
  }

  private static ConfusionMatrix confusion() {
    String a = LABELS.get(0);
    String b = LABELS.get(1);
    return ConfusionMatrix.of(LABELS, List.of(a, a, a, a, b, b), List.of(a, a, a, b, b, b));
  }

  static ClassificationReport roc() {
    double[][] probabilities = new double[40][];
    List<String> truth = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      double p = (i * 7 % 40) / 40.0;
      probabilities[i] = new double[] {p, 1 - p};
      truth.add(LABELS.get(p + 0.01 * i > 0.6 ? 0 : 1));
    }
    return ClassificationReport.of(LABELS, truth, probabilities);
  }

  static Document parse(String xml) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(xml.getBytes(StandardCharsets.UTF_8)));
  }

  @ParameterizedTest
  @MethodSource("figures")
  void pngHasTheAskedWidthAndIsNotBlank(Figure figure) throws IOException {
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(figure.toPng(700)));
    assertEquals(700, image.getWidth());
    assertEquals(Math.round(figure.height() * 700.0 / figure.width()), image.getHeight());
    Set<Integer> colours = new HashSet<>();
    int inked = 0;
    for (int y = 0; y < image.getHeight(); y++) {
      for (int x = 0; x < image.getWidth(); x++) {
        colours.add(image.getRGB(x, y));
        inked += image.getRGB(x, y) == 0xffffffff ? 0 : 1;
      }
    }
    assertTrue(colours.size() > 50, "colours: " + colours.size());
    assertTrue(inked > image.getWidth() * image.getHeight() / 100, "inked: " + inked);
    for (int y = 0; y < image.getHeight(); y++) {
      assertEquals(0xffffffff, image.getRGB(699, y), "clipped at the right edge");
    }
  }

  @ParameterizedTest
  @MethodSource("figures")
  void svgIsWellFormedAndSaysWhatItShows(Figure figure) throws Exception {
    String svg = figure.toSvg();
    Document document = parse(svg);
    assertEquals("svg", document.getDocumentElement().getTagName());
    String text = document.getDocumentElement().getTextContent();
    assertTrue(text.contains(figure.title()), text);
    assertTrue(text.contains(Prediction.NOTICE), text);
    assertTrue(text.contains(figure.description()), text);
    assertFalse(svg.contains("DOCTYPE"), "a reference to a DTD on the web");
    assertFalse(figure.toInlineSvg().contains("http"), "a reference");
    assertFalse(svg.contains("NaN"), svg);
  }

  @Test
  void labelsAndCountsAreTextInTheMatrix() throws Exception {
    String svg = ConfusionMatrixChart.of("m", confusion()).toSvg();
    var texts = parse(svg).getElementsByTagName("text");
    Set<String> found = new HashSet<>();
    for (int i = 0; i < texts.getLength(); i++) {
      found.add(texts.item(i).getTextContent());
    }
    assertTrue(found.containsAll(LABELS), found.toString());
    assertTrue(found.containsAll(Set.of("3", "1", "75.0 %", "25.0 %", "n = 4")), found.toString());
  }

  @Test
  void bestEpochIsTheOneOfLeastValidationLossUnlessGiven() {
    TrainingHistory history = history(12);
    assertTrue(
        TrainingCurves.of("x", history).toSvg().contains("best epoch: 8"),
        TrainingCurves.of("x", history).description());
    assertTrue(TrainingCurves.of("x", history, 12).toSvg().contains("best epoch: 12"));
    assertThrows(IllegalArgumentException.class, () -> TrainingCurves.of("x", history, 13));
    assertThrows(
        IllegalArgumentException.class,
        () -> TrainingCurves.of("x", new TrainingHistory(List.of())));
  }

  @Test
  void figuresInOnePageDoNotShareClipPaths() {
    Set<String> names = new HashSet<>();
    figures()
        .forEach(
            figure -> {
              var matcher =
                  java.util.regex.Pattern.compile("<clipPath id=\"([^\"]+)\"")
                      .matcher(figure.toInlineSvg());
              while (matcher.find()) {
                assertTrue(names.add(matcher.group(1)), matcher.group(1));
              }
            });
    assertFalse(names.isEmpty());
  }

  @Test
  void writesByTheNameOfTheFile(@TempDir Path folder) throws IOException {
    Figure figure = ConfusionMatrixChart.of("m", confusion());
    figure.write(folder.resolve("new/m.PNG"));
    figure.write(folder.resolve("m.svg"));
    BufferedImage image = ImageIO.read(folder.resolve("new/m.PNG").toFile());
    assertEquals(2 * figure.width(), image.getWidth());
    assertTrue(Files.readString(folder.resolve("m.svg")).startsWith("<?xml"));
    assertThrows(IllegalArgumentException.class, () -> figure.write(folder.resolve("m.pdf")));
    assertThrows(IllegalArgumentException.class, () -> figure.toPng(20_000));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(2, files.count());
    }
  }
}
