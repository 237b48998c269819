package io.cxr.train.architecture;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.LayerValidation;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.mkldnn.MKLDNNBatchNormHelper;
import org.deeplearning4j.nn.layers.normalization.BatchNormalizationHelper;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.jspecify.annotations.Nullable;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Batch normalisation (Ioffe and Szegedy 2015) that runs on oneDNN where the native library has it,
 * and equals DL4J's own but for rounding.
 *
 * <p>Configured, saved and restored as DL4J's {@link BatchNormalization} is. Input and output are
 * {@code [batch, channel, row, column]}, or {@code [batch, feature]}. It runs as DL4J's own layer
 * where {@link OneDnnConvolution} does, and when gamma and beta are locked. A running layer is not
 * thread-safe.
 */
public final class OneDnnBatchNormalization extends BatchNormalization {
  private static final long serialVersionUID = 1L;

  /** For DL4J, which fills in the fields from a saved configuration. */
  OneDnnBatchNormalization() {}

  @Override
  public Layer instantiate(
      NeuralNetConfiguration conf,
      Collection<TrainingListener> listeners,
      int index,
      INDArray parameters,
      boolean initializeParameters,
      DataType dataType) {
    if (!OneDnn.usableFor(dataType) || isLockGammaBeta()) {
      return super.instantiate(conf, listeners, index, parameters, initializeParameters, dataType);
    }
    LayerValidation.assertNOutSet("OneDnnBatchNormalization", getLayerName(), index, getNOut());
    return OneDnn.running(
        new Running(conf, dataType), conf, listeners, index, parameters, initializeParameters);
  }

  private static final class Running
      extends org.deeplearning4j.nn.layers.normalization.BatchNormalization {
    private static final long serialVersionUID = 1L;

    /** Alone among DL4J's layers, batch normalisation keeps its helper package-private. */
    private static final VarHandle HELPER = helperField();

    private final transient BatchNormalizationHelper oneDnn;
    private transient boolean statisticsAreOfThisBatch = true;

    Running(NeuralNetConfiguration conf, DataType dataType) {
      super(conf, dataType);
      oneDnn = new MKLDNNBatchNormHelper(dataType);
      use(oneDnn);
    }

    @Override
    public INDArray preOutput(INDArray input, TrainingMode mode, LayerWorkspaceMgr manager) {
      statisticsAreOfThisBatch = mode == TrainingMode.TRAIN;
      return super.preOutput(input, mode, manager);
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr manager) {
      if (statisticsAreOfThisBatch) {
        return super.backpropGradient(epsilon, manager);
      }
      // The helper keeps statistics in training only. A gradient after an inference pass, as
      // Grad-CAM takes it, would find none or an earlier batch's: DL4J's own code answers it.
      use(null);
      try {
        super.preOutput(input, TrainingMode.TEST, manager);
        return super.backpropGradient(epsilon, manager);
      } finally {
        use(oneDnn);
      }
    }

    private void use(@Nullable BatchNormalizationHelper helper) {
      HELPER.set(this, helper);
    }

    private static VarHandle helperField() {
      Class<?> owner = org.deeplearning4j.nn.layers.normalization.BatchNormalization.class;
      try {
        return MethodHandles.privateLookupIn(owner, MethodHandles.lookup())
            .findVarHandle(owner, "helper", BatchNormalizationHelper.class);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(
            "Expected DL4J 1.0.0-M2.1, found one whose batch normalisation has no helper;"
                + " set -Dcxr.onednn=false to train without",
            e);
      }
    }
  }

  /** Builds the layer as {@link BatchNormalization.Builder} builds DL4J's own. */
  @SuppressWarnings("unchecked") // DL4J lets build() return any E the caller likes
  public static final class Builder extends BatchNormalization.Builder {
    /** DL4J's defaults: decay 0.9, epsilon 1e-5, gamma 1 and beta 0 at the start. */
    public Builder() {}

    @Override
    public OneDnnBatchNormalization build() {
      // DL4J keeps the constructor that takes a builder to itself, so its own layer is copied.
      BatchNormalization plain = super.build();
      OneDnnBatchNormalization copy = new OneDnnBatchNormalization();
      copy.setLayerName(plain.getLayerName());
      copy.setIDropout(plain.getIDropout());
      copy.setConstraints(plain.getConstraints());
      copy.setActivationFn(plain.getActivationFn());
      copy.setWeightInitFn(plain.getWeightInitFn());
      copy.setBiasInit(plain.getBiasInit());
      copy.setGainInit(plain.getGainInit());
      copy.setRegularization(plain.getRegularization());
      copy.setRegularizationBias(plain.getRegularizationBias());
      copy.setIUpdater(plain.getIUpdater());
      copy.setBiasUpdater(plain.getBiasUpdater());
      copy.setWeightNoise(plain.getWeightNoise());
      copy.setGradientNormalization(plain.getGradientNormalization());
      copy.setGradientNormalizationThreshold(plain.getGradientNormalizationThreshold());
      copy.setNIn(plain.getNIn());
      copy.setNOut(plain.getNOut());
      copy.setTimeDistributedFormat(plain.getTimeDistributedFormat());
      copy.setDecay(plain.getDecay());
      copy.setEps(plain.getEps());
      copy.setMinibatch(plain.isMinibatch());
      copy.setGamma(plain.getGamma());
      copy.setBeta(plain.getBeta());
      copy.setLockGammaBeta(plain.isLockGammaBeta());
      copy.setCudnnAllowFallback(plain.isCudnnAllowFallback());
      copy.setUseLogStd(plain.isUseLogStd());
      copy.setCnn2DFormat(plain.getCnn2DFormat());
      return copy;
    }
  }
}
