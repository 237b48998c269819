package io.cxr.spark;

import io.cxr.file.Sha256;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.onnx.SessionSettings;
import java.io.IOException;
import java.io.Serializable;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * A model on its way to the executors: its bytes go to each of them once, whatever the number of
 * tasks. Immutable and thread-safe.
 */
final class BroadcastModel implements Serializable {
  private static final long serialVersionUID = 1;

  private final Broadcast<byte[]> bytes;
  private final String key;
  private final String device;
  private final int threads;
  private final boolean gated;

  /**
   * Sends a model.
   *
   * @param model the bytes of an ONNX file with a model card
   * @param device where it runs, as {@link SessionSettings#withDevice(String)} has it
   * @param threads of one run: the cores of a task, as an executor has so many tasks at once that
   *     all of its cores are busy
   * @param gated whether the gates of the card refuse films
   */
  BroadcastModel(
      JavaSparkContext context, byte[] model, String device, int threads, boolean gated) {
    this.bytes = context.broadcast(model);
    this.device = device;
    this.threads = threads;
    this.gated = gated;
    this.key = Sha256.hex(model) + " " + device + " " + threads + " " + gated;
  }

  /** The model, open in this JVM; not to be closed. */
  OnnxClassifier open() throws IOException {
    return ExecutorModels.of(
        key,
        () ->
            OnnxClassifier.builder(bytes.value())
                // Threads that wait busily would take the cores of other tasks.
                .session(
                    SessionSettings.defaults()
                        .withDevice(device)
                        .withThreads(threads)
                        .withSpinning(false))
                .noveltyGate(gated)
                .viewGate(gated)
                .open());
  }

  /** The cores of a task. */
  int threads() {
    return threads;
  }
}
