package io.cxr.webpage.reading;

import java.util.Collection;
import org.teavm.extension.spi.resources.ResourcesPolicy;

/** Takes the data dictionary of DICOM along, which implicit transfer syntaxes need. */
public final class Dictionary implements ResourcesPolicy {
  /** For TeaVM. */
  public Dictionary() {}

  @Override
  public String[] supplyResources(Collection<? extends String> candidates) {
    return new String[] {"io/cxr/dicom/dictionary.txt"};
  }
}
