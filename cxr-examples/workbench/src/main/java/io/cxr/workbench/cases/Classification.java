package io.cxr.workbench.cases;

import io.cxr.Decision;
import io.cxr.Prediction;
import io.cxr.error.CxrException;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.error.UnsupportedRadiographException.Reason;
import io.cxr.json.ResultJson;
import io.cxr.model.Task;
import io.cxr.onnx.InferencePipeline;
import io.cxr.onnx.PipelineResult;
import io.cxr.onnx.PipelineResults;
import io.cxr.radiograph.DecodeBuffers;
import io.cxr.radiograph.Radiograph;
import io.cxr.radiograph.RadiographReader;
import io.cxr.workbench.http.Json;
import io.cxr.workbench.models.Models;
import io.cxr.workbench.models.OperatingPoint;
import io.cxr.workbench.models.WorkbenchModel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Classifies the cases that wait, in batches of one user and one model: decoding overlaps with
 * inference, and users take turns, so that one film need not wait for somebody else's 400. What
 * waits is in the database, so that a new start goes on where the last one stopped.
 *
 * <p>A file that cannot be read, and a film that is refused, are answers like any other; they never
 * end the others. One thread runs until this is closed.
 */
public final class Classification implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Classification.class.getName());

  /** Cases of a turn. */
  private static final int TURN = 16;

  private static final long LOOK_AGAIN_SECONDS = 30;

  /** The file itself cannot be read, whatever it shows. */
  private static final Set<Reason> UNREADABLE =
      EnumSet.of(
          Reason.EMPTY,
          Reason.NOT_AN_IMAGE,
          Reason.TRUNCATED,
          Reason.DAMAGED,
          Reason.TOO_LARGE,
          Reason.UNSUPPORTED_COLOUR,
          Reason.UNSUPPORTED_ENCODING);

  private final CaseStore cases;
  private final Models models;
  private final Pictures pictures;
  private final Semaphore queued = new Semaphore(0);
  private final Map<CaseStore.Waiting, Long> turns = new HashMap<>();
  private final Thread thread;
  private long turn;
  private volatile boolean closed;

  private Classification(CaseStore cases, Models models, Pictures pictures) {
    this.cases = cases;
    this.models = models;
    this.pictures = pictures;
    this.thread = new Thread(this::run, "cxr-workbench-classification");
  }

  /**
   * Starts with what waits.
   *
   * @param cases where it waits
   * @param models what answers
   * @param pictures makes the thumbnails of what is decoded anyway
   * @return the running classification, which the caller closes
   */
  public static Classification start(CaseStore cases, Models models, Pictures pictures) {
    Classification classification = new Classification(cases, models, pictures);
    cases.whenQueued(classification.queued::release);
    classification.thread.start();
    return classification;
  }

  private void run() {
    while (!closed) {
      try {
        Optional<Turn> next = next();
        if (next.isPresent()) {
          take(next.get());
        } else if (queued.tryAcquire(LOOK_AGAIN_SECONDS, TimeUnit.SECONDS)) {
          queued.drainPermits();
        }
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException | OutOfMemoryError e) {
        if (!closed) {
          LOG.log(
              System.Logger.Level.ERROR,
              "Classification goes on after {0}",
              e.getClass().getName());
        }
      }
    }
  }

  private record Turn(CaseStore.Waiting waiting, WorkbenchModel model) {}

  /** Of users and models with waiting cases, those whose last turn was first. */
  private Optional<Turn> next() {
    List<Turn> open = new ArrayList<>();
    for (CaseStore.Waiting waiting : cases.waiting()) {
      // A model that was not given at this start answers when it is given again.
      models
          .find(waiting.owner(), waiting.model())
          .ifPresent(model -> open.add(new Turn(waiting, model)));
    }
    return open.stream()
        .min(Comparator.comparingLong(each -> turns.getOrDefault(each.waiting, 0L)));
  }

  private void take(Turn next) {
    turns.put(next.waiting, ++turn);
    List<Case> taken = cases.take(next.waiting, TURN);
    Set<String> open = new HashSet<>();
    taken.forEach(each -> open.add(each.id()));
    String error = "The server could not classify it. Its log says where it failed.";
    try {
      classify(taken, next.model, open);
    } catch (RuntimeException | OutOfMemoryError e) {
      if (closed) {
        // They wait again at the next start.
        return;
      }
      error =
          e instanceof OutOfMemoryError
              ? "The server has too little memory for it. Start it with more, such as -Xmx4g."
              : error;
      LOG.log(
          System.Logger.Level.ERROR,
          "Classification of {0} cases failed: {1}",
          open.size(),
          e.getClass().getName());
    }
    for (Case each : taken) {
      if (open.contains(each.id()) && !closed) {
        cases.answered(
            each,
            next.model.id(),
            new Answer(Answer.State.FAILED, null, null, "FAILED", error, null, null, null));
      }
    }
  }

  private void classify(List<Case> taken, WorkbenchModel model, Set<String> open) {
    InferencePipeline<Case> pipeline =
        InferencePipeline.<Case>of(model.classifier(), this::decode).capacity(TURN).build();
    long before = System.nanoTime();
    try (PipelineResults<Case> results = pipeline.run(taken)) {
      while (!closed && results.hasNext()) {
        PipelineResult<Case> result = results.next();
        long now = System.nanoTime();
        Answer answer = answer(result, (now - before) / 1e9);
        before = now;
        cases.answered(result.item(), model.id(), answer);
        open.remove(result.item().id());
      }
    }
  }

  private Radiograph decode(Case each, DecodeBuffers buffers) throws IOException {
    Radiograph radiograph = RadiographReader.standard().read(cases.file(each), buffers);
    cases.decoded(each, radiograph);
    pictures.keepThumbnail(each, radiograph);
    return radiograph;
  }

  private static Answer answer(PipelineResult<Case> result, double seconds) {
    return result
        .prediction()
        .map(prediction -> done(prediction, seconds))
        .orElseGet(() -> failed(result.failure().orElseThrow(), seconds));
  }

  private static Answer done(Prediction prediction, double seconds) {
    record Decided(String id, String label, boolean positive) {}
    List<Decided> decisions = new ArrayList<>();
    prediction
        .operatingPoints()
        .forEach(
            threshold ->
                decisions.add(
                    new Decided(
                        OperatingPoint.of(threshold).id(),
                        threshold.label(),
                        new Decision(threshold, prediction.probability(threshold.label()))
                            .isPositive())));
    boolean measured = prediction.task() == Task.Kind.MEASUREMENTS;
    return new Answer(
        Answer.State.DONE,
        ResultJson.of(prediction).toJson(),
        Json.mapper().writeValueAsString(decisions),
        null,
        null,
        prediction.principalLabel(),
        measured ? null : prediction.top().probability(),
        seconds);
  }

  private static Answer failed(Exception failure, double seconds) {
    if (!(failure instanceof CxrException known)) {
      // Its message may name the file.
      return new Answer(
          Answer.State.FAILED,
          null,
          null,
          "FAILED",
          "The file could not be read (" + failure.getClass().getSimpleName() + ")",
          null,
          null,
          seconds);
    }
    Optional<Reason> reason =
        failure instanceof UnsupportedRadiographException refused
            ? Optional.of(refused.reason())
            : Optional.empty();
    boolean refused = reason.isPresent() && !UNREADABLE.contains(reason.get());
    return new Answer(
        refused ? Answer.State.REFUSED : Answer.State.FAILED,
        ResultJson.of(known).toJson(),
        null,
        reason.map(Enum::name).orElse("FAILED"),
        known.getMessage(),
        null,
        null,
        seconds);
  }

  /** Waits for the batch that a model is at; what else waits is classified at the next start. */
  @Override
  public void close() {
    closed = true;
    queued.release();
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
