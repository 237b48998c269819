package io.cxr.commandline;

import static io.cxr.commandline.Output.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** The lists and tables of networks as a shell sees them. */
class NetworksCommandTest {
  private static final List<String> NAMES =
      List.of(
          "resnet50",
          "vgg16",
          "cnn",
          "local-maxima-cnn",
          "compact-resnet50",
          "darkcovidnet",
          "resnet101",
          "resnext50",
          "mobilenet",
          "mobilenetv2",
          "densenet121",
          "xception",
          "inceptionv3",
          "nasnet-mobile",
          "efficientnet-b0");

  @TempDir Path folder;

  /** Keras' counts without top, and with a head for two labels. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "vgg16 | 14,714,688 | 14,764,866",
        "resnet50 | 23,587,712 | 23,788,418",
        "resnet101 | 42,658,176 | 42,662,274",
        "resnext50 | 23,048,128 | 23,052,226",
        "xception | 20,861,480 | 20,865,578",
        "inceptionv3 | 21,802,784 | 21,806,882",
        "mobilenet | 3,228,864 | 3,230,914",
        "mobilenetv2 | 2,257,984 | 2,260,546",
        "densenet121 | 7,037,504 | 7,039,554",
        "nasnet-mobile | 4,269,716 | 4,271,830",
        "efficientnet-b0 | 4,049,571 | 4,052,133",
        "cnn | 40,317,008 | 40,317,025",
        "local-maxima-cnn | 1,348,624 | 1,348,641",
        "compact-resnet50 | 5,223,808 | 5,225,858",
        "darkcovidnet | 1,166,976 | 1,167,654"
      })
  void summaryPrintsKerasCounts(String name, String withoutTop, String whole) {
    Output output = run("summary", name);
    assertEquals(0, output.exitCode(), output.err());
    assertTrue(output.out().contains("Total params: " + whole), tail(output));
    assertTrue(output.out().contains("Without top: " + withoutTop + " params"), tail(output));
  }

  private static String tail(Output output) {
    List<String> lines = output.lines();
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 6), lines.size()));
  }

  @Test
  void listsEveryNetwork() {
    Output output = run("networks");
    assertEquals(0, output.exitCode(), output.err());
    List<String> titles =
        output.lines().stream().filter(line -> !line.isBlank() && line.charAt(0) != ' ').toList();
    assertEquals(NAMES, titles);
    assertTrue(output.out().contains("densenet121_weights_tf_dim"), output.out());
    assertTrue(output.out().contains("cuts: conv_pw_1_relu, "), output.out());
  }

  @Test
  void describesEveryNetworkAsJson() {
    List<JsonNode> networks = run("networks", "--json").json();
    assertEquals(NAMES, networks.stream().map(network -> network.get("name").asString()).toList());
    JsonNode vgg = networks.get(1);
    assertEquals(14_714_688, vgg.get("parametersWithoutTop").asInt());
    // The map below the last pool is explained.
    assertEquals(List.of(14, 14), integers(vgg.get("heatmap")));
    JsonNode inception = networks.get(12);
    assertEquals(List.of(3, 299, 299), integers(inception.get("input")));
    assertEquals(List.of(8, 8), integers(inception.get("heatmap")));
    assertTrue(inception.get("cuts").size() > 5, inception.toString());
    assertTrue(networks.get(2).get("weights") == null, "learnt from scratch");
  }

  private static List<Integer> integers(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asInt).toList();
  }

  @Tag("slow")
  @Test
  void measuresFiles() throws IOException {
    Path table = folder.resolve("networks.md");
    Output output = run("networks", "--measure", "--names", "local-maxima-cnn", "--out", table);
    assertEquals(0, output.exitCode(), output.err());
    List<String> rows = Files.readAllLines(table);
    assertEquals(3, rows.size(), rows.toString());
    String[] cells = rows.get(2).split(" *\\| *", -1);
    assertEquals("local-maxima-cnn", cells[1]);
    assertEquals(5.4, Double.parseDouble(cells[7]), 0.1);
    assertEquals(2.7, Double.parseDouble(cells[8]), 0.1);
    assertEquals(1.4, Double.parseDouble(cells[9]), 0.2);
    assertTrue(Double.parseDouble(cells[10]) > 0, rows.get(2));
  }

  @Test
  void unknownNamesAreTold() {
    Output output = run("networks", "--measure", "--names", "alexnet");
    assertEquals(2, output.exitCode());
    assertTrue(output.err().contains("densenet121"), output.err());
  }
}
