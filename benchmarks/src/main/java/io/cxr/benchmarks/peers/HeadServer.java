package io.cxr.benchmarks.peers;

import io.cxr.train.linear.AdamSteps;
import io.cxr.train.linear.FeatureRows;
import io.cxr.train.linear.FullBatch;
import io.cxr.train.linear.LinearModel;
import io.cxr.train.loss.LogitLoss;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalDouble;

/**
 * Our side of {@code benchmarks/peers/head}: reads a file of float32 features, sample by sample, of
 * which sample i has the label i modulo the number of labels, and fits linear heads to them. Each
 * request is a line: {@code adam EPOCHS} takes so many epochs of steps of 32 samples in their
 * order, {@code lbfgs} fits the whole batch. The answer is nanoseconds an epoch, or of the fit, and
 * the mean cross-entropy of the fitted head.
 */
public final class HeadServer implements FeatureRows {
  private static final int BATCH = 32;

  private final float[] features;
  private final int samples;
  private final int width;
  private final int labels;

  private HeadServer(float[] features, int samples, int labels) {
    this.features = features;
    this.samples = samples;
    this.width = features.length / samples;
    this.labels = labels;
  }

  /**
   * Serves until the end of standard input.
   *
   * @param arguments the file, how many samples it has, and how many labels
   * @throws IOException if the file cannot be read
   */
  public static void main(String[] arguments) throws IOException {
    FloatBuffer values =
        ByteBuffer.wrap(Files.readAllBytes(Path.of(arguments[0])))
            .order(ByteOrder.LITTLE_ENDIAN)
            .asFloatBuffer();
    float[] features = new float[values.remaining()];
    values.get(features);
    HeadServer server =
        new HeadServer(features, Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
    BufferedReader requests =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = requests.readLine(); line != null; line = requests.readLine()) {
      String[] request = line.split("\t", -1);
      System.out.println(
          request[0].equals("adam") ? server.adam(Integer.parseInt(request[1])) : server.lbfgs());
      System.out.flush();
    }
  }

  private String adam(int epochs) {
    LinearModel model = new LinearModel(width, labels);
    AdamSteps adam =
        new AdamSteps(
            model,
            new LogitLoss.SoftmaxCrossEntropy(),
            new AdamSteps.Settings(1e-7, 0, 0, OptionalDouble.empty()));
    float[] rows = new float[BATCH * width];
    float[] weights = new float[BATCH];
    Arrays.fill(weights, 1);
    long start = System.nanoTime();
    for (int epoch = 0; epoch < epochs; epoch++) {
      for (int from = 0; from < samples; from += BATCH) {
        int count = Math.min(BATCH, samples - from);
        for (int i = 0; i < count; i++) {
          copy(from + i, rows, i * width);
        }
        adam.step(rows, count, targets(from, count), weights, 1e-3);
      }
    }
    return (System.nanoTime() - start) / epochs + "\t" + loss(model);
  }

  private String lbfgs() throws IOException {
    float[] weights = new float[samples];
    Arrays.fill(weights, 1);
    long start = System.nanoTime();
    FullBatch.Fit fit =
        new FullBatch(
                this,
                targets(0, samples),
                weights,
                labels,
                new LogitLoss.SoftmaxCrossEntropy(),
                1.0 / samples)
            .minimize();
    return (System.nanoTime() - start)
        + "\t"
        + loss(fit.model())
        + "\t"
        + fit.end().iterations()
        + "\t"
        + fit.end().converged();
  }

  private float[] targets(int from, int count) {
    float[] targets = new float[count * labels];
    for (int i = 0; i < count; i++) {
      targets[i * labels + (from + i) % labels] = 1;
    }
    return targets;
  }

  private double loss(LinearModel model) {
    double[] logits = new double[samples * labels];
    model.logits(features, samples, logits);
    double[] own = new double[labels];
    double[] target = new double[labels];
    double loss = 0;
    for (int i = 0; i < samples; i++) {
      System.arraycopy(logits, i * labels, own, 0, labels);
      Arrays.fill(target, 0);
      target[i % labels] = 1;
      loss += new LogitLoss.SoftmaxCrossEntropy().of(own, target, new double[labels]) / samples;
    }
    return loss;
  }

  @Override
  public int size() {
    return samples;
  }

  @Override
  public int width() {
    return width;
  }

  @Override
  public void copy(int row, float[] into, int offset) {
    System.arraycopy(features, row * width, into, offset, width);
  }
}
