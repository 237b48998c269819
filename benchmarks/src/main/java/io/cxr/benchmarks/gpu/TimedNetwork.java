package io.cxr.benchmarks.gpu;

import io.cxr.benchmarks.BenchmarkModel;
import io.cxr.benchmarks.ModelPrecision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;

/**
 * A network that is timed. Its weights are kept in 16 bits: what is carried to a machine without
 * network is half as large, and every number format is made from it there.
 */
enum TimedNetwork {
  // He et al., CVPR 2016, table 1 (3.8e9); counted for the variant of Keras.
  RESNET50(BenchmarkModel.RESNET50, 3.86e9),
  // Simonyan and Zisserman, ICLR 2015, configuration D: thirteen convolutions.
  VGG16(BenchmarkModel.VGG16, 15.35e9);

  /** Rows and columns of its input. */
  static final int SIZE = 224;

  private final BenchmarkModel model;
  private final double multiplyAdds;

  TimedNetwork(BenchmarkModel model, double multiplyAdds) {
    this.model = model;
    this.multiplyAdds = multiplyAdds;
  }

  /** As files and results name it. */
  String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Floating-point operations an image, without the head: a multiply-add is two. */
  double operations() {
    return 2 * multiplyAdds;
  }

  /** The file with 16-bit weights in a folder, made if it is missing. */
  Path source(Path folder) throws IOException {
    Path file = folder.resolve(id() + ".onnx");
    if (Files.notExists(file)) {
      Files.createDirectories(folder);
      Files.copy(model.file(ModelPrecision.FP16), file, StandardCopyOption.REPLACE_EXISTING);
    }
    return file;
  }

  /** The file in a number format in that folder, made if it is missing. */
  Path file(Path folder, NumberFormat format) throws IOException {
    ModelPrecision precision = format.precision();
    Path file = folder.resolve(id() + "-" + precision.name().toLowerCase(Locale.ROOT) + ".onnx");
    if (Files.notExists(file)) {
      precision.write(source(folder), file);
    }
    return file;
  }
}
