package io.cxr.train;

import io.cxr.onnx.SessionSettings;
import io.cxr.train.architecture.PretrainedArchitecture;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

/**
 * How a stack of networks learns: its members, what its linear layer sees of them, and by how many
 * folds. Immutable.
 */
public final class StackingRecipe {
  /** What the linear layer sees of a member. */
  public enum Form {
    /** The logits of trained classifiers: each member learns by itself, the layer weighs them. */
    LOGITS,
    /**
     * The channel means of frozen bases, as InstaCovNet-19 has it: one head learns on all of them,
     * and members have no heads of their own.
     */
    FEATURES
  }

  private final List<TrainingRecipe> members;
  private final List<String> names;
  private final Form form;
  private final int folds;
  private final double validation;
  private final long seed;

  private StackingRecipe(Builder builder) {
    members = builder.members;
    form = builder.form;
    folds = builder.folds;
    validation = builder.validation;
    seed = builder.seed;
    List<String> all = members.stream().map(member -> member.architecture().name()).toList();
    List<String> numbered = new ArrayList<>();
    for (int i = 0; i < all.size(); i++) {
      int before = Collections.frequency(all.subList(0, i), all.get(i));
      numbered.add(before == 0 ? all.get(i) : all.get(i) + " " + (before + 1));
    }
    names = List.copyOf(numbered);
  }

  /**
   * Starts a recipe.
   *
   * @param members how each of two networks or more learns
   * @return a builder
   */
  public static Builder builder(List<TrainingRecipe> members) {
    return new Builder(members);
  }

  List<TrainingRecipe> members() {
    return members;
  }

  /** Where and how the stack's own file is asked: as its first member is. */
  SessionSettings session() {
    return members.get(0).session();
  }

  /** The members' names; a network that is there twice has a number. */
  List<String> names() {
    return names;
  }

  Form form() {
    return form;
  }

  int folds() {
    return folds;
  }

  double validation() {
    return validation;
  }

  long seed() {
    return seed;
  }

  /** Collects a recipe's settings; checked together by {@link #build()}. Not thread-safe. */
  public static final class Builder {
    private final List<TrainingRecipe> members;
    private Form form = Form.LOGITS;
    private int folds = 5;
    private double validation = 0.2;
    private long seed = 1;

    private Builder(List<TrainingRecipe> members) {
      this.members = List.copyOf(members);
    }

    /**
     * What the linear layer sees of the members; {@link Form#LOGITS} by default.
     *
     * @param form the form
     * @return this builder
     */
    public Builder form(Form form) {
      this.form = Objects.requireNonNull(form, "form");
      return this;
    }

    /**
     * How many folds give the answers that the linear layer, calibration and thresholds are fitted
     * to; 5 by default.
     *
     * @param folds at least 2
     * @return this builder
     */
    public Builder folds(int folds) {
      this.folds = folds;
      return this;
    }

    /**
     * The share of a fold's training images, and of all for the members in the file, that decides
     * when a member's training stops and gives the scale of its logits; 0.2 by default.
     *
     * @param share above 0 and below 1
     * @return this builder
     */
    public Builder validation(double share) {
      this.validation = share;
      return this;
    }

    /**
     * The seed of the splits and intervals, 1 by default. Each member has its own for its weights.
     *
     * @param seed any number
     * @return this builder
     */
    public Builder seed(long seed) {
      this.seed = seed;
      return this;
    }

    /**
     * Checks the settings.
     *
     * @return the recipe
     * @throws IllegalArgumentException if a setting is out of range or two do not fit
     */
    public StackingRecipe build() {
      TrainingRecipe.check(members.size() >= 2, "Members", "two or more", members.size());
      TrainingRecipe.check(folds >= 2, "Folds", "at least 2", folds);
      TrainingRecipe.check(
          validation > 0 && validation < 1, "Validation", "above 0 and below 1", validation);
      if (form == Form.FEATURES) {
        for (TrainingRecipe member : members) {
          TrainingRecipe.check(
              member.architecture() instanceof PretrainedArchitecture pretrained
                  && pretrained.unfrozen() == 0,
              "Member of a stack of features",
              "a pretrained network without learnt blocks",
              member.architecture());
        }
      }
      return new StackingRecipe(this);
    }
  }
}
