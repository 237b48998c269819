package io.cxr.train.audit;

import io.cxr.LungFields;
import io.cxr.error.CxrException;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.util.Optional;

/** Tells the audit where the lungs are: from masks, or by a model that finds them. */
@FunctionalInterface
public interface LungLocator {

  /**
   * The lungs of one film.
   *
   * @param file the film's name in its folder
   * @param radiograph its pixels
   * @return the lung fields, or empty if they are not known
   * @throws IOException if a mask is unreadable
   * @throws CxrException if a mask is no picture, or the film cannot be searched
   */
  Optional<LungFields> locate(String file, Radiograph radiograph) throws IOException;
}
