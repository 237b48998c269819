package io.cxr.train;

/** What training makes small. */
public sealed interface Loss {

  /**
   * The cross-entropy that fits the architecture's output: categorical under a softmax, Keras'
   * categorical (outputs divided by their sum) under a sigmoid a label, binary under one sigmoid
   * and for each finding that is known. Of measurements, the squared error of values of mean 0 and
   * deviation 1.
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

  /**
   * The loss of Huber (Annals of Mathematical Statistics 35, 1964), for measurements: the squared
   * error of small errors and the size of large ones.
   *
   * @param delta where large errors begin, in standard deviations of the training values; above 0
   */
  record Huber(double delta) implements Loss {
    /** Checks the value. */
    public Huber {
      if (!(delta > 0) || Double.isInfinite(delta)) {
        throw new IllegalArgumentException("Huber loss: expected a delta above 0, found " + delta);
      }
    }
  }
}
