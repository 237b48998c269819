package io.cxr.workbench.cases;

import io.cxr.error.CxrException;
import io.cxr.radiograph.Radiograph;
import io.cxr.radiograph.RadiographReader;
import io.cxr.workbench.http.ApiException;
import io.cxr.workbench.http.Events;
import io.cxr.workbench.models.Models;
import io.cxr.workbench.models.WorkbenchModel;
import io.cxr.workbench.state.Database;
import io.cxr.workbench.state.RandomText;
import io.cxr.workbench.state.StateFolder;
import io.cxr.workbench.state.Tables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The cases of all users: rows of the database, and a folder of each with the file and pictures
 * made of it. Every method takes the user who asks, and another user's case looks like none.
 *
 * <p>Thread-safe. What is deleted is gone when the method returns: the rows are overwritten, the
 * files unlinked.
 */
public final class CaseStore {
  /** The tables of cases, answers and marks. */
  public static final Tables TABLES = CaseTable.TABLES;

  private static final String FILM = "film";

  private final CaseTable table;
  private final Path folder;
  private final Limits limits;
  private final Models models;
  private final Events events;
  private final Clock clock;
  private volatile Runnable whenQueued = () -> {};

  /**
   * The cases of a state folder. What an interrupted run left half deleted is deleted, and answers
   * that it was at wait again.
   *
   * @param database with {@link #TABLES}
   * @param folder of the cases' folders, nobody else's
   * @param limits what users may take
   * @param models what answers
   * @param events where pages are told of changes
   * @param clock the time
   * @throws IOException if the folder cannot be read
   */
  public CaseStore(
      Database database, Path folder, Limits limits, Models models, Events events, Clock clock)
      throws IOException {
    this.table = new CaseTable(database);
    this.folder = folder;
    this.limits = limits;
    this.models = models;
    this.events = events;
    this.clock = clock;
    table.requeue();
    Set<String> known = new HashSet<>(table.ids());
    List<Path> found;
    try (Stream<Path> all = Files.list(folder)) {
      found = all.toList();
    }
    for (Path each : found) {
      if (!known.remove(String.valueOf(each.getFileName()))) {
        StateFolder.deleteTree(each);
      }
    }
    known.forEach(table::delete);
  }

  void whenQueued(Runnable listener) {
    whenQueued = listener;
  }

  /**
   * All cases of a user.
   *
   * @param user who asks
   * @return the oldest first
   */
  public List<Case> of(String user) {
    return table.of(user);
  }

  /**
   * A case of a user.
   *
   * @param user who asks
   * @param id of the case
   * @return empty if there is none, or it is another user's
   */
  public Optional<Case> find(String user, String id) {
    return table.find(id).filter(each -> each.owner().equals(user));
  }

  /**
   * A case of a user.
   *
   * @param user who asks
   * @param id of the case
   * @return the case
   * @throws ApiException with status 404 if there is none, or it is another user's
   */
  public Case require(String user, String id) {
    return find(user, id).orElseThrow(() -> ApiException.notFound("case"));
  }

  /**
   * Adds a case and queues it for the first of the user's models.
   *
   * @param user whose case
   * @param name the file's name without folders, as shown
   * @param from where it was in a dropped folder, with {@code /} between names; may be empty
   * @param whole the file, which is moved away; any content
   * @return the case, whose answer waits
   * @throws IOException if it cannot be moved
   * @throws ApiException with status 413 if the user has no room for it
   */
  public Case add(String user, String name, String from, Path whole) throws IOException {
    long bytes = Files.size(whole);
    String format = FileKind.of(whole).orElse(null);
    String id = RandomText.id();
    synchronized (this) {
      requireRoom(user, bytes);
      Path own = Files.createDirectory(folder.resolve(id));
      Files.move(whole, own.resolve(FILM), StandardCopyOption.ATOMIC_MOVE);
      Case made =
          new Case(
              id,
              user,
              name,
              from,
              clock.instant(),
              bytes,
              format,
              null,
              null,
              null,
              Map.of(),
              null);
      table.add(made, models.of(user).get(0).id());
    }
    Case added = require(user, id);
    tell(added);
    whenQueued.run();
    return added;
  }

  /**
   * Whether a user has room for a file.
   *
   * @param user whose
   * @param bytes its size
   * @throws ApiException with status 413 if not
   */
  public void requireRoom(String user, long bytes) {
    if (bytes > limits.fileBytes()) {
      throw new ApiException(
          413,
          "FILE_SIZE",
          "Upload: expected a file of at most "
              + limits.fileBytes()
              + " bytes, found a larger one");
    }
    Usage usage = usage(user);
    if (usage.files >= limits.files()) {
      throw new ApiException(
          413,
          "FILES",
          "Upload: expected at most " + limits.files() + " cases, found more. Delete some.");
    }
    if (usage.bytes + bytes > limits.quotaBytes()) {
      throw new ApiException(
          413,
          "QUOTA",
          "Upload: expected cases of at most "
              + limits.quotaBytes()
              + " bytes together, found more. Delete some.");
    }
  }

  /**
   * What a user's cases take.
   *
   * @param files how many there are
   * @param bytes of their files
   */
  public record Usage(int files, long bytes) {}

  /**
   * What a user's cases take.
   *
   * @param user whose
   * @return now
   */
  public Usage usage(String user) {
    return table.usage(user);
  }

  /**
   * Deletes cases with all that was made of them. Those of other users and those that do not exist
   * are left out.
   *
   * @param user who asks
   * @param ids of the cases
   * @return the ids of what was deleted
   * @throws IOException if a file cannot be deleted; it is tried again at the next start
   */
  public List<String> delete(String user, Collection<String> ids) throws IOException {
    List<String> deleted = new ArrayList<>();
    for (String id : ids) {
      synchronized (this) {
        if (table.delete(user, id)) {
          deleted.add(id);
          StateFolder.deleteTree(folder.resolve(id));
        }
      }
    }
    if (!deleted.isEmpty()) {
      table.emptyLog();
      events.publish(user, "deleted", Map.of("ids", deleted));
      tellProgress(user);
    }
    return deleted;
  }

  /**
   * Deletes all cases of a user.
   *
   * @param user whose
   * @return how many there were
   * @throws IOException if a file cannot be deleted
   */
  public int deleteAll(String user) throws IOException {
    return delete(user, table.ids(user)).size();
  }

  /**
   * Marks a case.
   *
   * @param user who asks
   * @param id of the case
   * @param mark what to keep, or null for none
   * @return the case as it is now
   * @throws ApiException with status 404 if there is none, or it is another user's
   */
  public Case mark(String user, String id, @Nullable Mark mark) {
    require(user, id);
    table.mark(id, mark);
    Case marked = require(user, id);
    tell(marked);
    return marked;
  }

  /**
   * The file of a case, as it was brought.
   *
   * @param each the case
   * @return under a name that tells nothing; gone once the case is deleted
   */
  public Path file(Case each) {
    return folder.resolve(each.id()).resolve(FILM);
  }

  /**
   * Decodes the file of a case.
   *
   * @param each the case
   * @return the radiograph
   * @throws IOException if the case is deleted meanwhile
   * @throws CxrException if the file cannot be decoded
   */
  public Radiograph read(Case each) throws IOException {
    return RadiographReader.standard().read(file(each));
  }

  /** Something that was made of a case before. */
  Optional<byte[]> kept(Case each, String name) throws IOException {
    Path file = folder.resolve(each.id()).resolve(name);
    return Files.exists(file) ? Optional.of(Files.readAllBytes(file)) : Optional.empty();
  }

  /** Keeps something that was made of a case, unless that is deleted meanwhile. */
  synchronized void keep(Case each, String name, byte[] content) throws IOException {
    Path own = folder.resolve(each.id());
    if (!Files.isDirectory(own)) {
      return;
    }
    Path part = Files.createTempFile(own, name, ".part");
    try {
      Files.write(part, content);
      Files.move(part, own.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  /**
   * Queues cases for a model; those that it answered or that wait are left as they are.
   *
   * @param user who asks
   * @param ids of the cases, or null for all of the user's
   * @param model of the user's
   * @return how many wait now
   */
  public int queue(String user, @Nullable List<String> ids, WorkbenchModel model) {
    int queued = 0;
    for (Case each : of(user)) {
      if ((ids == null || ids.contains(each.id())) && !each.answers().containsKey(model.id())) {
        table.enqueue(each.id(), model.id());
        tell(require(user, each.id()));
        queued++;
      }
    }
    if (queued > 0) {
      whenQueued.run();
    }
    return queued;
  }

  /**
   * Answers of one user and one model that wait.
   *
   * @param owner the user
   * @param model the model's id
   */
  record Waiting(String owner, String model) {}

  List<Waiting> waiting() {
    return table.waiting();
  }

  /** Takes up to so many that wait, the oldest first; they count as running then. */
  List<Case> take(Waiting waiting, int most) {
    List<Case> taken = new ArrayList<>();
    table.take(waiting, most).forEach(id -> table.find(id).ifPresent(taken::add));
    taken.forEach(this::tell);
    tellProgress(waiting.owner());
    return taken;
  }

  /** Sets what a model answered, unless the case is deleted meanwhile. */
  void answered(Case each, String model, Answer answer) {
    table.answered(each.id(), model, answer);
    table.find(each.id()).ifPresent(this::tell);
    tellProgress(each.owner());
  }

  /** Notes what decoding found. */
  void decoded(Case each, Radiograph radiograph) {
    if (each.width() == null) {
      table.decoded(each.id(), radiograph);
    }
  }

  private void tell(Case each) {
    events.publish(each.owner(), "case", each.toJson());
  }

  private void tellProgress(String user) {
    events.publish(user, "progress", progress(user));
  }

  /**
   * How far the answers of a user's cases are.
   *
   * @param queued answers that wait
   * @param running answers that a model is at
   * @param done answers, refusals and failures
   */
  public record Progress(int queued, int running, int done) {}

  /**
   * How far the answers of a user's cases are.
   *
   * @param user whose
   * @return now
   */
  public Progress progress(String user) {
    return table.progress(user);
  }
}
