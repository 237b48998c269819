package io.cxr.model;

import java.util.Objects;

/**
 * One input of a model file: a tensor of its graph, and how a radiograph becomes it. Most models
 * have one; a stack of networks has one for each way in which its members want the radiograph.
 *
 * @param name the tensor's name in the graph, not blank
 * @param preprocessing the steps from a radiograph to the tensor
 */
public record ModelInput(String name, PreprocessingSpec preprocessing) {

  /** The name of the input of a model that has only one. */
  public static final String DEFAULT_NAME = "input";

  /** Checks the values. */
  public ModelInput {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(preprocessing, "preprocessing");
    if (name.isBlank()) {
      throw new IllegalArgumentException(
          "Model input: expected the name of a tensor of the graph, found a blank one");
    }
  }
}
