package io.cxr.pacs;

import static java.lang.System.Logger.Level.WARNING;

import io.cxr.Prediction;
import io.cxr.error.CxrException;
import io.cxr.onnx.CudaOptions;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.onnx.SessionSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * The command {@code cxr-gateway}: runs the gateway until the process is told to stop. Exit codes:
 * 0 done, 1 failed, 2 wrong usage, 3 out of memory.
 */
@Command(
    name = "cxr-gateway",
    description = {
      "Takes new radiographs of a PACS by DICOMweb, classifies them, and stores the results in"
          + " their",
      "studies. Runs until it is stopped. Research use only: not for diagnostic use.%n"
    },
    mixinStandardHelpOptions = true,
    versionProvider = GatewayCommand.Version.class,
    subcommands = OrthancFilesCommand.class,
    showDefaultValues = true)
public final class GatewayCommand implements Callable<Integer> {
  private static final System.Logger LOG = System.getLogger(GatewayCommand.class.getName());

  private static final Duration GRACE = Duration.ofSeconds(20);

  /** As the JVM's own -XX:+ExitOnOutOfMemoryError has it. */
  private static final int OUT_OF_MEMORY = 3;

  /** Where the driver of the state's database puts its native library. */
  private static final String SQLITE_FOLDER = "org.sqlite.tmpdir";

  private static final String TOKEN = "CXR_PACS_TOKEN";

  @Spec private CommandSpec spec;

  @Option(
      names = "--archive",
      paramLabel = "URL",
      description = "The root of the archive's DICOMweb services.")
  private @Nullable URI archive;

  @Option(
      names = "--state",
      paramLabel = "DIR",
      description = "Where the gateway keeps what it has to do and has done, and its audit trail.")
  private @Nullable Path state;

  @Option(
      names = "--model",
      paramLabel = "MODEL.onnx",
      description = "The model; by default the one that comes with the library.")
  private @Nullable Path model;

  @Option(
      names = "--cache",
      paramLabel = "DIR",
      description =
          "Keeps the optimised model and native libraries there, so that the next start is faster"
              + " and needs no temporary folder.")
  private @Nullable Path cache;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description =
          "Where the model runs: cpu, cuda or cuda:N for an NVIDIA card, without which the gateway"
              + " does not start, or cuda-or-cpu, which then runs on the CPU and logs it.")
  private String device = "cpu";

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of the model's runs on the CPU; 0 for the processors.")
  private int threads;

  @Option(
      names = "--cuda-memory",
      paramLabel = "MIB",
      description = "The most MiB of the card's memory for the model; 0 for all.")
  private long cudaMemory;

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      description = "Where the archive notifies of series; port 0 takes a free one.")
  private String listen = "127.0.0.1:8043";

  @Option(
      names = "--host-name",
      split = ",",
      paramLabel = "NAME",
      description =
          "Names by which requests may call this computer, beside its addresses and localhost.")
  private Set<String> hostNames = Set.of();

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description =
          "The token that requests must show; by default that of the environment variable "
              + TOKEN
              + ", if it is set.")
  private @Nullable Path tokenFile;

  @ArgGroup(exclusive = false)
  private @Nullable Tls tls;

  /** The endpoint's certificate. */
  static final class Tls {
    @Option(
        names = "--tls-keystore",
        required = true,
        paramLabel = "FILE.p12",
        description = "The endpoint's private key and certificates, in PKCS #12.")
    private Path keyStore;

    @Option(
        names = "--tls-password-file",
        required = true,
        paramLabel = "FILE",
        description = "The key store's password.")
    private Path passwordFile;
  }

  @Option(
      names = "--archive-token-file",
      paramLabel = "FILE",
      description = "The token to show to the archive.")
  private @Nullable Path archiveTokenFile;

  @ArgGroup(exclusive = false)
  private @Nullable ArchiveUser archiveUser;

  /** Name and password at the archive. */
  static final class ArchiveUser {
    @Option(
        names = "--archive-user",
        required = true,
        paramLabel = "NAME",
        description = "The name to show to the archive.")
    private String name;

    @Option(
        names = "--archive-password-file",
        required = true,
        paramLabel = "FILE",
        description = "Its password.")
    private Path passwordFile;
  }

  @Option(
      names = "--archive-ca",
      paramLabel = "FILE.pem",
      description = "Whose certificates to trust in the archive's, in place of the JDK's.")
  private @Nullable Path archiveCa;

  @Option(
      names = "--allow-plain-http",
      description = "Lets radiographs travel to another computer without TLS.")
  private boolean allowPlainHttp;

  @Option(
      names = "--results",
      split = ",",
      paramLabel = "KIND",
      description = "What is stored: ${COMPLETION-CANDIDATES}.",
      defaultValue = "SC,SR")
  private Set<ResultKind> results = EnumSet.noneOf(ResultKind.class);

  @Option(
      names = "--report-refusals",
      description =
          "Stores a structured report that says why for each film that is refused or given up, so"
              + " that nobody takes it for one without a finding.")
  private boolean reportRefusals;

  @Option(
      names = "--reclassify",
      description =
          "Classifies films that other models alone were asked about again when their series is"
              + " notified again or grows; the new results say which they supersede.")
  private boolean reclassify;

  @Option(
      names = "--modality",
      split = ",",
      paramLabel = "CODE",
      description = "Which series are looked into.",
      defaultValue = "CR,DX")
  private Set<String> modalities = Set.of();

  @Option(
      names = "--workers",
      paramLabel = "N",
      description = "How many instances are handled at the same time; 0 for the processors.")
  private int workers;

  @Option(
      names = "--capacity",
      paramLabel = "N",
      description = "How much may be open before notifications are refused.")
  private int capacity = 10_000;

  @Option(
      names = "--deadline",
      paramLabel = "SECONDS",
      description = "How long one attempt at an instance may take.")
  private int deadline = 120;

  @Option(
      names = "--poll",
      paramLabel = "SECONDS",
      description =
          "How often the archive is asked for series without a notification; 0 for never.")
  private int poll = 60;

  @Option(
      names = "--poll-days",
      paramLabel = "N",
      description =
          "How many days of Study Date are asked for, today included, counted from the last time"
              + " that the archive was asked for everything; 0 for all.")
  private int pollDays = 2;

  @Option(
      names = "--audit-key",
      paramLabel = "FILE",
      description =
          "A file of 16 random bytes or more: UIDs are hashed with it, so that nobody without it"
              + " finds known ones in the audit trail.")
  private @Nullable Path auditKey;

  /** Prints what jar this is. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = GatewayCommand.class.getPackage().getImplementationVersion();
      return new String[] {"cxr-gateway " + (version == null ? "(unpackaged)" : version)};
    }
  }

  private GatewayCommand() {}

  /**
   * Runs the command and exits with its code.
   *
   * @param arguments the arguments
   */
  public static void main(String[] arguments) {
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    System.exit(run(out, err, arguments));
  }

  /**
   * Runs the command.
   *
   * @param out where it says where it listens
   * @param err where failures go
   * @param arguments the arguments
   * @return the exit code
   */
  public static int run(PrintWriter out, PrintWriter err, String... arguments) {
    return new CommandLine(new GatewayCommand())
        .setOut(out)
        .setErr(err)
        .setExecutionExceptionHandler((failure, command, parsed) -> fail(failure, command))
        .setCaseInsensitiveEnumValuesAllowed(true)
        .execute(arguments);
  }

  private static int fail(Exception failure, CommandLine command) {
    command.getErr().println("cxr-gateway: " + reason(failure));
    if (Boolean.getBoolean("cxr.stacktrace")) {
      failure.printStackTrace(command.getErr());
    }
    return failure instanceof IllegalArgumentException
        ? CommandLine.ExitCode.USAGE
        : CommandLine.ExitCode.SOFTWARE;
  }

  private static String reason(Exception failure) {
    if (failure instanceof NoSuchFileException missing) {
      return "No such file: " + missing.getFile();
    }
    boolean ours =
        failure instanceof CxrException
            || failure instanceof IllegalArgumentException
            || failure instanceof StateException;
    return ours && failure.getMessage() != null
        ? failure.getMessage()
        : failure.getClass().getSimpleName() + ": " + failure.getMessage();
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    if (archive == null || state == null) {
      // Not required by their annotations: subcommands do without them.
      throw new ParameterException(
          spec.commandLine(), "Missing required options: '--archive=URL', '--state=DIR'");
    }
    PrintWriter out = spec.commandLine().getOut();
    logOnOneLine();
    DicomWebClient client = client(archive);
    InetSocketAddress address = address();
    Optional<String> token = token();
    Optional<SSLContext> context =
        tls == null
            ? Optional.empty()
            : Optional.of(
                TlsContexts.ofKeyStore(tls.keyStore, secret(tls.passwordFile).toCharArray()));
    GatewayBuilder builder =
        Gateway.builder(client, state)
            .modalities(modalities)
            .results(results)
            .reportRefusals(reportRefusals)
            .reclassify(reclassify)
            .capacity(capacity)
            .deadline(Duration.ofSeconds(deadline))
            .poll(Duration.ofSeconds(poll), pollDays)
            .grace(GRACE)
            // A process whose memory ran out is no use; whoever watches it starts another one.
            .onFatal(failure -> Runtime.getRuntime().halt(OUT_OF_MEMORY));
    if (workers != 0) {
      builder.workers(workers);
    }
    if (auditKey != null) {
      builder.auditKey(Files.readAllBytes(auditKey));
    }
    CountDownLatch stop = new CountDownLatch(1);
    CountDownLatch stopped = new CountDownLatch(1);
    Thread hook = new Thread(() -> stopAndWait(stop, stopped), "cxr-pacs-stop");
    try (Gateway gateway = builder.start(openModel());
        GatewayServer server = GatewayServer.listen(gateway, address, token, context, hostNames);
        SystemdNotification notification =
            SystemdNotification.ready(System.getenv(), () -> !gateway.needsRestart())) {
      Runtime.getRuntime().addShutdownHook(hook);
      out.println("Listening on " + server.address());
      out.println(Prediction.NOTICE);
      out.flush();
      stop.await();
    } finally {
      stopped.countDown();
    }
    return 0;
  }

  private OnnxClassifier openModel() throws IOException {
    OnnxClassifier.Builder builder =
        (model == null ? OnnxClassifier.builder() : OnnxClassifier.builder(model))
            .session(session());
    OnnxClassifier classifier = cache == null ? builder.open() : builder.cache(cache).open();
    if (cache != null) {
      unpackSqliteInto(cache);
    }
    if (classifier.card().training().map(training -> !training.finished()).orElse(false)) {
      LOG.log(
          WARNING,
          "{0}: its training was not finished, so its answers may be worse than they could be",
          classifier.model().name());
    }
    return classifier;
  }

  private SessionSettings session() {
    if (threads < 0 || cudaMemory < 0 || cudaMemory > Long.MAX_VALUE >> 20) {
      throw new IllegalArgumentException(
          "--threads and --cuda-memory: expected 0 or more, found "
              + threads
              + " and "
              + cudaMemory);
    }
    SessionSettings settings = SessionSettings.defaults().withDevice(device);
    if (threads > 0) {
      settings = settings.withThreads(threads);
    }
    return cudaMemory == 0
        ? settings
        : settings.withCuda(CudaOptions.defaults().withMemoryLimit(cudaMemory << 20));
  }

  private static void stopAndWait(CountDownLatch stop, CountDownLatch stopped) {
    stop.countDown();
    try {
      if (!stopped.await(2 * GRACE.toSeconds(), TimeUnit.SECONDS)) {
        LOG.log(WARNING, "Stopped without waiting any longer");
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

  /** By default it goes to the temporary folder, which a service need not have. */
  private static void unpackSqliteInto(Path cache) throws IOException {
    // A cache that cannot be made is done without.
    if (Files.isWritable(cache) && System.getProperty(SQLITE_FOLDER) == null) {
      System.setProperty(
          SQLITE_FOLDER, Files.createDirectories(cache.resolve("sqlite")).toString());
    }
  }

  private DicomWebClient client(URI archive) throws IOException {
    DicomWebClient.Builder builder = DicomWebClient.builder(archive);
    boolean plain = "http".equalsIgnoreCase(archive.getScheme());
    if (plain && !allowPlainHttp && !isLoopback(archive.getHost())) {
      throw new IllegalArgumentException(
          "--archive: expected https for another computer, found http, which anybody on the way can"
              + " read. Use https, or say --allow-plain-http.");
    }
    if (archiveTokenFile != null && archiveUser != null) {
      throw new IllegalArgumentException(
          "--archive-token-file and --archive-user: expected one of them, found both");
    }
    if (archiveTokenFile != null) {
      builder.bearerToken(secret(archiveTokenFile));
    }
    if (archiveUser != null) {
      builder.basic(archiveUser.name, secret(archiveUser.passwordFile));
    }
    if (archiveCa != null) {
      builder.tls(TlsContexts.trusting(archiveCa));
    }
    return builder.build();
  }

  private static boolean isLoopback(String host) throws IOException {
    return InetAddress.getByName(host).isLoopbackAddress();
  }

  private InetSocketAddress address() {
    int colon = listen.lastIndexOf(':');
    String port = listen.substring(colon + 1);
    if (colon < 1 || !port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65_535) {
      throw new IllegalArgumentException(
          "--listen: expected HOST:PORT such as 127.0.0.1:8043, found '" + listen + "'");
    }
    String host = listen.substring(0, colon).replaceAll("[\\[\\]]", "");
    return new InetSocketAddress(host, Integer.parseInt(port));
  }

  private Optional<String> token() throws IOException {
    if (tokenFile != null) {
      return Optional.of(secret(tokenFile));
    }
    return Optional.ofNullable(System.getenv(TOKEN)).filter(text -> !text.isEmpty());
  }

  /** Secrets come from files: a command line can be read by everybody on the computer. */
  private static String secret(Path file) throws IOException {
    String secret = Files.readString(file).strip();
    if (secret.isEmpty()) {
      throw new IllegalArgumentException(
          file + ": expected a secret in its first line, found an empty file");
    }
    return secret;
  }
}
