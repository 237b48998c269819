package io.cxr.workbench.browser;

import io.cxr.phantom.SyntheticChestPhantom;
import io.cxr.workbench.Workbench;
import io.cxr.workbench.WorkbenchBuilder;
import io.cxr.workbench.user.PasswordFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A workbench as the command starts it, on a free port that it keeps when it is started again: with
 * the model that ships, one that takes phantoms, and folders of labelled phantoms.
 */
final class WorkbenchServer implements AutoCloseable {
  /** Two users, and the password of both. */
  static final String ANNA = "anna";

  static final String BERT = "bert";
  static final String PASSWORD = "a-long-password";

  /** Data of which the model that takes phantoms knows the labels, and its films of each. */
  static final String THREE_LABELS = "three-labels";

  static final int FILMS_A_LABEL = 10;

  private static final int PHANTOMS = 40;

  private final Path folder;
  private final boolean passwords;
  private final Path model;
  private Workbench running;

  private WorkbenchServer(Path folder, boolean passwords) throws IOException {
    this.folder = folder;
    this.passwords = passwords;
    this.model = UngatedModel.write(folder.resolve("ungated.onnx"));
    if (passwords) {
      for (String user : List.of(ANNA, BERT)) {
        PasswordFile.add(users(), user, PASSWORD.toCharArray());
      }
    }
    this.running = builder().open();
  }

  /**
   * Starts one with one user, who has a token.
   *
   * @param folder of everything that it reads and writes
   */
  static WorkbenchServer withToken(Path folder) throws IOException {
    return new WorkbenchServer(folder, false);
  }

  /**
   * Starts one with two users, who have passwords.
   *
   * @param folder of everything that it reads and writes
   */
  static WorkbenchServer withPasswords(Path folder) throws IOException {
    return new WorkbenchServer(folder, true);
  }

  private Path users() {
    return folder.resolve("users");
  }

  private WorkbenchBuilder builder() throws IOException {
    Path data = folder.resolve("data");
    if (!Files.exists(data)) {
      SyntheticChestPhantom.writeFolder(data.resolve("phantoms"), PHANTOMS, 1);
      for (String label : List.of("COVID19", "NORMAL", "PNEUMONIA")) {
        Path place = Files.createDirectories(data.resolve(THREE_LABELS).resolve(label));
        for (int i = 0; i < FILMS_A_LABEL; i++) {
          SyntheticChestPhantom.draw(i % 2 == 0, i + 100L * label.length())
              .writePng(place.resolve("film-" + i + ".png"));
        }
      }
    }
    WorkbenchBuilder builder =
        Workbench.builder(folder.resolve("state"))
            .models(List.of(model))
            .dataFolders(List.of(data.resolve("phantoms"), data.resolve(THREE_LABELS)));
    return passwords ? builder.users(users()) : builder;
  }

  /** Stops it and starts it again at the same port with the same state. */
  void restart() throws IOException {
    int port = running.port();
    running.close();
    running = builder().port(port).open();
  }

  /** Where the pages are. */
  String url() {
    return running.url().toString();
  }

  /** Where the only user is signed in. */
  String signInUrl() {
    return running.signInUrl().toString();
  }

  @Override
  public void close() {
    running.close();
  }
}
