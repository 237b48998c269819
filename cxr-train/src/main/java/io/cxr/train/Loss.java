package io.cxr.train;

/** What training makes small. */
public sealed interface Loss {

  /**
   * The cross-entropy that fits the architecture's output: categorical under a softmax, Keras'
   * categorical (outputs divided by their sum) under a sigmoid a label, binary under one sigmoid.
   */
  record CrossEntropy() implements Loss {}

  /**
   * Focal loss, {@code -(1 - p)^gamma ln p} for the probability p of the true label: images that
   * are right already count less (Lin et al., ICCV 2017). For softmax and for one sigmoid.
   *
   * @param gamma at least 0 and at most 10; at 0 this is cross-entropy; the paper's is 2
   */
  record Focal(double gamma) implements Loss {
    /** Checks the value. */
    public Focal {
      if (!(gamma >= 0 && gamma <= 10)) {
        throw new IllegalArgumentException(
            "Focal loss: expected a gamma from 0 to 10, found " + gamma);
      }
    }
  }
}
