package io.cxr.workbench.training;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.train.TrainingHistory;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a training process says, and how long it takes. */
class TrainingMessageTest {

  @Test
  void aLineIsReadAsItWasSaid() {
    TrainingHistory.Epoch figures =
        new TrainingHistory.Epoch(3, 0.5, 0.75, Double.POSITIVE_INFINITY, 0.5, 1.25);
    for (TrainingMessage message :
        List.of(
            TrainingMessage.stage("reading", null),
            TrainingMessage.stage("preparing 1 of 2", 3.5),
            TrainingMessage.step("training", 1, 4, 0.25),
            TrainingMessage.images(60),
            TrainingMessage.epoch(figures, 4),
            TrainingMessage.warning("A \"quoted\"\nwarning"),
            TrainingMessage.end(TrainingMessage.End.FAILED, "why"))) {
      String line = message.toLine();
      assertEquals(1, line.lines().count());
      assertEquals(Optional.of(message), TrainingMessage.read(line));
    }
  }

  @Test
  void whatALibraryPrintsIsNoMessage() {
    for (String line :
        List.of("", "INFO started", "[1]", "{\"end\":\"OTHER\"}", "{\"figures\":1}")) {
      assertTrue(TrainingMessage.read(line).isEmpty(), line);
    }
  }

  @Test
  void whatRemainsFollowsWhatWasMeasured() {
    RemainingTime remaining = new RemainingTime(new Preset.Cost(10, 0.1, 0.01), 10);
    remaining.images(100);
    // 50 more images as fast as the first 50, then 10 epochs of a second each, as expected.
    assertEquals(5 + 10, remaining.preparing(50, 100, 5), 1e-9);
    // Half of the first epoch in 2 s: 2 s, and nine epochs of 4 s.
    assertEquals(2 + 36, remaining.training(1, 5, 10, 2), 1e-9);
    remaining.epochDone(3);
    assertEquals(1.5 + 8 * 3, remaining.training(2, 5, 10, 9), 1e-9);
  }

  @Test
  void aLostEpochIsReplacedByTheOneThatIsRunAgain() {
    Job job =
        new Job(
            "id",
            "user",
            Instant.EPOCH,
            "data",
            "name",
            Preset.SMALL_CNN,
            "model",
            5,
            1,
            Job.State.RUNNING,
            List.of(),
            List.of(),
            null,
            0,
            null,
            null);
    for (int epoch : new int[] {1, 2, 3, 2}) {
      job = job.withEpoch(new TrainingHistory.Epoch(epoch, epoch, 0, 0, 0, 1));
    }
    assertEquals(List.of(1, 2), job.history().stream().map(each -> each.epoch()).toList());
    assertEquals(2, job.toJson(null).get("epoch"));
  }
}
