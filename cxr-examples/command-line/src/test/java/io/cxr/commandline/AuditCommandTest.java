package io.cxr.commandline;

import static io.cxr.commandline.Output.run;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.Prediction;
import io.cxr.phantom.SyntheticChestPhantom;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The audit as a shell sees it. */
class AuditCommandTest {
  @TempDir Path folder;

  private Path phantoms() throws IOException {
    Path data = folder.resolve("phantoms");
    SyntheticChestPhantom.writeFolder(data, 30, 1);
    return data;
  }

  @Test
  void printsTheVerdictAndWritesThePage() throws IOException {
    Path data = phantoms();
    Path page = folder.resolve("out/audit.html");
    Output text =
        run("audit", "--data", data, "--patients", data.resolve("patients.csv"), "--html", page);
    assertEquals(0, text.exitCode(), text.err());
    assertTrue(text.out().contains("NO SHORTCUT FOUND."), text.out());
    assertTrue(text.out().contains("CLEAR and OPACITY"), text.out());
    assertTrue(text.out().contains(Prediction.NOTICE), text.out());
    assertTrue(Files.readString(page).contains("</html>"));
    Output json = run("audit", "--data", data, "--json", "--folds", 3, "--seed", 7);
    assertEquals(0, json.exitCode(), json.err());
    JsonNode report = new JsonMapper().readTree(json.out());
    assertFalse(report.get("found").asBoolean(), "phantoms differ inside the lungs only");
    assertEquals(3, report.get("folds").asInt());
    assertEquals(7, report.get("seed").asLong());
    assertEquals(60, report.get("imagesWithoutPatient").asInt());
    assertEquals(8, report.get("pairs").size());
  }

  @Test
  void asksAModelToo() throws IOException {
    Output demo = run("demo", "--out", folder.resolve("demo"), "--images", 10, "--epochs", 1);
    assertEquals(0, demo.exitCode(), demo.err());
    Output output =
        run(
            "audit",
            "--data",
            folder.resolve("demo/synthetic-phantoms"),
            "--model",
            folder.resolve("demo/synthetic-demo.onnx"),
            "--json");
    assertEquals(0, output.exitCode(), output.err());
    JsonNode model = new JsonMapper().readTree(output.out()).get("model");
    assertEquals(20, model.get("whole").get("n").asInt());
    assertEquals(20, model.get("blanked").get("n").asInt());
    assertEquals(20, model.get("heatmaps").asInt() + model.get("emptyHeatmaps").asInt());
  }

  @Test
  void namesUnreadableImagesAndSaysSoByItsCode() throws IOException {
    Path data = phantoms();
    Files.writeString(data.resolve("CLEAR/synthetic-0004.png"), "no image");
    Output output = run("audit", "--data", data);
    assertEquals(1, output.exitCode(), output.err());
    assertTrue(output.err().contains("CLEAR/synthetic-0004.png"), output.err());
    assertTrue(output.out().contains("1 image could not be read"), output.out());
  }

  @Test
  void wrongUsage() throws IOException {
    Path data = phantoms();
    assertEquals(2, run("audit").exitCode());
    assertEquals(2, run("audit", "--data", data, "--classes", "CLEAR").exitCode());
    assertEquals(2, run("audit", "--data", data, "--folds", 1).exitCode());
    assertEquals(2, run("audit", "--data", data, "--folds", 31).exitCode());
    assertEquals(2, run("audit", "--data", data, "--classes", "CLEAR,NONE").exitCode());
  }
}
