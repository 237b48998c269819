package io.cxr.train;

import io.cxr.train.linear.LinearModel;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
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

  /**
   * A head that was fitted elsewhere, such as on a cluster to more features than one machine holds.
   * Nothing is learnt here: there is one epoch, the validation images choose nothing, and of the
   * training images here, which may be a sample of those that the head was fitted to, come the
   * epoch's training figures and the novelty gate alone.
   *
   * @param head from the base's features as they are to logits, a unit a label; copied
   * @param trainedOn how many images of each label it was fitted to, for the model card; copied
   * @param foundBy how it was fitted, for the model card
   */
  record Given(LinearModel head, Map<String, Integer> trainedOn, String foundBy) implements Solver {
    /** Copies the values. */
    public Given {
      head = copy(head);
      trainedOn = Collections.unmodifiableMap(new LinkedHashMap<>(trainedOn));
      Objects.requireNonNull(foundBy, "foundBy");
    }

    @Override
    public LinearModel head() {
      return copy(head);
    }

    private static LinearModel copy(LinearModel head) {
      LinearModel copy = new LinearModel(head.features(), head.units());
      copy.assign(head.toArray());
      return copy;
    }

    @Override
    public String toString() {
      return foundBy;
    }
  }
}
