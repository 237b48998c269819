package io.cxr.train.architecture;

import io.cxr.train.export.FrozenBase;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.nd4j.linalg.learning.config.IUpdater;

/**
 * The base of an architecture with its weights.
 *
 * @param frozen the frozen part
 * @param identity stands for all that decides its features but the preprocessing: layers and
 *     weights
 * @param sha256 the SHA-256 of the file that the weights are from
 * @param learner what is learnt above, from a seed and with an updater, for a number of labels
 */
public record LoadedBase(FrozenBase frozen, String identity, String sha256, Learner learner) {

  /** Makes what is learnt. */
  @FunctionalInterface
  public interface Learner {
    /**
     * Makes it anew.
     *
     * @param labels how many labels, at least 2
     * @param seed the seed of the network
     * @param updater how weights are updated
     * @return a graph from {@link PretrainedArchitecture#FEATURES} to {@link Architecture#OUTPUT}
     */
    ComputationGraph of(int labels, long seed, IUpdater updater);
  }
}
