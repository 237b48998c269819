package io.cxr.preprocess;

import java.util.Optional;

/**
 * The arithmetic of {@link BilinearResampler}: along the rows to 8 bits, then down the columns.
 * Implementations give the same bytes, and are stateless and thread-safe.
 */
interface BilinearKernel {

  /**
   * Resizes an image.
   *
   * @param source {@code down.from * across.from} pixels, row by row
   * @param down the weights from row to row
   * @param across the weights along a row
   * @param result room for {@code down.to * across.to} pixels, another array than the source
   * @param workspace memory to work in
   */
  void resample(
      byte[] source, AxisWeights down, AxisWeights across, byte[] result, Workspace workspace);

  /**
   * The fastest one that this JVM runs: {@link #vector}, if it is there, else {@link
   * ScalarBilinear}.
   */
  static BilinearKernel fastest() {
    return Fastest.KERNEL;
  }

  /**
   * {@code VectorBilinear}, which is compiled apart because it needs {@code jdk.incubator.vector}.
   *
   * @return the kernel, if the JVM was started with {@code --add-modules jdk.incubator.vector} and
   *     has vectors of 256 bits
   */
  static Optional<BilinearKernel> vector() {
    Optional<Module> vectors = ModuleLayer.boot().findModule("jdk.incubator.vector");
    if (vectors.isEmpty()) {
      return Optional.empty();
    }
    // The module cannot be required: a JVM without it would refuse to start.
    BilinearKernel.class.getModule().addReads(vectors.get());
    try {
      Class<?> twin = Class.forName("io.cxr.preprocess.VectorBilinear");
      return Optional.of((BilinearKernel) twin.getDeclaredConstructor().newInstance());
    } catch (ReflectiveOperationException | LinkageError unusable) {
      System.getLogger("io.cxr.preprocess")
          .log(System.Logger.Level.DEBUG, "Resizing without the Vector API", unusable);
      return Optional.empty();
    }
  }

  /** Found once. */
  final class Fastest {
    private static final BilinearKernel KERNEL = vector().orElseGet(ScalarBilinear::new);

    private Fastest() {}
  }
}
