package io.cxr.train.weights;

import io.jhdf.HdfFile;
import io.jhdf.WritableHdfFile;
import io.jhdf.api.WritableGroup;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A file of random VGG-16 weights in the layout of the official one: old data set names behind the
 * attributes. Layers without weights are left out, for jhdf cannot write their empty lists of
 * names; the real file of ResNet-50 has some.
 *
 * @param layers the layers, in order
 * @param firstKernel the kernel of block1_conv1, {@code [row, column, in, out]}
 */
public record VggWeightsFile(List<String> layers, FloatBuffer firstKernel) {
  private static final int[][] BLOCKS = {{64, 2}, {128, 2}, {256, 3}, {512, 3}, {512, 3}};

  /** Writes the file; activations keep their size through the layers (He et al., ICCV 2015). */
  public static VggWeightsFile write(Path file, long seed) {
    Random random = new Random(seed);
    List<String> layers = new ArrayList<>();
    float[] firstKernel = new float[3 * 3 * 3 * 64];
    try (WritableHdfFile hdf = HdfFile.write(file)) {
      int channels = 3;
      for (int block = 1; block <= BLOCKS.length; block++) {
        for (int i = 1; i <= BLOCKS[block - 1][1]; i++) {
          int filters = BLOCKS[block - 1][0];
          String name = "block" + block + "_conv" + i;
          layers.add(name);
          float[][][][] kernel = kernel(random, channels, filters);
          if (layers.size() == 1) {
            copy(kernel, firstKernel);
          }
          float[] bias = new float[filters];
          Arrays.fill(bias, (10 * block + i) / 1024f);
          WritableGroup group = hdf.putGroup(name);
          group.putAttribute("weight_names", new String[] {name + "_W_1:0", name + "_b_1:0"});
          group.putDataset(name + "_W_1:0", kernel);
          group.putDataset(name + "_b_1:0", bias);
          channels = filters;
        }
      }
      hdf.putAttribute("layer_names", layers.toArray(new String[0]));
    }
    return new VggWeightsFile(List.copyOf(layers), FloatBuffer.wrap(firstKernel));
  }

  private static float[][][][] kernel(Random random, int channels, int filters) {
    double limit = Math.sqrt(6.0 / (9 * channels));
    float[][][][] kernel = new float[3][3][channels][filters];
    for (float[][][] row : kernel) {
      for (float[][] column : row) {
        for (float[] in : column) {
          for (int o = 0; o < filters; o++) {
            in[o] = (float) ((2 * random.nextFloat() - 1) * limit);
          }
        }
      }
    }
    return kernel;
  }

  private static void copy(float[][][][] kernel, float[] flat) {
    int at = 0;
    for (float[][][] row : kernel) {
      for (float[][] column : row) {
        for (float[] in : column) {
          System.arraycopy(in, 0, flat, at, in.length);
          at += in.length;
        }
      }
    }
  }
}
