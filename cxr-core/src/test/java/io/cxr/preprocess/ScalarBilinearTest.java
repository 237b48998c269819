package io.cxr.preprocess;

class ScalarBilinearTest extends BilinearKernelContract {
  @Override
  BilinearKernel kernel() {
    return new ScalarBilinear();
  }
}
