package io.cxr.preprocess;

import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.Example;
import net.jqwik.api.lifecycle.AddLifecycleHook;
import net.jqwik.api.lifecycle.LifecycleContext;
import net.jqwik.api.lifecycle.SkipExecutionHook;

/** Runs in a JVM of its own, which has the Vector API. */
@AddLifecycleHook(VectorBilinearTest.NeedsTheModule.class)
class VectorBilinearTest extends BilinearKernelContract {

  /** Skips aloud. */
  static class NeedsTheModule implements SkipExecutionHook {
    @Override
    public SkipResult shouldBeSkipped(LifecycleContext context) {
      if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
        return SkipResult.skip("Skipped: start the JVM with --add-modules jdk.incubator.vector");
      }
      return BilinearKernel.vector().isEmpty()
          ? SkipResult.skip("Skipped: this processor has no vectors of 256 bits")
          : SkipResult.doNotSkip();
    }
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
