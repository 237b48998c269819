package io.cxr.train.architecture;

import java.util.Arrays;
import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;

/**
 * Whether layers may run on oneDNN, Intel's convolution library.
 *
 * <p>DL4J 1.0.0-M2.1 ships helpers for oneDNN but never switches them on: it looks for a native
 * class that was since renamed, and takes its absence for a missing library.
 */
final class OneDnn {
  private static final String SWITCH = "cxr.onednn";
  private static final System.Logger LOG = System.getLogger(OneDnn.class.getName());

  private OneDnn() {}

  /**
   * Whether a layer of this data type, made now, is to use oneDNN: the loaded native library was
   * built with it, the network computes in float, and {@code -Dcxr.onednn=false} was not given.
   */
  static boolean usableFor(DataType dataType) {
    return dataType == DataType.FLOAT
        && Boolean.parseBoolean(System.getProperty(SWITCH, "true"))
        && Library.HAS_ONEDNN
        && Nd4j.getEnvironment().helpersAllowed();
  }

  /** Sets a layer up as DL4J does in each layer's {@code instantiate}. */
  static Layer running(
      Layer layer,
      NeuralNetConfiguration conf,
      Collection<TrainingListener> listeners,
      int index,
      INDArray parameters,
      boolean initialize) {
    ParamInitializer initializer = conf.getLayer().initializer();
    layer.setListeners(listeners);
    layer.setIndex(index);
    layer.setParamsViewArray(parameters);
    layer.setParamTable(initializer.init(conf, parameters, initialize));
    layer.setConf(conf);
    return layer;
  }

  /** Asked once a process, because the answer is a property of the native library. */
  private static final class Library {
    static final boolean HAS_ONEDNN = builtWithOneDnn();

    private static boolean builtWithOneDnn() {
      // Loads the backend, without which there are no native operations to ask.
      String backend = Nd4j.getBackend().getClass().getSimpleName();
      String buildInfo = NativeOpsHolder.getInstance().getDeviceNativeOps().buildInfo();
      boolean present =
          backend.equals("CpuBackend")
              && Arrays.asList(buildInfo.split("\\s+")).contains("HAVE_ONEDNN");
      if (!present) {
        LOG.log(
            System.Logger.Level.INFO,
            "The ND4J backend {0} was built without oneDNN; convolutions train several times"
                + " slower. Put an nd4j-native jar whose classifier names onednn on the class path.",
            backend);
      }
      return present;
    }
  }
}
