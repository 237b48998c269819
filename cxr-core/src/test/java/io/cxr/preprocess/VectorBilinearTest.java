package io.cxr.preprocess;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import net.jqwik.api.Example;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Runs in a JVM of its own, which has the Vector API. */
class VectorBilinearTest extends BilinearKernelContract {

  @BeforeContainer
  static void needsTheModule() {
    assumeTrue(
        ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent(),
        "Skipped: start the JVM with --add-modules jdk.incubator.vector");
    assumeTrue(BilinearKernel.vector().isPresent(), "Skipped: no vectors of 256 bits");
  }

  @Override
  BilinearKernel kernel() {
    return BilinearKernel.vector().orElseThrow();
  }

  @Example
  void isChosen() {
    assertEquals("VectorBilinear", BilinearKernel.fastest().getClass().getSimpleName());
  }
}
