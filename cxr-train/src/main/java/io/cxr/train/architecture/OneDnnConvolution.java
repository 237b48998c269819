package io.cxr.train.architecture;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.LayerValidation;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.mkldnn.MKLDNNConvHelper;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.deeplearning4j.util.ConvolutionUtils;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A two-dimensional convolution that trains and infers on oneDNN where the native library has it,
 * several times faster than DL4J's own im2col, and equal to it but for rounding.
 *
 * <p>Configured, saved and restored as DL4J's {@link ConvolutionLayer} is. Parameters and shapes
 * are the same: weights {@code [out, in, kernel row, kernel column]}, input and output {@code
 * [batch, channel, row, column]}. It runs as DL4J's own layer where the library lacks oneDNN, where
 * the network does not compute in float, and when the system property {@code cxr.onednn} is {@code
 * false} at the time that the network is initialised. A running layer is not thread-safe.
 */
public final class OneDnnConvolution extends ConvolutionLayer {
  private static final long serialVersionUID = 1L;

  /** For DL4J, which fills in the fields from a saved configuration. */
  OneDnnConvolution() {}

  private OneDnnConvolution(Builder builder) {
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
    if (!OneDnn.usableFor(dataType)) {
      return super.instantiate(conf, listeners, index, parameters, initializeParameters, dataType);
    }
    LayerValidation.assertNInNOutSet(
        "OneDnnConvolution", getLayerName(), index, getNIn(), getNOut());
    return OneDnn.running(
        new Running(conf, dataType), conf, listeners, index, parameters, initializeParameters);
  }

  private static final class Running
      extends org.deeplearning4j.nn.layers.convolution.ConvolutionLayer {
    private static final long serialVersionUID = 1L;

    Running(NeuralNetConfiguration conf, DataType dataType) {
      super(conf, dataType);
      helper = new MKLDNNConvHelper(dataType);
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr manager) {
      Pair<Gradient, INDArray> gradients = super.backpropGradient(epsilon, manager);
      // DL4J forgets this behind a helper, and would keep the first step's weight noise for good.
      weightNoiseParams.clear();
      return gradients;
    }
  }

  /** Builds the layer as {@link ConvolutionLayer.Builder} builds DL4J's own. */
  @SuppressWarnings("unchecked") // DL4J lets build() return any E the caller likes
  public static final class Builder extends ConvolutionLayer.Builder {
    /**
     * A kernel of the given rows and columns.
     *
     * @param kernelSize rows and columns, or one number for both
     */
    public Builder(int... kernelSize) {
      super(kernelSize);
    }

    @Override
    public OneDnnConvolution build() {
      ConvolutionUtils.validateConvolutionModePadding(convolutionMode, padding);
      ConvolutionUtils.validateCnnKernelStridePadding(kernelSize, stride, padding);
      return new OneDnnConvolution(this);
    }
  }
}
