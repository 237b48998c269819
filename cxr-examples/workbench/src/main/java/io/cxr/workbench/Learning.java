package io.cxr.workbench;

import io.cxr.workbench.cases.CaseStore;
import io.cxr.workbench.cases.IdleCleanUp;
import io.cxr.workbench.dataset.DataSets;
import io.cxr.workbench.dataset.UserDataSets;
import io.cxr.workbench.evaluation.EvaluationRoutes;
import io.cxr.workbench.evaluation.EvaluationStore;
import io.cxr.workbench.evaluation.Evaluations;
import io.cxr.workbench.export.ExportRoutes;
import io.cxr.workbench.http.Events;
import io.cxr.workbench.http.RouteGroup;
import io.cxr.workbench.marks.MarkRoutes;
import io.cxr.workbench.models.Models;
import io.cxr.workbench.state.Database;
import io.cxr.workbench.state.StateFolder;
import io.cxr.workbench.state.Tables;
import io.cxr.workbench.training.JobStore;
import io.cxr.workbench.training.TrainingRoutes;
import io.cxr.workbench.training.Trainings;
import io.javalin.config.RoutesConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What users learn from their films: marks, exports, training and evaluation. Closed before the
 * models and the cases that it uses.
 */
final class Learning implements RouteGroup, IdleCleanUp.UserData, AutoCloseable {
  /** The tables of its parts. */
  static final List<Tables> TABLES = List.of(JobStore.TABLES, EvaluationStore.TABLES);

  private final Trainings trainings;
  private final Evaluations evaluations;
  private final List<RouteGroup> routes;

  private Learning(Trainings trainings, Evaluations evaluations, List<RouteGroup> routes) {
    this.trainings = trainings;
    this.evaluations = evaluations;
    this.routes = routes;
  }

  /** Takes up trainings and evaluations where they were left. */
  static Learning open(
      Database database,
      StateFolder state,
      Events events,
      Models models,
      CaseStore cases,
      List<Path> dataFolders,
      Clock clock)
      throws IOException {
    UserDataSets data = new UserDataSets(new DataSets(dataFolders), cases, models);
    Trainings trainings = Trainings.open(database, state, events, models, clock);
    try {
      Evaluations evaluations = Evaluations.open(database, state, events, models, cases, clock);
      return new Learning(
          trainings,
          evaluations,
          List.of(
              data,
              new MarkRoutes(cases, models),
              new ExportRoutes(cases, models, data),
              new TrainingRoutes(trainings, data),
              new EvaluationRoutes(evaluations, models, data)));
    } catch (IOException | RuntimeException e) {
      trainings.close();
      throw e;
    }
  }

  @Override
  public void register(RoutesConfig all) {
    routes.forEach(group -> group.register(all));
  }

  /** Who has trainings or evaluations. */
  @Override
  public Set<String> owners() {
    Set<String> owners = new HashSet<>(trainings.owners());
    owners.addAll(evaluations.owners());
    return owners;
  }

  /** Deletes what was made of a user's films: evaluations, trainings and their models. */
  @Override
  public void deleteAll(String user) throws IOException {
    trainings.deleteAll(user);
    evaluations.deleteAll(user);
  }

  @Override
  public void close() {
    evaluations.close();
    trainings.close();
  }
}
