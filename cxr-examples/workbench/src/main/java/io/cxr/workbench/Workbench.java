package io.cxr.workbench;

import io.cxr.Prediction;
import io.cxr.workbench.cases.CaseRoutes;
import io.cxr.workbench.cases.CaseStore;
import io.cxr.workbench.cases.Classification;
import io.cxr.workbench.cases.IdleCleanUp;
import io.cxr.workbench.cases.Limits;
import io.cxr.workbench.cases.Lungs;
import io.cxr.workbench.cases.Pictures;
import io.cxr.workbench.http.ApiException;
import io.cxr.workbench.http.Events;
import io.cxr.workbench.http.Json;
import io.cxr.workbench.http.RouteGroup;
import io.cxr.workbench.models.ModelRoutes;
import io.cxr.workbench.models.Models;
import io.cxr.workbench.models.OperatingPoint;
import io.cxr.workbench.state.Database;
import io.cxr.workbench.state.StateFolder;
import io.cxr.workbench.user.Accounts;
import io.cxr.workbench.user.SessionGuard;
import io.cxr.workbench.user.Sessions;
import io.cxr.workbench.user.SignInRoutes;
import io.cxr.workbench.user.UserSession;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.http.staticfiles.Location;
import io.javalin.json.JavalinJackson3;
import io.javalin.util.JavalinBindException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.eclipse.jetty.io.EofException;
import org.jspecify.annotations.Nullable;

/**
 * A running workbench: a web server, the models that answer and the state that it keeps.
 *
 * <p>Thread-safe. Whoever opens it closes it: closing ends the connections, waits for what is being
 * classified, and closes the models and the database.
 */
public final class Workbench implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Workbench.class.getName());
  private static final long LARGEST_BODY = 1L << 20;

  private final WorkbenchBuilder settings;
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final List<RouteGroup> routes = new ArrayList<>();
  private final boolean secure;
  private @Nullable Javalin server;

  private Workbench(WorkbenchBuilder settings) {
    this.settings = settings;
    this.secure = settings.tls != null;
  }

  /**
   * Settings of a workbench.
   *
   * @param state the folder of what it keeps; made when needed
   * @return a builder with the default settings: a free port of loopback, one user with a token
   */
  public static WorkbenchBuilder builder(Path state) {
    return new WorkbenchBuilder(state);
  }

  static Workbench open(WorkbenchBuilder settings) throws IOException {
    Workbench workbench = new Workbench(settings);
    try {
      workbench.start();
      return workbench;
    } catch (IOException | RuntimeException e) {
      workbench.close();
      throw e;
    }
  }

  private <T extends AutoCloseable> T owned(T part) {
    parts.push(part);
    return part;
  }

  private void start() throws IOException {
    Clock clock = settings.clock;
    Limits limits = settings.limits;
    StateFolder state = owned(StateFolder.open(settings.state));
    Database database =
        owned(
            Database.open(
                state.database(),
                Stream.concat(
                        Stream.of(Sessions.TABLES, CaseStore.TABLES), Learning.TABLES.stream())
                    .toList()));
    Events events = owned(new Events());
    Models models = owned(Models.open(settings.models, settings.modelFolders, true, events));
    Sessions sessions = new Sessions(settings.accounts, database, limits.sessionIdle(), clock);
    CaseStore cases =
        new CaseStore(database, state.subfolder("cases"), limits, models, events, clock);
    SessionGuard guard =
        new SessionGuard(sessions, settings.hostNames, settings.isLoopback(), secure);

    routes.add(guard);
    routes.add(new SignInRoutes(sessions, events, secure, clock));
    routes.add(guard.eventsRoute(events));
    routes.add(new ModelRoutes(models));
    routes.add(
        all -> all.get("/api/session", context -> context.json(session(context, models, cases))));
    Pictures pictures = new Pictures(cases, owned(new Lungs()));
    routes.add(new CaseRoutes(cases, pictures, models, limits, state.incoming()));
    // Before cases are classified: answers may wait for models that were trained here.
    Learning learning =
        owned(Learning.open(database, state, events, models, cases, settings.dataFolders, clock));
    routes.add(learning);
    owned(Classification.start(cases, models, pictures));
    owned(IdleCleanUp.start(cases, sessions, learning, limits, clock));

    server = Javalin.create(this::configure);
    parts.push(() -> stop(events));
    try {
      server.start();
    } catch (JavalinBindException e) {
      throw new IOException(
          "Port "
              + settings.port
              + " of "
              + settings.bind
              + ": expected a free one, found one in use. Give another by --port, or 0 for any.",
          e);
    }
  }

  private void stop(Events events) {
    events.close();
    if (server != null) {
      server.stop();
    }
  }

  private Map<String, @Nullable Object> session(Context context, Models models, CaseStore cases) {
    UserSession session = UserSession.of(context);
    String user = session.user();
    Limits limits = settings.limits;
    CaseStore.Usage usage = cases.usage(user);
    Map<String, @Nullable Object> json = new LinkedHashMap<>();
    json.put("user", user);
    json.put("csrf", session.csrf());
    json.put("mode", settings.accounts.mode());
    json.put("notice", Prediction.NOTICE);
    json.put("models", models.toJson(user));
    json.put(
        "operatingPoint",
        models.of(user).get(0).operatingPoints().stream()
            .findFirst()
            .map(OperatingPoint::id)
            .orElse(null));
    json.put(
        "limits",
        Map.of(
            "maxFileBytes", limits.fileBytes(),
            "maxFiles", limits.files(),
            "quotaBytes", limits.quotaBytes(),
            "usedBytes", usage.bytes(),
            "usedFiles", usage.files(),
            "idleHours", limits.keep().toHours()));
    json.put("progress", cases.progress(user));
    json.put("colorMaps", ModelRoutes.colourMapNames());
    json.put("features", Map.of("training", true));
    return json;
  }

  private void configure(JavalinConfig config) {
    config.startup.showJavalinBanner = false;
    config.startup.showOldJavalinVersionWarning = false;
    config.startup.startupWatcherEnabled = false;
    config.jetty.host = settings.bind;
    config.jetty.port = settings.port;
    config.http.maxRequestSize = LARGEST_BODY;
    config.http.prefer405over404 = true;
    config.jsonMapper(new JavalinJackson3(Json.mapper(), false));
    ServerSettings.harden(config, settings.tls);
    config.staticFiles.add(
        files -> {
          files.hostedPath = "/";
          files.directory = "/io/cxr/workbench/web";
          files.location = Location.CLASSPATH;
          // Those of the guard are on every answer; this one would say otherwise.
          files.headers = Map.of();
        });
    RoutesConfig all = config.routes;
    routes.forEach(group -> group.register(all));
    all.exception(ApiException.class, (error, context) -> answer(context, error));
    all.exception(
        HttpResponseException.class,
        // Its message would repeat the address.
        (error, context) -> answer(context, ApiException.of(error.getStatus())));
    all.exception(
        EofException.class,
        // Whoever asked has left.
        (error, context) -> answer(context, ApiException.of(400)));
    all.exception(Exception.class, (error, context) -> failed(context, error));
  }

  private static void answer(Context context, ApiException error) {
    Map<String, String> json = new LinkedHashMap<>();
    json.put("error", String.valueOf(error.getMessage()));
    error.reason().ifPresent(reason -> json.put("reason", reason));
    context.status(error.status());
    context.json(json);
    // A handler for static files would otherwise answer after a refusal.
    context.skipRemainingHandlers();
  }

  /** Neither answer nor log repeats the message, which may hold the name of a file. */
  private static void failed(Context context, Exception error) {
    StackTraceElement[] trace = error.getStackTrace();
    LOG.log(
        System.Logger.Level.ERROR,
        "{0} {1} failed: {2} at {3}",
        context.method().name(),
        context.endpoint().path,
        error.getClass().getName(),
        trace.length == 0 ? "?" : trace[0]);
    answer(
        context,
        new ApiException(
            500, "FAILED", "The server could not do this. Its log says where it failed."));
  }

  /**
   * The port.
   *
   * @return the one that was asked for, or the free one that was found
   */
  public int port() {
    if (server == null) {
      throw new IllegalStateException("The workbench is closed");
    }
    return server.port();
  }

  /**
   * Where the pages are.
   *
   * @return without a token
   */
  public URI url() {
    String host = settings.bind.contains(":") ? "[" + settings.bind + "]" : settings.bind;
    boolean everywhere = host.equals("0.0.0.0") || host.equals("[::]");
    return URI.create(
        (secure ? "https://" : "http://") + (everywhere ? "localhost" : host) + ":" + port() + "/");
  }

  /**
   * The address that signs the only user in, where there is one.
   *
   * @return with the token as its fragment, which a browser sends nowhere; without one where users
   *     have passwords
   */
  public URI signInUrl() {
    return settings.accounts instanceof Accounts.OneToken token
        ? url().resolve("#token=" + token.token())
        : url();
  }

  /** Stops everything. Idempotent. */
  @Override
  public void close() {
    while (!parts.isEmpty()) {
      AutoCloseable part = parts.pop();
      try {
        part.close();
      } catch (Exception e) {
        LOG.log(System.Logger.Level.WARNING, "Stopping: {0}", e.getClass().getName());
      }
    }
    server = null;
  }
}
