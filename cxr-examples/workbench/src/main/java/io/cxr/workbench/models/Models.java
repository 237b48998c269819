package io.cxr.workbench.models;

import io.cxr.error.CxrException;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.workbench.http.Events;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The models that are open: those of the start, which all users see, and those that users trained,
 * which their owners see. Each is opened once, however many use it. Thread-safe.
 */
public final class Models implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Models.class.getName());

  private final Events events;
  private final boolean lungs;
  private final List<WorkbenchModel> open = new CopyOnWriteArrayList<>();

  private Models(Events events, boolean lungs) {
    this.events = events;
    this.lungs = lungs;
  }

  /**
   * Opens the models of the start, and the one that ships after them.
   *
   * @param files model files, the first of which answers first; each must open
   * @param folders folders of model files; files of them that do not open are told in the log
   * @param lungs whether outlines of the lungs can be had
   * @param events where pages are told of changes
   * @return the models, which the caller closes
   * @throws IOException if a file cannot be read
   * @throws CxrException if a file is no model
   */
  public static Models open(List<Path> files, List<Path> folders, boolean lungs, Events events)
      throws IOException {
    Models models = new Models(events, lungs);
    try {
      for (Path file : files) {
        models.add(OnnxClassifier.open(file), null);
      }
      for (Path folder : folders) {
        models.addFolder(folder);
      }
      models.add(OnnxClassifier.openDefault(), null);
      return models;
    } catch (IOException | RuntimeException e) {
      models.close();
      throw e;
    }
  }

  private void addFolder(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.filter(file -> file.toString().endsWith(".onnx")).sorted().toList();
    }
    for (Path file : files) {
      try {
        add(OnnxClassifier.open(file), null);
      } catch (IOException | CxrException e) {
        LOG.log(System.Logger.Level.WARNING, "Model {0} is left out: {1}", file, e.getMessage());
      }
    }
  }

  /** Adds one, or closes it again if its file is open already. */
  private synchronized WorkbenchModel add(OnnxClassifier classifier, @Nullable String owner) {
    WorkbenchModel model = new WorkbenchModel(classifier, owner);
    for (WorkbenchModel known : open) {
      if (known.id().equals(model.id()) && known.owner().equals(model.owner())) {
        classifier.close();
        return known;
      }
    }
    open.add(model);
    return model;
  }

  /**
   * Opens a model that a user trained.
   *
   * @param file the model file, read now
   * @param owner the user, who alone sees it
   * @return the model
   * @throws IOException if the file cannot be read
   * @throws CxrException if it is no model
   */
  public WorkbenchModel addOf(String owner, Path file) throws IOException {
    WorkbenchModel model = add(OnnxClassifier.open(file), owner);
    tell(owner);
    return model;
  }

  /**
   * Closes a model that a user trained, after the calls in flight.
   *
   * @param owner the user
   * @param id of the model
   */
  public void remove(String owner, String id) {
    List<WorkbenchModel> gone =
        open.stream()
            .filter(model -> model.id().equals(id) && model.owner().equals(Optional.of(owner)))
            .toList();
    open.removeAll(gone);
    gone.forEach(model -> model.classifier().close());
    if (!gone.isEmpty()) {
      tell(owner);
    }
  }

  private void tell(String owner) {
    events.publish(owner, "models", toJson(owner));
  }

  /**
   * The models that a user sees.
   *
   * @param user the user
   * @return at least one; the first answers first
   */
  public List<WorkbenchModel> of(String user) {
    return open.stream()
        .filter(model -> model.owner().isEmpty() || model.owner().get().equals(user))
        .toList();
  }

  /**
   * A model that a user sees.
   *
   * @param user the user
   * @param id of the model
   * @return empty if there is none
   */
  public Optional<WorkbenchModel> find(String user, String id) {
    return of(user).stream().filter(model -> model.id().equals(id)).findFirst();
  }

  /**
   * The models that a user sees, as pages see them.
   *
   * @param user the user
   * @return written as JSON
   */
  public List<Map<String, @Nullable Object>> toJson(String user) {
    List<Map<String, @Nullable Object>> json = new ArrayList<>();
    for (WorkbenchModel model : of(user)) {
      json.add(model.toJson(lungs));
    }
    return json;
  }

  /** Closes all, after the calls in flight. Idempotent. */
  @Override
  public synchronized void close() {
    for (WorkbenchModel model : open) {
      model.classifier().close();
    }
    open.clear();
  }
}
