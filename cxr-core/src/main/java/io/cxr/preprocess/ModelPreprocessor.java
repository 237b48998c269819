package io.cxr.preprocess;

import io.cxr.model.InputShape;
import io.cxr.model.ModelInput;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep;
import io.cxr.radiograph.Radiograph;
import java.nio.Buffer;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Turns a radiograph into all inputs of a model. Steps on gray pixels that inputs have in common as
 * a whole run once for all of them, so that inputs which differ only in their normalisation cost
 * little more than one; equal inputs are computed once and copied. Thread-safe, and as sparing as
 * {@link StandardPreprocessor}, whose values it gives.
 */
public final class ModelPreprocessor {
  private final List<Input> inputs;
  private final List<Group> groups;
  private final StandardPreprocessor first;
  private final WorkspacePool workspaces = new WorkspacePool();

  /**
   * One input.
   *
   * @param deep all its steps, where they keep all bits
   * @param twin the earlier input with the same preprocessing; itself without one
   */
  private record Input(
      InputShape shape, ChannelWriter channels, Optional<DeepChain> deep, int twin) {
    int pixels() {
      return shape.rows() * shape.columns();
    }
  }

  /** Inputs with the same steps on gray pixels. */
  private record Group(GrayChain gray, List<Integer> inputs) {}

  private ModelPreprocessor(List<ModelInput> modelInputs) {
    this.first = StandardPreprocessor.of(modelInputs.get(0).preprocessing());
    List<PreprocessingSpec> specifications = new ArrayList<>();
    List<Input> all = new ArrayList<>();
    List<Group> grouped = new ArrayList<>();
    Map<List<PreprocessingStep>, Group> bySteps = new HashMap<>();
    for (int i = 0; i < modelInputs.size(); i++) {
      PreprocessingSpec specification = modelInputs.get(i).preprocessing();
      StandardPreprocessor.requireSize(specification);
      specifications.add(specification);
      all.add(
          new Input(
              specification.inputShape(),
              new ChannelWriter(specification),
              specification.fullDepth()
                  ? Optional.of(new DeepChain(specification))
                  : Optional.empty(),
              specifications.indexOf(specification)));
      List<PreprocessingStep> steps = specification.steps();
      List<PreprocessingStep> onGray = steps.subList(0, steps.size() - 2);
      Group group = bySteps.get(onGray);
      if (group == null) {
        group = new Group(new GrayChain(specification), new ArrayList<>());
        bySteps.put(onGray, group);
        grouped.add(group);
      }
      group.inputs().add(i);
    }
    this.inputs = List.copyOf(all);
    this.groups = List.copyOf(grouped);
  }

  /**
   * A preprocessor for these inputs.
   *
   * @param inputs as a model's card has them; at least one
   * @return the preprocessor
   * @throws IllegalArgumentException if there is no input, or one sample of an input would have
   *     more than 2<sup>31</sup> - 1 values
   */
  public static ModelPreprocessor of(List<ModelInput> inputs) {
    if (inputs.isEmpty()) {
      throw new IllegalArgumentException("Preprocessing: expected at least one input, found none");
    }
    return new ModelPreprocessor(List.copyOf(inputs));
  }

  /**
   * The preprocessing of the first input alone.
   *
   * @return a preprocessor
   */
  public StandardPreprocessor first() {
    return first;
  }

  /**
   * Writes one sample of each input at its buffer's position and advances it: to a {@link
   * FloatBuffer} what {@link StandardPreprocessor#preprocess} writes, to a {@link ByteBuffer} what
   * {@link StandardPreprocessor#preprocessGray} writes.
   *
   * @param radiograph a frontal chest radiograph
   * @param destinations one buffer of its own for each input, in their order; direct ones are
   *     fastest
   * @throws BufferOverflowException if a buffer has no room; nothing is written then
   * @throws ReadOnlyBufferException if a buffer cannot be written; nothing is written then
   * @throws IllegalArgumentException if there are more or fewer buffers than inputs, or a buffer is
   *     of another kind; nothing is written then
   */
  public void preprocess(Radiograph radiograph, List<? extends Buffer> destinations) {
    requireRoom(destinations);
    Workspace workspace = workspaces.lease();
    for (Group group : groups) {
      GrayImage image = group.gray().apply(radiograph, workspace);
      for (int i : group.inputs()) {
        Buffer destination = destinations.get(i);
        Optional<DeepChain> deep = inputs.get(i).deep();
        if (deep.isPresent() && destination instanceof FloatBuffer floats) {
          deep.get().write(radiograph, floats);
        } else if (destination instanceof ByteBuffer bytes) {
          bytes.put(image.pixels, 0, image.size());
        } else {
          write(i, image, workspace, (FloatBuffer) destination, destinations);
        }
      }
    }
    workspaces.giveBack(workspace);
  }

  private void write(
      int index,
      GrayImage image,
      Workspace workspace,
      FloatBuffer destination,
      List<? extends Buffer> destinations) {
    Input input = inputs.get(index);
    if (input.twin() < index && destinations.get(input.twin()) instanceof FloatBuffer twin) {
      int elements = input.shape().elements();
      int position = destination.position();
      destination.put(position, twin, twin.position() - elements, elements);
      destination.position(position + elements);
    } else {
      input.channels().write(image, workspace, destination);
    }
  }

  private void requireRoom(List<? extends Buffer> destinations) {
    if (destinations.size() != inputs.size()) {
      throw new IllegalArgumentException(
          "Preprocessing: expected a buffer for each of "
              + inputs.size()
              + " inputs, found "
              + destinations.size());
    }
    for (int i = 0; i < inputs.size(); i++) {
      Buffer destination = destinations.get(i);
      boolean gray = destination instanceof ByteBuffer;
      if (!gray && !(destination instanceof FloatBuffer)) {
        throw new IllegalArgumentException(
            "Preprocessing: expected buffers of floats, or of bytes for gray pixels, found "
                + destination);
      }
      if (destination.isReadOnly()) {
        throw new ReadOnlyBufferException();
      }
      Input input = inputs.get(i);
      if (destination.remaining() < (gray ? input.pixels() : input.shape().elements())) {
        throw new BufferOverflowException();
      }
    }
  }
}
