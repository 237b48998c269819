package io.cxr.workbench.cases;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a user thinks of a case.
 *
 * @param verdict {@code right} or {@code wrong}, or null for none
 * @param labels the labels that the user gives it, or null for none given
 * @param remark in words, may be empty
 */
public record Mark(@Nullable String verdict, @Nullable List<String> labels, String remark) {
  /** Checks and copies. */
  public Mark {
    if (verdict != null && !verdict.equals("right") && !verdict.equals("wrong")) {
      throw new IllegalArgumentException("Mark: expected right or wrong, found another verdict");
    }
    labels = labels == null ? null : List.copyOf(labels);
  }
}
