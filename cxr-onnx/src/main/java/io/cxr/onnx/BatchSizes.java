package io.cxr.onnx;

import io.cxr.Device;
import io.cxr.error.InferenceException;
import java.util.HashMap;
import java.util.Map;

/**
 * How many samples a run really has.
 *
 * <p>On a processor: as many as there are. On a graphics card: a power of two or the limit, and
 * seldom another than in the run before, because ONNX Runtime's CUDA provider has cuDNN plan every
 * convolution anew whenever the batch differs from the last one; it keeps one plan only (read from
 * its {@code Conv<T>::UpdateState}). On an H200 that took 0.4 s for a ResNet-50 in 16 bits, in
 * which the card runs 3,000 images, and a pipeline whose batches were of many sizes did little
 * else. So the size grows at once when more samples come, and shrinks only after {@value #PATIENCE}
 * runs that all needed less: what is computed for nothing in them is about what planning costs.
 *
 * <p>Wherever a run of many samples fails and all succeed in smaller ones, which is how a card's
 * memory ends, no later run is larger than those.
 *
 * <p>Thread-safe.
 */
final class BatchSizes {
  /** So many runs in a row have to be too large before they get smaller. */
  static final int PATIENCE = 64;

  /** Where so many samples fail, each alone, and none before, it is not the samples. */
  private static final int HOPELESS = 4;

  private static final System.Logger LOGGER = System.getLogger(BatchSizes.class.getName());

  private final boolean steady;
  private int limit;

  private int current = 1;
  private int smaller;
  private int largestOfSmaller;

  /**
   * Sizes of one model's runs.
   *
   * @param steady whether sizes are those of a graphics card
   * @param limit the most samples in one run, at least 1
   */
  BatchSizes(boolean steady, int limit) {
    this.steady = steady;
    this.limit = limit;
  }

  static BatchSizes on(Device device, int limit) {
    return new BatchSizes(device.kind() == Device.Kind.CUDA, limit);
  }

  /**
   * How many samples the next run will have.
   *
   * @param samples how many there are, at least 1
   * @return at most the limit; where it is more than samples, the rest is computed and thrown away
   */
  synchronized int of(int samples) {
    if (!steady) {
      return Math.min(samples, limit);
    }
    int power = Integer.highestOneBit(Math.min(samples, limit));
    int needed = Math.min(power < samples ? 2 * power : power, limit);
    if (needed >= current) {
      become(needed);
    } else {
      largestOfSmaller = Math.max(largestOfSmaller, needed);
      if (++smaller == PATIENCE) {
        become(largestOfSmaller);
      }
    }
    return current;
  }

  private void become(int size) {
    current = size;
    smaller = 0;
    largestOfSmaller = 0;
  }

  private synchronized void limitTo(int size) {
    if (size < limit) {
      limit = size;
      become(Math.min(current, size));
    }
  }

  /** Runs the model on some samples of a memory. */
  interface Run {
    /**
     * Runs it.
     *
     * @param from the first sample
     * @param count how many, at least 1
     * @throws InferenceException if that fails
     */
    void run(int from, int count);
  }

  /**
   * Runs samples that lie in a memory: in one run if possible, in smaller ones if that fails, so
   * that a sample on which the model fails ends no other.
   *
   * @param samples how many there are
   * @param planned what {@link #of} said of them
   * @param capacity how many the memory has room for, at least as many; what lies behind the
   *     samples may be run with them
   * @param run runs the model
   * @return the samples on which the model failed, and how
   * @throws InferenceException if it fails on the first few, whatever they are
   */
  Map<Integer, InferenceException> run(int samples, int planned, int capacity, Run run) {
    Map<Integer, InferenceException> failures = new HashMap<>();
    int size = planned;
    int from = 0;
    while (from < samples) {
      int count = Math.min(size, (steady ? capacity : samples) - from);
      try {
        run.run(from, count);
        from += count;
      } catch (InferenceException e) {
        if (count > 1) {
          size = (count + 1) / 2;
          LOGGER.log(
              System.Logger.Level.WARNING,
              "A run of {0} samples failed; trying {1} at a time: {2}",
              count,
              size,
              e.getMessage());
          continue;
        }
        failures.put(from, e);
        from++;
        if (failures.size() == from && (from == samples || from == HOPELESS)) {
          throw e;
        }
      }
    }
    // Whoever fails alone fails in company: that says nothing of how many fit.
    if (failures.isEmpty() && size < planned) {
      limitTo(size);
    }
    return failures;
  }
}
