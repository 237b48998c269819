package io.cxr.model;

import java.util.Objects;

/**
 * Where a network comes from that others trained. What its authors do not say is an empty text;
 * nothing here was measured by this software.
 *
 * @param network the network and its authors in words, such as {@code TorchXRayVision
 *     densenet121-res224-all}; may be empty
 * @param file the name of the file that it was adopted from, without folders
 * @param sha256 SHA-256 of that file, 64 lower-case hexadecimal digits
 * @param licence under which the weights may be used; may be empty
 * @param url where the weights are published; may be empty
 */
public record ModelOrigin(String network, String file, String sha256, String licence, String url) {

  /** Checks the values. */
  public ModelOrigin {
    Objects.requireNonNull(network, "network");
    Objects.requireNonNull(licence, "licence");
    Objects.requireNonNull(url, "url");
    if (file.isBlank() || !sha256.matches("[0-9a-f]{64}")) {
      throw new IllegalArgumentException(
          "Model origin: expected the name of a file and its SHA-256 as 64 hexadecimal digits, found '"
              + file
              + "' and '"
              + sha256
              + "'");
    }
    if (!url.isEmpty() && !url.matches("https?://\\S+")) {
      throw new IllegalArgumentException(
          "Model origin: expected a URL that begins with https:// or http://, found '" + url + "'");
    }
  }
}
