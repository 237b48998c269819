package io.cxr.train.weights;

import io.jhdf.HdfFile;
import io.jhdf.WritableHdfFile;
import io.jhdf.api.WritableGroup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A file of random weights of ResNet-50's first stage, conv1 to conv2_block3, in the layout of
 * today's Keras Applications. Batch norm's four vectors are far from the identity.
 */
public final class ResNetWeightsFile {
  private ResNetWeightsFile() {}

  /** Writes the file; activations roughly keep their size through the layers. */
  public static void write(Path file, long seed) {
    Random random = new Random(seed);
    List<String> layers = new ArrayList<>();
    try (WritableHdfFile hdf = HdfFile.write(file)) {
      add(hdf, layers, random, "conv1", 7, 3, 64);
      for (int block = 1; block <= 3; block++) {
        String name = "conv2_block" + block;
        int in = block == 1 ? 64 : 256;
        if (block == 1) {
          add(hdf, layers, random, name + "_0", 1, in, 256);
        }
        add(hdf, layers, random, name + "_1", 1, in, 64);
        add(hdf, layers, random, name + "_2", 3, 64, 64);
        add(hdf, layers, random, name + "_3", 1, 64, 256);
      }
      hdf.putAttribute("layer_names", layers.toArray(new String[0]));
    }
  }

  private static void add(
      WritableHdfFile hdf,
      List<String> layers,
      Random random,
      String name,
      int size,
      int in,
      int out) {
    float[][][][] kernel = new float[size][size][in][out];
    // Caffe's means leave inputs of a hundred and more; the first layer brings them down.
    double scale = Math.sqrt(2.0 / (size * size * in)) / (in == 3 ? 60 : 1);
    for (float[][][] row : kernel) {
      for (float[][] column : row) {
        for (float[] channel : column) {
          for (int o = 0; o < out; o++) {
            channel[o] = (float) (random.nextGaussian() * scale);
          }
        }
      }
    }
    String convolution = name + "_conv";
    WritableGroup group = group(hdf, layers, convolution, "kernel:0", "bias:0");
    group.putDataset("kernel:0", kernel);
    group.putDataset("bias:0", vector(random, out, 0, 0.2));
    String normalization = name + "_bn";
    String[] parameters = {"gamma:0", "beta:0", "moving_mean:0", "moving_variance:0"};
    group = group(hdf, layers, normalization, parameters);
    for (String parameter : parameters) {
      boolean positive = parameter.equals("gamma:0") || parameter.equals("moving_variance:0");
      group.putDataset(parameter, vector(random, out, positive ? 1 : 0, positive ? 0.5 : 0.2));
    }
  }

  private static WritableGroup group(
      WritableHdfFile hdf, List<String> layers, String layer, String... weights) {
    layers.add(layer);
    WritableGroup outer = hdf.putGroup(layer);
    String[] names = new String[weights.length];
    for (int i = 0; i < names.length; i++) {
      names[i] = layer + "/" + weights[i];
    }
    outer.putAttribute("weight_names", names);
    return outer.putGroup(layer);
  }

  private static float[] vector(Random random, int length, double centre, double spread) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) (centre + (2 * random.nextDouble() - 1) * spread);
    }
    return values;
  }
}
