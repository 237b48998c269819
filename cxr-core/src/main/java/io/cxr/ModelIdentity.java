package io.cxr;

import java.util.Objects;

/**
 * Identifies the model that made a prediction.
 *
 * @param name the model's name from its card
 * @param version the model's version from its card
 * @param sha256 SHA-256 of the model file, 64 lower-case hexadecimal digits
 */
public record ModelIdentity(String name, String version, String sha256) {

  /** Checks the values. */
  public ModelIdentity {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(version, "version");
    if (!sha256.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException(
          "SHA-256: expected 64 lower-case hexadecimal digits, found '" + sha256 + "'");
    }
  }
}
