package io.cxr.workbench;

import io.cxr.Prediction;
import io.cxr.workbench.cases.Limits;
import io.cxr.workbench.user.PasswordFile;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The command {@code cxr workbench}. */
@Command(
    name = "workbench",
    description = {
      "Opens a workbench in the browser: look at radiographs and answers, train, evaluate.",
      Prediction.NOTICE + "%n"
    },
    mixinStandardHelpOptions = true)
public final class WorkbenchCommand implements Callable<Integer> {
  /** How long a stop waits for what is being done. */
  private static final long GRACE_SECONDS = 30;

  private static final Duration IDLE_WITH_PASSWORD = Duration.ofHours(1);

  @Spec private CommandSpec spec;

  @Option(
      names = "--state",
      paramLabel = "DIR",
      description =
          "What the workbench keeps: cases, answers, marks; by default the folder cxr/workbench of"
              + " this user's data.")
  private @Nullable Path state;

  @Option(names = "--port", paramLabel = "N", description = "The port; 0 takes a free one.")
  private int port = 8090;

  @Option(
      names = "--bind",
      paramLabel = "ADDRESS",
      description =
          "Where to listen; by default 127.0.0.1, which no other computer reaches. Others need"
              + " --tls.")
  private String bind = "127.0.0.1";

  @Option(
      names = "--host-name",
      split = ",",
      paramLabel = "NAME",
      description = "Names by which browsers may call this computer, beside its addresses.")
  private Set<String> hostNames = Set.of();

  @Option(
      names = "--model",
      paramLabel = "MODEL.onnx",
      description =
          "A model file, and more with more of this option; the first answers first. The model that"
              + " comes with the library is open as well.")
  private List<Path> models = List.of();

  @Option(
      names = "--models",
      paramLabel = "DIR",
      description = "A folder whose model files are open as well.")
  private List<Path> modelFolders = List.of();

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description =
          "A folder of data sets for training and evaluation: each a folder of labelled images.")
  private List<Path> dataFolders = List.of();

  @Option(
      names = "--users",
      paramLabel = "FILE",
      description =
          "Users with passwords, as --add-user writes them; by default there is one user, who has"
              + " the link that is printed.")
  private @Nullable Path users;

  @Option(
      names = "--add-user",
      paramLabel = "NAME",
      description =
          "Adds a user to the file of --users, or changes the password, and ends. The password is"
              + " asked for, or read from the first line of the input.")
  private @Nullable String newUser;

  @ArgGroup(exclusive = false)
  private @Nullable Tls tls;

  /** The certificate. */
  static final class Tls {
    @Option(
        names = "--tls",
        required = true,
        paramLabel = "FILE.p12",
        description = "The server's private key and certificates, in PKCS #12.")
    private Path keyStore;

    @Option(
        names = "--tls-password-file",
        required = true,
        paramLabel = "FILE",
        description = "The key store's password.")
    private Path passwordFile;
  }

  @Option(
      names = "--max-file",
      paramLabel = "MIB",
      description = "The largest file, in MiB; by default ${DEFAULT-VALUE}.",
      defaultValue = "200")
  private long maxFile;

  @Option(
      names = "--max-files",
      paramLabel = "N",
      description = "The most cases of a user; by default ${DEFAULT-VALUE}.",
      defaultValue = "5000")
  private int maxFiles;

  @Option(
      names = "--quota",
      paramLabel = "MIB",
      description = "The most MiB of a user's cases; by default ${DEFAULT-VALUE}.",
      defaultValue = "10240")
  private long quota;

  @Option(
      names = "--session-minutes",
      paramLabel = "N",
      description =
          "After how long without use one must sign in again; by default 60 with passwords, 720"
              + " without.")
  private int sessionMinutes;

  @Option(
      names = "--keep-days",
      paramLabel = "N",
      description =
          "How long the cases of a user are kept who does not sign in; 0 for ever; by default"
              + " ${DEFAULT-VALUE}.",
      defaultValue = "30")
  private int keepDays;

  @Option(names = "--no-open", description = "Opens no browser.")
  private boolean noOpen;

  /** A command for picocli. */
  public WorkbenchCommand() {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (newUser != null) {
      return addUser(newUser);
    }
    PrintWriter out = spec.commandLine().getOut();
    logOnOneLine();
    Path folder = state == null ? StateLocation.ofUser() : state;
    WorkbenchBuilder builder =
        Workbench.builder(folder)
            .bind(bind)
            .port(port)
            .hostNames(hostNames)
            .models(models)
            .modelFolders(modelFolders)
            .dataFolders(dataFolders)
            .limits(limits());
    if (users != null) {
      builder.users(users);
    }
    if (tls != null) {
      builder.tls(tls.keyStore, Files.readString(tls.passwordFile).strip().toCharArray());
    }
    CountDownLatch stop = new CountDownLatch(1);
    CountDownLatch stopped = new CountDownLatch(1);
    Thread hook = new Thread(() -> stopAndWait(stop, stopped), "cxr-workbench-stop");
    try (Workbench workbench = builder.open()) {
      Runtime.getRuntime().addShutdownHook(hook);
      out.println("Open " + workbench.signInUrl());
      out.println("State " + folder.toAbsolutePath());
      out.println(Prediction.NOTICE);
      out.flush();
      if (!noOpen && users == null) {
        Browser.open(folder, workbench.signInUrl());
      }
      stop.await();
    } finally {
      stopped.countDown();
    }
    return 0;
  }

  private Limits limits() {
    Duration session =
        sessionMinutes != 0
            ? Duration.ofMinutes(sessionMinutes)
            : users != null ? IDLE_WITH_PASSWORD : Limits.DEFAULT.sessionIdle();
    return new Limits(
        Math.multiplyExact(maxFile, 1L << 20),
        maxFiles,
        Math.multiplyExact(quota, 1L << 20),
        session,
        Duration.ofDays(keepDays));
  }

  private int addUser(String user) throws IOException {
    if (users == null) {
      throw new IllegalArgumentException("--add-user: expected --users FILE as well, found none");
    }
    char[] password = password();
    try {
      PasswordFile.add(users, user, password);
    } finally {
      Arrays.fill(password, ' ');
    }
    spec.commandLine().getOut().println("Wrote the user to " + users);
    return 0;
  }

  /** Never an option: a command line can be read by everybody on the computer. */
  @SuppressWarnings("SystemConsoleNull") // A console of JDK 22 to 24 without a terminal asks twice.
  private static char[] password() throws IOException {
    Console console = System.console();
    if (console == null) {
      BufferedReader in =
          new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
      String line = in.readLine();
      return line == null ? new char[0] : line.toCharArray();
    }
    char[] password = console.readPassword("Password: ");
    char[] again = console.readPassword("Again: ");
    if (password == null || !Arrays.equals(password, again)) {
      throw new IllegalArgumentException(
          "Password: expected the same one twice, found two. Nothing was changed.");
    }
    Arrays.fill(again, ' ');
    return password;
  }

  private static void stopAndWait(CountDownLatch stop, CountDownLatch stopped) {
    stop.countDown();
    try {
      if (!stopped.await(GRACE_SECONDS, TimeUnit.SECONDS)) {
        System.getLogger(WorkbenchCommand.class.getName())
            .log(System.Logger.Level.WARNING, "Stopped without waiting any longer");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void logOnOneLine() {
    String format = "java.util.logging.SimpleFormatter.format";
    if (System.getProperty(format) == null) {
      System.setProperty(format, "%1$tFT%1$tT%1$tz %4$s %5$s%6$s%n");
    }
  }
}
