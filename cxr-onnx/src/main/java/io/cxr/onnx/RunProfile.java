package io.cxr.onnx;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A profile that ONNX Runtime keeps of a session's first runs, in a temporary folder. Closing it
 * deletes the folder.
 */
final class RunProfile implements AutoCloseable {
  private final Path folder;

  private RunProfile(Path folder) {
    this.folder = folder;
  }

  /**
   * Asks for a profile of a session that is to be made.
   *
   * @throws IOException if there is no temporary folder
   */
  static RunProfile of(SessionOptions options) throws IOException, OrtException {
    RunProfile profile = new RunProfile(Files.createTempDirectory("cxr-profile"));
    try {
      options.enableProfiling(profile.folder.resolve("run").toString());
      return profile;
    } catch (OrtException e) {
      profile.close();
      throw e;
    }
  }

  /**
   * Ends the profile; later runs have none.
   *
   * @throws IOException if it cannot be read
   */
  NodePlacement end(OrtSession session) throws IOException, OrtException {
    return NodePlacement.read(Path.of(session.endProfiling()));
  }

  @Override
  public void close() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
    }
    Files.deleteIfExists(folder);
  }
}
