package io.cxr.dicom;

import java.util.List;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;

/** The decoders passed to a reader, and those found on the class path. Thread-safe. */
public final class InstalledDecoders {
  public static final InstalledDecoders NONE_GIVEN = new InstalledDecoders(List.of());

  private final List<CodestreamDecoder> given;

  public InstalledDecoders(List<CodestreamDecoder> given) {
    this.given = List.copyOf(given);
  }

  /** One of those that the reader was given. */
  public Optional<CodestreamDecoder> given(String uid) {
    return given.stream().filter(decoder -> decoder.decodes(uid)).findFirst();
  }

  /** One that was given, else one of the class path or module path. */
  public Optional<CodestreamDecoder> any(String uid) {
    Optional<CodestreamDecoder> first = given(uid);
    if (first.isPresent()) {
      return first;
    }
    try {
      for (CodestreamDecoder decoder : ServiceLoader.load(CodestreamDecoder.class)) {
        if (decoder.decodes(uid)) {
          return Optional.of(decoder);
        }
      }
      return Optional.empty();
    } catch (ServiceConfigurationError e) {
      throw DicomRefusal.unloadable("a CodestreamDecoder", e);
    }
  }
}
