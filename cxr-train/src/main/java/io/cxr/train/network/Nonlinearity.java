package io.cxr.train.network;

/** An activation function, by Keras' names. */
public enum Nonlinearity {
  /** The value as it is. */
  LINEAR("linear"),
  /** {@code max(0, x)}. */
  RELU("relu"),
  /** {@code min(max(0, x), 6)} (Krizhevsky, 2010), as the MobileNets have it. */
  RELU6("relu6"),
  /** {@code x} above zero, a tenth of it below, as DarkNet has it. */
  LEAKY_RELU("leaky_relu"),
  /** {@code 1 / (1 + exp(-x))}. */
  SIGMOID("sigmoid"),
  /** The hyperbolic tangent. */
  TANH("tanh"),
  /** {@code x sigmoid(x)} (Ramachandran, Zoph and Le, 2017), as EfficientNet has it. */
  SWISH("swish"),
  /** {@code exp(x)} over the sum of all. */
  SOFTMAX("softmax");

  /** The slope of {@link #LEAKY_RELU} below zero. */
  public static final double LEAKY_SLOPE = 0.1;

  private final String keras;

  Nonlinearity(String keras) {
    this.keras = keras;
  }

  /**
   * The name in Keras.
   *
   * @return lower case
   */
  public String keras() {
    return keras;
  }
}
