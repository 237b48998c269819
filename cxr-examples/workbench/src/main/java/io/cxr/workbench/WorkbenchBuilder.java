package io.cxr.workbench;

import io.cxr.error.CxrException;
import io.cxr.workbench.cases.Limits;
import io.cxr.workbench.state.RandomText;
import io.cxr.workbench.user.Accounts;
import io.cxr.workbench.user.PasswordFile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Settings of a {@link Workbench}. Not thread-safe. */
public final class WorkbenchBuilder {
  private static final int TOKEN_BYTES = 24;

  final Path state;
  String bind = "127.0.0.1";
  int port;
  List<Path> models = List.of();
  List<Path> modelFolders = List.of();
  List<Path> dataFolders = List.of();
  Accounts accounts = new Accounts.OneToken(RandomText.of(TOKEN_BYTES));
  Limits limits = Limits.DEFAULT;
  Set<String> hostNames = Set.of();
  @Nullable KeyStoreFile tls;
  Clock clock = Clock.systemUTC();

  WorkbenchBuilder(Path state) {
    this.state = state;
  }

  /**
   * Where to listen.
   *
   * @param address of this computer, by default {@code 127.0.0.1}, which no other computer reaches
   * @return this builder
   */
  public WorkbenchBuilder bind(String address) {
    this.bind = address;
    return this;
  }

  /**
   * The port.
   *
   * @param number 0 to 65535; 0, the default, takes a free one
   * @return this builder
   */
  public WorkbenchBuilder port(int number) {
    this.port = number;
    return this;
  }

  /**
   * Model files, beside the model that ships.
   *
   * @param files the first answers first
   * @return this builder
   */
  public WorkbenchBuilder models(List<Path> files) {
    this.models = List.copyOf(files);
    return this;
  }

  /**
   * Folders whose model files are opened, too.
   *
   * @param folders of files that end in {@code .onnx}
   * @return this builder
   */
  public WorkbenchBuilder modelFolders(List<Path> folders) {
    this.modelFolders = List.copyOf(folders);
    return this;
  }

  /**
   * Folders of labelled images that training and evaluation may use. Nothing else of this computer
   * can be named from a page.
   *
   * @param folders each holds data sets
   * @return this builder
   */
  public WorkbenchBuilder dataFolders(List<Path> folders) {
    this.dataFolders = List.copyOf(folders);
    return this;
  }

  /**
   * Users with passwords, in place of one user with a token.
   *
   * @param file as {@link PasswordFile} has it
   * @return this builder
   * @throws IOException if it cannot be read or is of another form
   */
  public WorkbenchBuilder users(Path file) throws IOException {
    this.accounts = PasswordFile.open(file);
    return this;
  }

  /**
   * What users may take.
   *
   * @param given by default {@link Limits#DEFAULT}
   * @return this builder
   */
  public WorkbenchBuilder limits(Limits given) {
    this.limits = given;
    return this;
  }

  /**
   * The names by which other computers call this one.
   *
   * @param names without ports
   * @return this builder
   */
  public WorkbenchBuilder hostNames(Set<String> names) {
    this.hostNames =
        names.stream()
            .map(name -> name.toLowerCase(Locale.ROOT))
            .collect(Collectors.toUnmodifiableSet());
    return this;
  }

  /**
   * Speaks TLS, which is required where other computers reach the server.
   *
   * @param keyStore in PKCS #12, with one private key and its chain
   * @param password of the store and of the key
   * @return this builder
   * @throws IOException if it cannot be read, is no key store, or the password is wrong
   */
  public WorkbenchBuilder tls(Path keyStore, char[] password) throws IOException {
    this.tls = KeyStoreFile.read(keyStore, password);
    return this;
  }

  WorkbenchBuilder clock(Clock given) {
    this.clock = given;
    return this;
  }

  boolean isLoopback() {
    try {
      return InetAddress.getByName(bind).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(
          "Address: expected one of this computer, found '" + bind + "'", e);
    }
  }

  /**
   * Starts it.
   *
   * @return a running workbench, which the caller closes
   * @throws IOException if the state, a model or the port cannot be had
   * @throws CxrException if a model file is none
   * @throws IllegalArgumentException if a setting is out of range, or other computers would reach
   *     the server without TLS
   */
  public Workbench open() throws IOException {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("Port: expected 0 to 65535, found " + port);
    }
    if (!isLoopback() && tls == null) {
      throw new IllegalArgumentException(
          "Address "
              + bind
              + ": expected TLS where other computers reach the server, found none. Give a key"
              + " store by --tls, or listen on 127.0.0.1.");
    }
    return Workbench.open(this);
  }
}
