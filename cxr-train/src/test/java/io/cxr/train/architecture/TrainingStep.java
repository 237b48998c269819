package io.cxr.train.architecture;

import java.util.Arrays;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;

/** Trains the report's CNN for some steps of 16 images in a process of its own. */
final class TrainingStep {
  private static final int BATCH = 16;

  private TrainingStep() {}

  /** Argument: how many steps. Prints the median second of a step, the first two left out. */
  public static void main(String[] arguments) {
    ComputationGraph network = new ReportCnn().graph(2, 1, new Adam(1e-4));
    double[] seconds = new double[Integer.parseInt(arguments[0])];
    for (int i = 0; i < seconds.length; i++) {
      INDArray images = Nd4j.rand(BATCH, 3, 224, 224);
      INDArray labels = Nd4j.rand(BATCH, 1).gt(0.5).castTo(images.dataType());
      long start = System.nanoTime();
      network.fit(new DataSet(images, labels));
      seconds[i] = (System.nanoTime() - start) / 1e9;
    }
    double[] warm = Arrays.copyOfRange(seconds, 2, seconds.length);
    Arrays.sort(warm);
    System.out.println("seconds " + warm[warm.length / 2]);
  }
}
