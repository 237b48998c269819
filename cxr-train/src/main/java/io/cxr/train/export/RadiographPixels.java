package io.cxr.train.export;

import io.cxr.model.PreprocessingStep.FullDepth;
import io.cxr.train.export.GraphArithmetic.Value;
import io.cxr.train.export.GrayPicture.Axis;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The pixels that a self-contained graph takes, black at 0, as 8-bit or as 16-bit gray. */
final class RadiographPixels {
  private final GraphArithmetic graph;
  private final Value gray;

  /** How many bits they have, a 64-bit integer {@code []}; without it they are bytes. */
  private final @Nullable Value bitsStored;

  private RadiographPixels(GraphArithmetic graph, Value gray, @Nullable Value bitsStored) {
    this.graph = graph;
    this.gray = gray;
    this.bitsStored = bitsStored;
  }

  /** Unsigned bytes {@code [rows, columns]}. */
  static RadiographPixels ofBytes(GraphArithmetic graph, Value gray) {
    return new RadiographPixels(graph, gray, null);
  }

  /**
   * Unsigned 16-bit pixels {@code [rows, columns]}; what is above the highest value of their bits
   * is white.
   *
   * @param bitsStored a 64-bit integer {@code []} from 1 to 16
   */
  static RadiographPixels ofShorts(GraphArithmetic graph, Value gray, Value bitsStored) {
    return new RadiographPixels(graph, gray, bitsStored);
  }

  /** Scaled to 8 bits as {@code Radiograph.toGray8} does. */
  GrayPicture eightBits() {
    if (bitsStored == null) {
      return picture(gray, GrayPicture.WHITE);
    }
    Value highest = highest(bitsStored).asIntegers();
    return picture(
        gray.asIntegers()
            .atMost(highest)
            .times(graph.constant(GrayPicture.WHITE))
            .plus(highest.over(graph.constant(2)))
            .over(highest)
            .asBytes(),
        GrayPicture.WHITE);
  }

  /** Scaled to 16 bits as {@code Radiograph.toGray16} does. */
  GrayPicture sixteenBits() {
    if (bitsStored == null) {
      return picture(
          gray.asIntegers().times(graph.constant(FullDepth.PER_LEVEL)), GrayPicture.DEEP_WHITE);
    }
    // Products of two 16-bit numbers are beyond 32 bits with a sign.
    Value highest = highest(bitsStored);
    return picture(
        gray.asLongs()
            .atMost(highest)
            .times(graph.constant((long) GrayPicture.DEEP_WHITE))
            .plus(highest.over(graph.constant(2L)))
            .over(highest)
            .asIntegers(),
        GrayPicture.DEEP_WHITE);
  }

  private Value highest(Value bits) {
    // 0 bits are none, but a quotient by zero would end the process.
    long[] highest = new long[17];
    Arrays.setAll(highest, each -> Math.max(1, (1L << each) - 1));
    return graph.constant(highest).gather(0, bits);
  }

  private GrayPicture picture(Value levels, int white) {
    return new GrayPicture(
        levels, Axis.of(gray.size(0), graph), Axis.of(gray.size(1), graph), white);
  }
}
