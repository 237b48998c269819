package io.cxr.workbench.cases;

import java.time.Duration;

/**
 * What users may take.
 *
 * @param fileBytes the largest file, in bytes
 * @param files the most cases of a user
 * @param quotaBytes the most bytes of a user's cases
 * @param sessionIdle how long a session lives unused
 * @param keep how long the cases of a user are kept who does not sign in; zero for ever
 */
public record Limits(
    long fileBytes, int files, long quotaBytes, Duration sessionIdle, Duration keep) {
  /** 200 MB a file, 5000 files and 10 GB a user, 12 hours, 30 days. */
  public static final Limits DEFAULT =
      new Limits(200L << 20, 5000, 10L << 30, Duration.ofHours(12), Duration.ofDays(30));

  /** Checks the values. */
  public Limits {
    if (fileBytes < 1 || files < 1 || quotaBytes < 1) {
      throw new IllegalArgumentException(
          "Limits: expected at least 1 file of 1 byte, found "
              + files
              + " of "
              + fileBytes
              + ", together "
              + quotaBytes);
    }
    if (sessionIdle.isNegative() || sessionIdle.isZero() || keep.isNegative()) {
      throw new IllegalArgumentException(
          "Limits: expected a positive time for sessions and none below 0 for cases, found "
              + sessionIdle
              + " and "
              + keep);
    }
  }
}
