package io.cxr.train.export;

import io.cxr.train.network.Network;
import java.util.Set;
import java.util.stream.Stream;

/** All networks in two parts, for tests that take long: a few that stand for all, and the rest. */
final class NetworkChoice {
  private static final Set<String> LIGHT = Set.of("mobilenet", "resnext50");

  private NetworkChoice() {}

  /** Depthwise and grouped convolutions, residual sums, batch norm. */
  static Stream<Network> light() {
    return Network.all().stream().filter(network -> LIGHT.contains(network.name()));
  }

  static Stream<Network> others() {
    return Network.all().stream().filter(network -> !LIGHT.contains(network.name()));
  }
}
