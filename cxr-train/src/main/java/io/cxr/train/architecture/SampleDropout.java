package io.cxr.train.architecture;

import java.util.Objects;
import org.deeplearning4j.nn.conf.dropout.IDropout;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.broadcast.BroadcastMulOp;
import org.nd4j.linalg.api.ops.random.impl.DropOutInverted;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Drops a sample as a whole or keeps it, divided by the share kept: Keras {@code Dropout} with the
 * {@code noise_shape} {@code (None, 1, 1, 1)}. On the residual branch of a block that is stochastic
 * depth (Huang et al., ECCV 2016). Deeplearning4j has dropout of values and of channels only. Not
 * thread-safe.
 */
public final class SampleDropout implements IDropout {
  private static final long serialVersionUID = 1L;

  private final double kept;

  /** What the last forward pass multiplied each sample by. */
  private transient @Nullable INDArray factors;

  /**
   * Drops samples.
   *
   * @param kept the share of samples that is kept, above 0 and at most 1
   */
  public SampleDropout(@JsonProperty("kept") double kept) {
    if (!(kept > 0 && kept <= 1)) {
      throw new IllegalArgumentException("Share kept: expected above 0, at most 1, found " + kept);
    }
    this.kept = kept;
  }

  /**
   * The share of samples that is kept.
   *
   * @return above 0 and at most 1
   */
  @JsonProperty("kept")
  public double kept() {
    return kept;
  }

  @Override
  public INDArray applyDropout(
      INDArray input, INDArray output, int iteration, int epoch, LayerWorkspaceMgr workspaces) {
    INDArray drawn =
        workspaces
            .createUninitialized(ArrayType.INPUT, output.dataType(), input.size(0))
            .assign(1.0);
    Nd4j.getExecutioner().exec(new DropOutInverted(drawn, kept));
    factors = drawn;
    return Nd4j.getExecutioner().exec(new BroadcastMulOp(input, drawn, output, 0));
  }

  @Override
  public INDArray backprop(
      INDArray gradientAtOutput, INDArray gradientAtInput, int iteration, int epoch) {
    INDArray drawn = Objects.requireNonNull(factors, "a backward pass follows a forward pass");
    Nd4j.getExecutioner().exec(new BroadcastMulOp(gradientAtOutput, drawn, gradientAtInput, 0));
    factors = null;
    return gradientAtInput;
  }

  @Override
  public void clear() {
    factors = null;
  }

  @Override
  public SampleDropout clone() {
    return new SampleDropout(kept);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof SampleDropout dropout && dropout.kept == kept;
  }

  @Override
  public int hashCode() {
    return Double.hashCode(kept);
  }

  @Override
  public String toString() {
    return "SampleDropout(" + kept + ")";
  }
}
