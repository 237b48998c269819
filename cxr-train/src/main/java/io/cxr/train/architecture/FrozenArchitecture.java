package io.cxr.train.architecture;

import io.cxr.model.OutputActivation;
import io.cxr.train.network.Pooling;

/**
 * A network of two parts: a base whose weights were learnt elsewhere, frozen at least in its lower
 * part, which runs on ONNX Runtime and gives features; and the head above, which is learnt.
 */
public sealed interface FrozenArchitecture extends Architecture
    permits PretrainedArchitecture, OnnxArchitecture {

  /**
   * What the head gives.
   *
   * @return softmax or a sigmoid a label
   */
  OutputActivation head();

  /**
   * How what the base ends with becomes the head's input.
   *
   * @return flattened or averaged; a vector counts as averaged
   */
  Pooling pooling();

  /**
   * How many of the base's last blocks are learnt with the head.
   *
   * @return 0 where the whole base is frozen
   */
  int unfrozen();

  /**
   * What the base gives of an image: its last frozen map, or the means of its channels where
   * nothing but a head on such means is learnt.
   *
   * @return whether features are averaged
   */
  default Pooling featurePooling() {
    return unfrozen() == 0 ? pooling() : Pooling.FLATTEN;
  }

  /**
   * The shape of the base's features for one image.
   *
   * @return {@code [channel, row, column]} sizes in that order
   */
  FeatureShape features();

  @Override
  default int batchSize() {
    return 32;
  }

  @Override
  default OutputActivation output(int labels) {
    return head();
  }
}
