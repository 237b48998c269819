package io.cxr.workbench.dataset;

import io.cxr.model.Task;
import io.cxr.workbench.cases.CaseStore;
import io.cxr.workbench.http.ApiException;
import io.cxr.workbench.http.RouteGroup;
import io.cxr.workbench.marks.LabelledSet;
import io.cxr.workbench.models.Models;
import io.cxr.workbench.user.UserSession;
import io.javalin.config.RoutesConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a user may train and evaluate on: the data sets that all share, and the user's own labelled
 * set. A page names them by id; no path comes from one.
 */
public final class UserDataSets implements RouteGroup {
  /** The id of the labelled set, whoever asks. */
  public static final String LABELLED = "labelled";

  /** Where a labelled set is written in the folder of what uses it. */
  public static final String COPY = "data";

  private static final String LABELLED_NAME = "labelled-set";

  private final DataSets shared;
  private final CaseStore cases;
  private final Models models;

  /**
   * Data sets.
   *
   * @param shared those that were given at the start
   * @param cases where labelled cases are
   * @param models whose first says what labels are
   */
  public UserDataSets(DataSets shared, CaseStore cases, Models models) {
    this.shared = shared;
    this.cases = cases;
    this.models = models;
  }

  /** A data set that a user chose. */
  public interface Chosen {
    /**
     * Its id.
     *
     * @return as {@code GET /api/data} has it
     */
    String id();

    /**
     * How many films it has.
     *
     * @return when it was chosen
     */
    int images();

    /**
     * Where it is; a labelled set is written to a folder, as it may change.
     *
     * @param folder of whoever uses it
     * @return the data set
     * @throws IOException if it cannot be written
     */
    DataSet in(Path folder) throws IOException;
  }

  private record Shared(DataSets.Listed listed) implements Chosen {
    @Override
    public String id() {
      return listed.id();
    }

    @Override
    public int images() {
      return listed.images();
    }

    @Override
    public DataSet in(Path folder) {
      return listed.set();
    }
  }

  private record Labelled(LabelledSet set, CaseStore cases) implements Chosen {
    @Override
    public String id() {
      return LABELLED;
    }

    @Override
    public int images() {
      return set.size();
    }

    @Override
    public DataSet in(Path folder) throws IOException {
      Path own = Files.createDirectories(folder.resolve(COPY));
      return new DataSet(LABELLED_NAME, own, set.write(own, cases));
    }
  }

  /**
   * The labelled set of a user, as it is now.
   *
   * @param user whose
   * @return may be empty
   */
  public LabelledSet labelled(String user) {
    Task task = models.of(user).get(0).card().task();
    return LabelledSet.of(cases.of(user), task);
  }

  /**
   * A data set by its id.
   *
   * @param user who asks
   * @param id as {@code GET /api/data} has it
   * @return the data set
   * @throws ApiException with status 404 if there is none
   */
  public Chosen require(String user, String id) {
    if (id.equals(LABELLED)) {
      LabelledSet set = labelled(user);
      if (set.size() > 0) {
        return new Labelled(set, cases);
      }
    }
    return shared.find(id).map(Shared::new).orElseThrow(() -> ApiException.notFound("data set"));
  }

  @Override
  public void register(RoutesConfig routes) {
    routes.get("/api/data", context -> context.json(list(UserSession.of(context).user())));
  }

  private List<Map<String, Object>> list(String user) {
    List<Map<String, Object>> all = new ArrayList<>();
    LabelledSet own = labelled(user);
    if (own.size() > 0) {
      all.add(json(LABELLED, LABELLED_NAME, "labelled", own.size(), own.countByLabel()));
    }
    for (DataSets.Listed each : shared.list()) {
      all.add(json(each.id(), each.set().name(), "folder", each.images(), each.labels()));
    }
    return all;
  }

  private static Map<String, Object> json(
      String id, String name, String kind, int images, Map<String, Integer> labels) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("id", id);
    json.put("name", name);
    json.put("kind", kind);
    json.put("images", images);
    json.put("labels", labels);
    return json;
  }
}
