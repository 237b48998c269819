package io.cxr.train.architecture;

import java.util.Arrays;
import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.ConvolutionMode;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.SubsamplingLayer;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.convolution.subsampling.SubsamplingHelper;
import org.deeplearning4j.nn.layers.mkldnn.MKLDNNSubsamplingHelper;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.deeplearning4j.util.ConvolutionUtils;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A maximum or average pooling layer that runs on oneDNN where the native library has it, and
 * equals DL4J's own. Maximum pooling without overlap runs on our own code, several times faster
 * than oneDNN's.
 *
 * <p>Configured, saved and restored as DL4J's {@link SubsamplingLayer} is. Input and output are
 * {@code [batch, channel, row, column]}. It runs as DL4J's own layer where {@link
 * OneDnnConvolution} does, for p-norm pooling, and for average pooling over padded borders, for
 * which DL4J's helper divides by another count than DL4J's layer does. A running layer is not
 * thread-safe.
 */
public final class OneDnnPooling extends SubsamplingLayer {
  private static final long serialVersionUID = 1L;

  /** For DL4J, which fills in the fields from a saved configuration. */
  OneDnnPooling() {}

  private OneDnnPooling(Builder builder) {
    super(builder);
  }

  @Override
  public Layer instantiate(
      NeuralNetConfiguration conf,
      Collection<TrainingListener> listeners,
      int index,
      INDArray parameters,
      boolean initializeParameters,
      DataType dataType) {
    if (!OneDnn.usableFor(dataType) || !helperAgrees()) {
      return super.instantiate(conf, listeners, index, parameters, initializeParameters, dataType);
    }
    return OneDnn.running(
        new Running(conf, dataType), conf, listeners, index, parameters, initializeParameters);
  }

  private boolean helperAgrees() {
    boolean padded =
        convolutionMode == ConvolutionMode.Same || Arrays.stream(padding).anyMatch(p -> p != 0);
    return poolingType == org.deeplearning4j.nn.conf.layers.PoolingType.MAX
        || (poolingType == org.deeplearning4j.nn.conf.layers.PoolingType.AVG && !padded);
  }

  private static final class Running
      extends org.deeplearning4j.nn.layers.convolution.subsampling.SubsamplingLayer {
    private static final long serialVersionUID = 1L;

    private final transient SubsamplingHelper oneDnn;
    private final boolean serves;

    Running(NeuralNetConfiguration conf, DataType dataType) {
      super(conf, dataType);
      oneDnn = new MKLDNNSubsamplingHelper(dataType);
      helper = oneDnn;
      serves = NonOverlappingMaxPooling.serves((SubsamplingLayer) conf.getLayer());
    }

    private boolean isOurs() {
      return serves && input.rank() == 4 && NonOverlappingMaxPooling.fits(input);
    }

    /** DL4J asks its helper for the way back only; the way forth is a native operation. */
    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr manager) {
      if (!isOurs()) {
        return super.activate(training, manager);
      }
      assertInputSet(false);
      return NonOverlappingMaxPooling.pool(
          input.castTo(dataType), layerConf().getKernelSize(), manager);
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr manager) {
      helper = isOurs() ? new NonOverlappingMaxPooling() : oneDnn;
      return super.backpropGradient(epsilon, manager);
    }
  }

  /** Builds the layer as {@link SubsamplingLayer.Builder} builds DL4J's own. */
  @SuppressWarnings("unchecked") // DL4J lets build() return any E the caller likes
  public static final class Builder extends SubsamplingLayer.Builder {
    /**
     * Pooling of the given kind.
     *
     * @param poolingType maximum or average
     */
    public Builder(org.deeplearning4j.nn.conf.layers.PoolingType poolingType) {
      super(poolingType);
    }

    @Override
    public OneDnnPooling build() {
      if (poolingType == org.deeplearning4j.nn.conf.layers.PoolingType.PNORM && pnorm <= 0) {
        throw new IllegalStateException("p-norm pooling needs a positive norm, found " + pnorm);
      }
      ConvolutionUtils.validateConvolutionModePadding(convolutionMode, padding);
      ConvolutionUtils.validateCnnKernelStridePadding(kernelSize, stride, padding);
      return new OneDnnPooling(this);
    }
  }
}
