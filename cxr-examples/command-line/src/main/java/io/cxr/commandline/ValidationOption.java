package io.cxr.commandline;

import io.cxr.dataset.ImageFolder;
import io.cxr.dataset.PatientSplit;
import java.io.IOException;
import picocli.CommandLine.Option;

/** Which images a training is validated on. */
final class ValidationOption {
  @Option(
      names = "--validation",
      paramLabel = "SHARE",
      description = "Share of the images to validate on; not used with train/ and test/.")
  private double share = 0.2;

  double share() {
    return share;
  }

  /** The folder's own split, or one by patient. */
  PatientSplit split(ImageFolder folder, long seed) throws IOException {
    return PatientSplit.givenOr(folder, share, seed);
  }
}
