package io.cxr.workbench.evaluation;

import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.file.AtomicFile;
import io.cxr.onnx.InferencePipeline;
import io.cxr.onnx.PipelineResult;
import io.cxr.onnx.PipelineResults;
import io.cxr.radiograph.RadiographReader;
import io.cxr.workbench.cases.Case;
import io.cxr.workbench.cases.CaseStore;
import io.cxr.workbench.dataset.DataSet;
import io.cxr.workbench.dataset.UserDataSets;
import io.cxr.workbench.http.Json;
import io.cxr.workbench.marks.LabelledSet;
import io.cxr.workbench.models.Models;
import io.cxr.workbench.models.WorkbenchModel;
import io.cxr.workbench.queue.JobQueue;
import io.cxr.workbench.state.StateFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Asks a model about all films of a data set, and writes the figures. Thread-safe. */
final class EvaluationRun {
  /** The data set, as it was when the evaluation was asked for. */
  static final String DATA = "data.json";

  /** The figures. */
  static final String RESULT = "result.json";

  /** The films by their numbers. */
  static final String FILMS = "films.json";

  private static final long TELL_NANOS = 250_000_000;

  private final JobQueue<EvaluationHead> queue;
  private final Models models;
  private final CaseStore cases;

  EvaluationRun(JobQueue<EvaluationHead> queue, Models models, CaseStore cases) {
    this.queue = queue;
    this.models = models;
    this.cases = cases;
  }

  /** Asks the model about all films; false if the evaluation is deleted meanwhile, or all ends. */
  boolean evaluate(EvaluationHead head) throws IOException {
    Path own = queue.folderOf(head.id());
    WorkbenchModel model = model(head);
    DataSet data = DataSet.fromJson(Files.readString(own.resolve(DATA)));
    requireThere(data);
    ImageSet images;
    try {
      images = data.openFor(model.card().task());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          String.valueOf(e.getMessage()).replace(data.folder().toString(), data.name()), e);
    }
    int total = images.items().size();
    List<EvaluatedFilm> films = new ArrayList<>(total);
    long told = 0;
    try (PipelineResults<LabelledRadiograph> results =
        InferencePipeline.<LabelledRadiograph>of(
                model.classifier(),
                (film, buffers) -> RadiographReader.standard().read(film.file(), buffers))
            .build()
            .run(images.items())) {
      while (results.hasNext()) {
        films.add(film(images, results.next()));
        long now = System.nanoTime();
        if (told == 0 || now - told > TELL_NANOS) {
          told = now;
          int done = films.size();
          if (queue.isClosed() || queue.change(head.id(), each -> each.at(done, total)).isEmpty()) {
            return false;
          }
        }
      }
    }
    // Films and models that went away meanwhile are no answers to count.
    requireThere(data);
    model(head);
    boolean labelled = head.data().equals(UserDataSets.LABELLED);
    List<String> files = new ArrayList<>();
    for (EvaluatedFilm each : films) {
      files.add(labelled ? each.file() : each.film().file().toString());
    }
    try {
      AtomicFile.write(
          own.resolve(RESULT),
          Json.mapper()
              .writeValueAsString(
                  EvaluationResult.of(
                      model.card(), labelled ? named(head.owner(), films) : films)));
      AtomicFile.write(own.resolve(FILMS), Json.mapper().writeValueAsString(files));
      StateFolder.deleteTree(own.resolve(UserDataSets.COPY));
    } catch (NoSuchFileException e) {
      return false;
    }
    return queue.change(head.id(), each -> each.at(total, total)).isPresent();
  }

  private WorkbenchModel model(EvaluationHead head) {
    return models
        .find(head.owner(), head.model())
        .orElseThrow(() -> new IllegalArgumentException(EvaluationFailure.MODEL_GONE));
  }

  private static void requireThere(DataSet data) {
    data.gone()
        .ifPresent(
            what -> {
              throw new IllegalArgumentException("Evaluation: " + what);
            });
  }

  /** Films of the labelled set under the names that their user knows. */
  private List<EvaluatedFilm> named(String user, List<EvaluatedFilm> films) {
    List<EvaluatedFilm> named = new ArrayList<>();
    for (EvaluatedFilm each : films) {
      String name =
          LabelledSet.caseOf(each.file())
              .flatMap(id -> cases.find(user, id))
              .map(Case::name)
              .orElse(each.file());
      named.add(new EvaluatedFilm(each.film(), name, each.prediction(), each.refusal()));
    }
    return named;
  }

  private static EvaluatedFilm film(ImageSet images, PipelineResult<LabelledRadiograph> result) {
    return new EvaluatedFilm(
        result.item(),
        images.nameOf(result.item()),
        result.prediction().orElse(null),
        result.failure().map(EvaluationRun::code).orElse(null));
  }

  /** Why there is no answer, to count by. */
  private static String code(Exception failure) {
    if (failure instanceof UnsupportedRadiographException refusal) {
      return refusal.reason().name();
    }
    return failure instanceof IOException ? "UNREADABLE" : "FAILED";
  }
}
