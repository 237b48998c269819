package io.cxr.workbench.evaluation;

import io.cxr.file.AtomicFile;
import io.cxr.workbench.cases.Case;
import io.cxr.workbench.cases.CaseStore;
import io.cxr.workbench.dataset.DataSet;
import io.cxr.workbench.dataset.UserDataSets;
import io.cxr.workbench.http.ApiException;
import io.cxr.workbench.http.Events;
import io.cxr.workbench.http.Json;
import io.cxr.workbench.marks.LabelledSet;
import io.cxr.workbench.models.Models;
import io.cxr.workbench.models.WorkbenchModel;
import io.cxr.workbench.queue.JobQueue;
import io.cxr.workbench.state.Database;
import io.cxr.workbench.state.StateFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The evaluations of all users: one at a time, in the order in which they were asked for, by the
 * models that are open. Thread-safe. Those that the end of the workbench cut off begin again when
 * it starts again.
 */
public final class Evaluations implements AutoCloseable {
  private final EvaluationStore store;
  private final JobQueue<EvaluationHead> queue;
  private final StateFolder state;
  private final EvaluationRun run;
  private final CaseStore cases;
  private final Clock clock;

  private Evaluations(
      Database database,
      StateFolder state,
      Events events,
      Models models,
      CaseStore cases,
      Clock clock)
      throws IOException {
    this.store = new EvaluationStore(database);
    this.queue =
        new JobQueue<>(
            "evaluation", store, state.subfolder("evaluations"), events, new Answering());
    this.state = state;
    this.run = new EvaluationRun(queue, models, cases);
    this.cases = cases;
    this.clock = clock;
  }

  /**
   * Takes up those that were cut off.
   *
   * @param database with {@link EvaluationStore#TABLES}
   * @param state where figures are kept
   * @param events where pages are told how it goes
   * @param models what is evaluated
   * @param cases what films become that are opened
   * @param clock tells when an evaluation was asked for
   * @return the evaluations, which the caller closes before the models
   * @throws IOException if the folder cannot be read
   */
  public static Evaluations open(
      Database database,
      StateFolder state,
      Events events,
      Models models,
      CaseStore cases,
      Clock clock)
      throws IOException {
    Evaluations evaluations = new Evaluations(database, state, events, models, cases, clock);
    evaluations.takeUp();
    evaluations.queue.start();
    return evaluations;
  }

  private void takeUp() {
    for (EvaluationHead head : store.all()) {
      if (head.state() == EvaluationHead.State.RUNNING) {
        store.update(head.with(EvaluationHead.State.QUEUED, null).at(0, 0));
      }
    }
  }

  /**
   * Queues an evaluation.
   *
   * @param user who asks
   * @param model of the user's
   * @param chosen the data set
   * @return the evaluation, as pages see it
   * @throws IOException if its folder cannot be written
   */
  public Map<String, @Nullable Object> add(
      String user, WorkbenchModel model, UserDataSets.Chosen chosen) throws IOException {
    return queue.add(
        (id, own) -> {
          DataSet data = chosen.in(own);
          AtomicFile.write(own.resolve(EvaluationRun.DATA), data.toJson());
          return new EvaluationHead(
              id,
              user,
              clock.instant(),
              model.id(),
              model.card().name() + " " + model.card().version(),
              chosen.id(),
              data.name(),
              EvaluationHead.State.QUEUED,
              0,
              0,
              null);
        });
  }

  /**
   * The evaluations of a user.
   *
   * @param user who asks
   * @return as pages see them, without figures, the newest first
   */
  public List<Map<String, @Nullable Object>> of(String user) {
    return queue.of(user);
  }

  /**
   * An evaluation of a user with its figures, if it has some yet.
   *
   * @param user who asks
   * @param id of the evaluation
   * @return JSON
   * @throws ApiException with status 404 if there is none, or it is another user's
   * @throws IOException if the figures cannot be read
   */
  public String get(String user, String id) throws IOException {
    EvaluationHead head = queue.require(user, id);
    ObjectNode json = Json.mapper().valueToTree(head.toJson());
    if (head.state() == EvaluationHead.State.DONE) {
      JsonNode figures =
          Json.mapper()
              .readTree(Files.readString(queue.folderOf(id).resolve(EvaluationRun.RESULT)));
      json.setAll((ObjectNode) figures);
    }
    return Json.mapper().writeValueAsString(json);
  }

  /**
   * Deletes an evaluation with its figures; one that runs ends.
   *
   * @param user who asks
   * @param id of the evaluation
   * @throws ApiException with status 404 if there is none
   * @throws IOException if a file cannot be deleted
   */
  public void delete(String user, String id) throws IOException {
    queue.delete(user, id);
  }

  /**
   * Deletes all evaluations of a user.
   *
   * @param user whose
   * @throws IOException if a file cannot be deleted
   */
  public void deleteAll(String user) throws IOException {
    queue.deleteAll(user);
  }

  /**
   * Who has evaluations.
   *
   * @return their names
   */
  public Set<String> owners() {
    return store.owners();
  }

  /**
   * Opens a film of an evaluation as a case: the case that it is of, or a copy of the film, made
   * once.
   *
   * @param user who asks
   * @param id of the evaluation
   * @param item the film's number
   * @return the case
   * @throws ApiException with status 404 if there is no such film any more, 413 if the user has no
   *     room for it
   * @throws IOException if it cannot be copied
   */
  public Case openItem(String user, String id, int item) throws IOException {
    EvaluationHead head = queue.require(user, id);
    Optional<Case> before = store.opened(id, item).flatMap(film -> cases.find(user, film));
    if (before.isPresent()) {
      return before.get();
    }
    Path films = queue.folderOf(id).resolve(EvaluationRun.FILMS);
    JsonNode film =
        head.state() == EvaluationHead.State.DONE && item >= 0
            ? Json.mapper().readTree(Files.readString(films)).path(item)
            : Json.mapper().missingNode();
    if (!film.isString()) {
      throw ApiException.notFound("film of an evaluation");
    }
    if (head.data().equals(UserDataSets.LABELLED)) {
      return LabelledSet.caseOf(film.asString())
          .flatMap(labelled -> cases.find(user, labelled))
          .orElseThrow(() -> ApiException.notFound("case"));
    }
    Path file = Path.of(film.asString());
    Path name = file.getFileName();
    Path parent = file.getParent();
    Path copy = Files.createTempFile(state.incoming(), "item", ".part");
    try {
      cases.requireRoom(user, Files.size(file));
      Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
      Case opened =
          cases.add(
              user,
              String.valueOf(name),
              parent == null ? "" : head.dataName() + "/" + parent.getFileName(),
              copy);
      store.opened(id, item, opened.id());
      return opened;
    } catch (NoSuchFileException e) {
      throw ApiException.notFound("film of an evaluation");
    } finally {
      Files.deleteIfExists(copy);
    }
  }

  /** Ends what runs, which begins again at the next start. Idempotent. */
  @Override
  public void close() {
    queue.close();
  }

  /** Each evaluation by the model that is open. */
  private final class Answering implements JobQueue.Handler<EvaluationHead> {
    @Override
    public Map<String, @Nullable Object> toJson(EvaluationHead head) {
      return head.toJson();
    }

    @Override
    public EvaluationHead started(EvaluationHead waiting) {
      return waiting.with(EvaluationHead.State.RUNNING, null);
    }

    @Override
    public void run(EvaluationHead head) throws IOException {
      queue.tell(head);
      if (run.evaluate(head)) {
        queue.change(head.id(), each -> each.with(EvaluationHead.State.DONE, null));
      }
    }

    @Override
    public String reason(EvaluationHead head, Throwable failure) {
      return EvaluationFailure.of(failure, queue.folderOf(head.id()));
    }

    @Override
    public EvaluationHead failed(EvaluationHead head, String reason) {
      // What the end of the workbench cut off begins again.
      return queue.isClosed() ? head : head.with(EvaluationHead.State.FAILED, reason);
    }
  }
}
