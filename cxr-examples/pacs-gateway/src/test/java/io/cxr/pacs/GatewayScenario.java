package io.cxr.pacs;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.audit.AuditTrail;
import io.cxr.onnx.OnnxClassifier;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A gateway that is soon tired of waiting, beside an archive that does what a test says. */
abstract class GatewayScenario {
  static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path folder;
  FaultyArchive archive;

  @BeforeEach
  void open() throws IOException {
    archive = new FaultyArchive();
  }

  @AfterEach
  void close() {
    archive.close();
  }

  /** How the gateway calls the archive. */
  abstract DicomWebClient client();

  GatewayBuilder builder() {
    return builder(folder.resolve("state"));
  }

  GatewayBuilder builder(Path state) {
    return Gateway.builder(client(), state)
        .backOff(Duration.ofMillis(20), Duration.ofMillis(100))
        .poll(Duration.ZERO, 0)
        .grace(Duration.ofSeconds(5));
  }

  static OnnxClassifier model() throws IOException {
    return LibraryModel.open();
  }

  static void await(Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.call()) {
      assertTrue(System.nanoTime() < end, "in time");
      Thread.sleep(10);
    }
  }

  static void awaitInstance(Gateway gateway, int number, WorkItem.Status status) throws Exception {
    await(
        () ->
            gateway
                .progress(ChestInstances.instance(number))
                .filter(progress -> progress.status() == status)
                .isPresent());
  }

  static void notify(Gateway gateway, int number) throws IOException {
    assertTrue(gateway.notifySeries(ChestInstances.study(number), ChestInstances.series(number)));
  }

  /** How many records the audit trail has, which is whole. */
  long records() throws IOException {
    AtomicInteger count = new AtomicInteger();
    assertTrue(
        AuditTrail.verify(folder.resolve("state/audit.jsonl"), entry -> count.incrementAndGet())
            .isIntact());
    return count.get();
  }
}
