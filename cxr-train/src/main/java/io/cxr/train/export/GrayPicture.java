package io.cxr.train.export;

import io.cxr.model.PreprocessingStep.BorderCrop;
import io.cxr.train.export.GraphArithmetic.Value;

/**
 * An 8-bit gray image on its way through a graph's preprocessing.
 *
 * @param levels unsigned bytes {@code [rows, columns]}
 * @param down its rows
 * @param across its columns
 */
record GrayPicture(Value levels, Axis down, Axis across) {

  /** Other levels in the same places. */
  GrayPicture with(Value other) {
    return new GrayPicture(other, down, across);
  }

  /**
   * One axis, and the stretch of the radiograph's that it covers. All values are {@code [1]},
   * 64-bit.
   *
   * @param size how many pixels it has now
   * @param first the first of the radiograph's pixels that it covers, but for what is cut
   * @param length how many of them, but for what is cut
   * @param resized how many pixels it had when it was resized, 0 before
   * @param cut how many pixels were cut off either end after that
   */
  record Axis(Value size, Value first, Value length, int resized, int cut) {

    /** The axis of the radiograph itself. */
    static Axis of(Value size, GraphArithmetic graph) {
      return new Axis(size, graph.constant(0L), size, 0, 0);
    }

    /** This axis with another number of pixels. */
    Axis resizedTo(int pixels, GraphArithmetic graph) {
      return new Axis(graph.constant((long) pixels), first, length, pixels, 0);
    }

    /** What a border crop takes off either end, {@code [1]}. */
    Value margin(double fraction, GraphArithmetic graph) {
      return size.asDoubles().times(graph.constant(fraction)).floor().asLongs();
    }

    /** This axis without that. */
    Axis cropped(double fraction, Value margin, GraphArithmetic graph) {
      Value both = margin.times(graph.constant(2L));
      if (resized > 0) {
        int more = BorderCrop.margin(fraction, resized - 2 * cut);
        return new Axis(size.minus(both), first, length, resized, cut + more);
      }
      return new Axis(size.minus(both), first.plus(margin), length.minus(both), 0, 0);
    }

    /**
     * The stretch of the radiograph that it covers, rounded outwards as {@code
     * StandardPreprocessor.sourceRegion} does.
     *
     * @return the first pixel and how many there are
     */
    Value[] covered(GraphArithmetic graph) {
      if (cut == 0) {
        return new Value[] {first, length};
      }
      Value pixels = graph.constant((long) resized);
      Value start = length.times(graph.constant((long) cut)).over(pixels);
      Value end =
          length
              .times(graph.constant((long) (resized - cut)))
              .plus(graph.constant((long) (resized - 1)))
              .over(pixels);
      return new Value[] {first.plus(start), end.minus(start)};
    }
  }
}
