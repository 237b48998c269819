package io.cxr.train;

import java.util.Objects;
import java.util.OptionalDouble;

/**
 * How the weights of a network, or of the head on a frozen base, are found. All but Adam are for a
 * head that is one linear layer on the features of a base that is frozen as a whole.
 */
public sealed interface Solver {

  /**
   * Adam (Kingma and Ba, ICLR 2015), batch by batch and epoch by epoch; the validation images
   * choose the epoch. The report's, and the default.
   */
  record Adam() implements Solver {}

  /**
   * L-BFGS (Liu and Nocedal, Mathematical Programming 45, 1989) on all training images and their
   * augmented views at once, to the least of {@code mean loss + l2 / 2 |W|^2} over weights W and
   * unpenalized biases. There is one epoch, and the validation images choose nothing. The penalty
   * is the recipe's {@link TrainingRecipe.Builder#l2}; where that is 0, one over the number of
   * training images, which is scikit-learn's {@code LogisticRegression} with C = 1.
   */
  record Lbfgs() implements Solver {}

  /**
   * A linear support vector machine by LIBLINEAR in place of a logistic regression (see {@link
   * io.cxr.train.linear.LinearSvm}), on averaged features: squared hinge loss, one label against
   * the rest, with Platt's calibration. There is one epoch, and the validation images choose
   * nothing.
   *
   * @param cost LIBLINEAR's C, above 0; chosen by an inner cross-validation of the training images,
   *     patients apart, where it is empty
   */
  record LinearSvm(OptionalDouble cost) implements Solver {
    /** Checks the value. */
    public LinearSvm {
      Objects.requireNonNull(cost, "cost");
      if (cost.isPresent() && !(cost.getAsDouble() > 0 && cost.getAsDouble() < 1e6)) {
        throw new IllegalArgumentException(
            "Support vector machine: expected a cost above 0, found " + cost.getAsDouble());
      }
    }
  }
}
