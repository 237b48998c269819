package io.cxr.train.export;

import io.cxr.train.export.GraphArithmetic.Value;

/**
 * A gray image on its way through a graph's preprocessing.
 *
 * @param levels {@code [rows, columns]}: unsigned bytes, or of 16-bit gray 32-bit integers, since
 *     operators of ONNX do without unsigned 16-bit ones
 * @param down its rows
 * @param across its columns
 * @param white the highest level, {@link #WHITE} or {@link #DEEP_WHITE}
 */
record GrayPicture(Value levels, Axis down, Axis across, int white) {
  /** Of 8-bit gray. */
  static final int WHITE = 255;

  /** Of 16-bit gray. */
  static final int DEEP_WHITE = 0xffff;

  /** Other levels in the same places. */
  GrayPicture with(Value other) {
    return new GrayPicture(other, down, across, white);
  }

  boolean isDeep() {
    return white == DEEP_WHITE;
  }

  /** Whole numbers from 0 to white in the type of these levels. */
  Value typed(Value numbers) {
    return isDeep() ? numbers.asIntegers() : numbers.asBytes();
  }

  /**
   * One axis, and the stretch of the radiograph's that it covers, computed as {@code
   * StandardPreprocessor.sourceRegion} does. All values are {@code [1]}.
   *
   * @param whole how many pixels the radiograph has along it, 64-bit
   * @param size how many pixels it has now, 64-bit
   * @param start where it begins in the radiograph, in pixels, a double
   * @param end where it ends, a double
   */
  record Axis(Value whole, Value size, Value start, Value end) {
    /** Rounding moves an edge by less. */
    private static final double NEAR = 1e-9;

    /** The axis of the radiograph itself. */
    static Axis of(Value size, GraphArithmetic graph) {
      return new Axis(size, size, graph.constant(0.0), size.asDoubles());
    }

    /** This axis with another number of pixels. */
    Axis resizedTo(int pixels, GraphArithmetic graph) {
      return new Axis(whole, graph.constant((long) pixels), start, end);
    }

    /** The pixels from one to before another, both 64-bit; beyond its ends, pixels are added. */
    Axis cut(Value from, Value to, GraphArithmetic graph) {
      Value pixel = end.minus(start).over(size.asDoubles());
      Value last = graph.choice(to.equalTo(size), end, start.plus(to.asDoubles().times(pixel)));
      return new Axis(whole, to.minus(from), start.plus(from.asDoubles().times(pixel)), last);
    }

    /**
     * Which part of it shows the radiograph; the rest is padded. As {@code
     * StandardPreprocessor.visiblePart}.
     *
     * @return where that begins and where it ends, from 0 to 1, doubles
     */
    Value[] visible(GraphArithmetic graph) {
      Value zero = graph.constant(0.0);
      Value one = graph.constant(1.0);
      Value near = graph.constant(NEAR);
      Value length = end.minus(start);
      Value pixels = whole.asDoubles();
      Value begins =
          graph.choice(
              start.isLess(zero.minus(near)), zero.minus(start).over(length).atMost(one), zero);
      Value ends =
          graph.choice(
              end.isGreater(pixels.plus(near)),
              pixels.minus(start).over(length).atLeast(zero),
              one);
      return new Value[] {begins, ends};
    }

    /**
     * The stretch of the radiograph that it covers, rounded outwards.
     *
     * @return the first pixel and how many there are, 64-bit
     */
    Value[] covered(GraphArithmetic graph) {
      Value one = graph.constant(1L);
      Value near = graph.constant(NEAR);
      Value first =
          start.plus(near).floor().asLongs().atMost(whole.minus(one)).atLeast(graph.constant(0L));
      Value last = end.minus(near).ceiling().asLongs().atMost(whole).atLeast(first.plus(one));
      return new Value[] {first, last.minus(first)};
    }
  }
}
