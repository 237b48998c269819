package io.cxr.commandline;

import io.cxr.file.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The files of results that a run writes. None is written over another of the same run, nor over an
 * input; those of earlier runs are replaced and counted.
 */
final class ResultFiles {
  /** Inputs, and what was written. */
  private final Set<Path> taken = new HashSet<>();

  private int replaced;

  ResultFiles(List<RadiographFiles.Named> inputs) {
    inputs.forEach(input -> taken.add(input.path().toAbsolutePath().normalize()));
  }

  /**
   * Writes a result of an input, whole or not at all.
   *
   * @param folder where results go; made if it is not there
   * @param input whose result it is
   * @param suffix behind the input's name
   * @param content the file's bytes
   * @throws FileAlreadyExistsException if an input or another result of this run has that name
   * @throws IOException if it cannot be written
   */
  void write(Path folder, RadiographFiles.Named input, String suffix, byte[] content)
      throws IOException {
    Path name = input.name();
    Path target = folder.resolve(name + suffix);
    if (!taken.add(target.toAbsolutePath().normalize())) {
      throw new FileAlreadyExistsException(
          target.toString(), null, "expected a name for a result, found that of another file");
    }
    boolean earlier = Files.exists(target);
    AtomicFile.write(target, ByteBuffer.wrap(content));
    if (earlier) {
      replaced++;
    }
  }

  /** How many files of earlier runs were replaced. */
  int replaced() {
    return replaced;
  }
}
