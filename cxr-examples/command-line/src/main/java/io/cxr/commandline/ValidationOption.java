package io.cxr.commandline;

import io.cxr.dataset.SplitPlan;
import picocli.CommandLine.Option;

/** Which images a training is validated on. */
final class ValidationOption {
  @Option(
      names = "--validation",
      paramLabel = "SHARE",
      description = {
        "Share of the other images to validate on, by which the epoch, calibration and thresholds",
        "are chosen; not used with a folder val/."
      })
  private double share = 0.2;

  double share() {
    return share;
  }

  /** The folder's own split, or one by patient, without test images. */
  SplitPlan plan(long seed) {
    return SplitPlan.of(share, seed);
  }
}
