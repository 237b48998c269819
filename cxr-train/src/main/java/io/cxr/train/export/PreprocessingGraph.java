package io.cxr.train.export;

import ai.onnx.proto.OnnxMl.TensorProto.DataType;
import io.cxr.model.InputShape;
import io.cxr.model.ModelInput;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep;
import io.cxr.model.PreprocessingStep.BorderCrop;
import io.cxr.model.PreprocessingStep.CentreCrop;
import io.cxr.model.PreprocessingStep.ChannelNormalization;
import io.cxr.model.PreprocessingStep.Clahe;
import io.cxr.model.PreprocessingStep.FullDepth;
import io.cxr.model.PreprocessingStep.GaussianBlur;
import io.cxr.model.PreprocessingStep.HistogramEqualization;
import io.cxr.model.PreprocessingStep.Resize;
import io.cxr.model.PreprocessingStep.SquarePad;
import io.cxr.train.export.GraphArithmetic.Value;
import io.cxr.train.export.GrayPicture.Axis;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Preprocessing as nodes of an ONNX graph: from gray pixels of any size to the inputs of a network,
 * bit for bit as {@code io.cxr.preprocess.StandardPreprocessor} computes them. Weights are
 * integers, sums are of integers, and what is rounded is rounded in the same order and width, so
 * that no runtime can round differently; ONNX's own {@code Resize} leaves that open. The blur is a
 * convolution of whole numbers below 2<sup>24</sup>, which 32-bit floats add up exactly in any
 * order (but not a graphics card that is set to TensorFloat-32).
 *
 * <p>Steps that inputs have in common, from the first on, are there once.
 */
final class PreprocessingGraph {
  private static final int LEVELS = 256;

  /** After the point of a weight, as Pillow has them. */
  private static final int FRACTION_BITS = 22;

  private final GraphArithmetic graph;
  private final RadiographPixels radiograph;

  /** By the steps up to there. */
  private final Map<List<PreprocessingStep>, GrayPicture> pictures = new HashMap<>();

  /**
   * No steps yet.
   *
   * @param graph where nodes go
   * @param radiograph what it takes
   */
  PreprocessingGraph(GraphArithmetic graph, RadiographPixels radiograph) {
    this.graph = graph;
    this.radiograph = radiograph;
  }

  /**
   * Adds one input of a network, under its name.
   *
   * @param takesGray whether the network takes gray bytes {@code [1, 1, rows, columns]} and
   *     normalises them itself
   * @throws IllegalArgumentException if a step has no form in a graph
   */
  void write(ModelInput input, boolean takesGray) {
    PreprocessingSpec specification = input.preprocessing();
    GrayPicture picture = picture(onGray(specification));
    Value levels = picture.levels();
    InputShape shape = specification.inputShape();
    if (takesGray) {
      levels.reshaped(1, 1, shape.rows(), shape.columns()).named(input.name());
      return;
    }
    boolean channelsFirst = shape.layout() == InputShape.Layout.CHANNELS_FIRST;
    long[] sizes =
        channelsFirst
            ? new long[] {1, shape.channels(), shape.rows(), shape.columns()}
            : new long[] {1, shape.rows(), shape.columns(), shape.channels()};
    Value values =
        picture.isDeep()
            ? deeplyNormalized(specification, levels, channelsFirst)
            : normalized(specification, levels, channelsFirst);
    values.expanded(sizes).named(input.name());
  }

  /** The same of 16-bit gray, which takes too many values for a table. */
  private Value deeplyNormalized(
      PreprocessingSpec specification, Value levels, boolean channelsFirst) {
    Value fine = levels.asDoubles().over(graph.constant((double) FullDepth.PER_LEVEL));
    Value picture = channelsFirst ? fine.withAxes(0, 1) : fine.withAxes(0, 3);
    Optional<ChannelNormalization> fixed = specification.channelNormalization();
    Value mean;
    Value deviation;
    if (fixed.isPresent()) {
      int channels = fixed.get().channels();
      long[] sizes =
          channelsFirst ? new long[] {1, channels, 1, 1} : new long[] {1, 1, 1, channels};
      mean = graph.constant(numbers(fixed.get().means()), sizes);
      deviation = graph.constant(numbers(fixed.get().deviations()), sizes);
    } else {
      Moments own = moments(levels, FullDepth.PER_LEVEL);
      mean = own.mean();
      deviation = own.deviation();
    }
    return picture.minus(mean).over(deviation).as(DataType.FLOAT);
  }

  private static double[] numbers(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** Normalised channels {@code [1, ...]}, or one where all are alike. */
  private Value normalized(PreprocessingSpec specification, Value levels, boolean channelsFirst) {
    InputShape shape = specification.inputShape();
    Optional<ChannelNormalization> fixed = specification.channelNormalization();
    List<float[]> tables = new ArrayList<>();
    for (int channel = 0; fixed.isPresent() && channel < shape.channels(); channel++) {
      float[] table = new float[LEVELS];
      for (int level = 0; level < LEVELS; level++) {
        table[level] = fixed.get().value(channel, level);
      }
      if (tables.isEmpty() || !Arrays.equals(tables.get(0), table)) {
        tables.add(table);
      }
    }
    Value places = levels.asIntegers();
    if (tables.size() <= 1) {
      Value table = tables.isEmpty() ? standardized(levels) : graph.constant(tables.get(0));
      Value one = table.gather(0, places);
      return channelsFirst
          ? one.reshaped(1, 1, shape.rows(), shape.columns())
          : one.reshaped(1, shape.rows(), shape.columns(), 1);
    }
    int channels = shape.channels();
    float[] all = new float[channels * LEVELS];
    for (int i = 0; i < all.length; i++) {
      int channel = channelsFirst ? i / LEVELS : i % channels;
      int level = channelsFirst ? i % LEVELS : i / channels;
      all[i] = fixed.orElseThrow().value(channel, level);
    }
    return channelsFirst
        ? graph.constant(all, channels, LEVELS).gather(1, places).withAxes(0)
        : graph.constant(all, LEVELS, channels).gather(0, places).withAxes(0);
  }

  /**
   * Which part of an input shows the radiograph, since a step pads: top, left, bottom, right from 0
   * to 1, 32-bit floats {@code [4]}.
   */
  Value visible(PreprocessingSpec specification) {
    GrayPicture picture = picture(onGray(specification));
    Value[] down = picture.down().visible(graph);
    Value[] across = picture.across().visible(graph);
    return graph.concatenation(0, down[0], across[0], down[1], across[1]).asFloats();
  }

  /**
   * The part of the radiograph that an input covers: row, column, rows, columns, 64-bit {@code
   * [4]}.
   */
  Value region(PreprocessingSpec specification) {
    GrayPicture picture = picture(onGray(specification));
    Value[] down = picture.down().covered(graph);
    Value[] across = picture.across().covered(graph);
    return graph.concatenation(0, down[0], across[0], down[1], across[1]);
  }

  private static List<PreprocessingStep> onGray(PreprocessingSpec specification) {
    return specification.steps().subList(0, specification.steps().size() - 2);
  }

  private GrayPicture picture(List<PreprocessingStep> steps) {
    GrayPicture known = pictures.get(steps);
    if (known != null) {
      return known;
    }
    int last = steps.size() - 1;
    GrayPicture fresh;
    if (steps.isEmpty()) {
      fresh = radiograph.eightBits();
    } else if (steps.get(last) instanceof FullDepth) {
      // The first step, if it is there.
      fresh = radiograph.sixteenBits();
    } else {
      fresh = after(picture(steps.subList(0, last)), steps.get(last));
    }
    pictures.put(List.copyOf(steps), fresh);
    return fresh;
  }

  private GrayPicture after(GrayPicture before, PreprocessingStep step) {
    if (step instanceof BorderCrop crop) {
      return cropped(before, crop);
    } else if (step instanceof CentreCrop) {
      return squared(before);
    } else if (step instanceof SquarePad pad) {
      return padded(before, pad);
    } else if (step instanceof HistogramEqualization) {
      return before.with(equalized(before.levels()));
    } else if (step instanceof Clahe clahe) {
      return before.with(new ClaheGraph(graph, clahe).equalized(before));
    } else if (step instanceof GaussianBlur blur) {
      return before.with(blurred(before, blur));
    } else if (step instanceof Resize resize) {
      return resized(before, resize);
    }
    throw new IllegalArgumentException(
        "Self-contained export: expected steps that a graph can do (full depth, border crop,"
            + " centre crop, square pad, histogram equalization, CLAHE, Gaussian blur, resize),"
            + " found "
            + step
            + ". Export without it, and let cxr prepare the input.");
  }

  private GrayPicture cropped(GrayPicture before, BorderCrop crop) {
    Value top = margin(before.down(), crop);
    Value left = margin(before.across(), crop);
    return cut(
        before, top, left, before.down().size().minus(top), before.across().size().minus(left));
  }

  private Value margin(Axis axis, BorderCrop crop) {
    return axis.size().asDoubles().times(graph.constant(crop.fraction())).floor().asLongs();
  }

  private GrayPicture squared(GrayPicture before) {
    Value side = before.down().size().atMost(before.across().size());
    Value top = centred(before.down(), side);
    Value left = centred(before.across(), side);
    return cut(before, top, left, top.plus(side), left.plus(side));
  }

  /** As {@code CentreCrop.first}. */
  private Value centred(Axis axis, Value side) {
    Value two = graph.constant(2L);
    return axis.size().over(two).minus(side.over(two));
  }

  private GrayPicture cut(GrayPicture before, Value top, Value left, Value bottom, Value right) {
    Value starts = graph.concatenation(0, top, left);
    Value ends = graph.concatenation(0, bottom, right);
    return new GrayPicture(
        before.levels().slice(starts, ends),
        before.down().cut(top, bottom, graph),
        before.across().cut(left, right, graph),
        before.white());
  }

  private GrayPicture padded(GrayPicture before, SquarePad pad) {
    Value rows = before.down().size();
    Value columns = before.across().size();
    Value side = rows.atLeast(columns);
    // As SquarePad.before.
    Value two = graph.constant(2L);
    Value top = side.minus(rows).over(two);
    Value left = side.minus(columns).over(two);
    Value bottom = side.minus(rows).minus(top);
    Value right = side.minus(columns).minus(left);
    int level = before.isDeep() ? pad.level() * FullDepth.PER_LEVEL : pad.level();
    return new GrayPicture(
        before
            .levels()
            .padded(
                graph.concatenation(0, top, left, bottom, right),
                before.typed(graph.constant(level))),
        before.down().cut(negative(top), side.minus(top), graph),
        before.across().cut(negative(left), side.minus(left), graph),
        before.white());
  }

  private Value negative(Value number) {
    return graph.constant(0L).minus(number);
  }

  private Value equalized(Value levels) {
    Value flat = levels.reshaped(-1).asLongs();
    Value histogram = graph.constant(new int[LEVELS]).counting(flat);
    Value darkest = histogram.isGreater(graph.constant(0)).asIntegers().greatest(0);
    Value darkestCount = histogram.gather(0, darkest);
    Value others = flat.size(0).asIntegers().minus(darkestCount);
    Value below = histogram.sums(0).minus(darkestCount).atLeast(graph.constant(0));
    // In 32-bit floats, as StandardPreprocessor does.
    Value scale =
        graph
            .constant((float) GrayPicture.WHITE)
            .over(others.atLeast(graph.constant(1)).asFloats());
    Value table =
        below
            .asFloats()
            .times(scale)
            .rounded()
            .asIntegers()
            .atMost(graph.constant(GrayPicture.WHITE));
    Value uniform = others.equalTo(graph.constant(0));
    int[] same = new int[LEVELS];
    Arrays.setAll(same, level -> level);
    return graph
        .choice(uniform, graph.constant(same), table)
        .asBytes()
        .gather(0, levels.asIntegers());
  }

  private Value blurred(GrayPicture before, GaussianBlur blur) {
    int[] weights = blur.kernel();
    int radius = weights.length / 2;
    if (radius == 0) {
      return before.levels();
    }
    float[] kernel = new float[weights.length];
    for (int i = 0; i < kernel.length; i++) {
      kernel[i] = weights[i];
    }
    Value outward = graph.constant((long) radius);
    Value left = graph.constant((long) -radius);
    Value columns = before.across().size();
    Value rows = before.down().size();
    Value sums =
        before
            .levels()
            .asFloats()
            .gather(1, reflected(graph, graph.range(left, columns.plus(outward)), columns))
            .withAxes(0, 1)
            .convolved(graph.constant(kernel, 1, 1, 1, kernel.length))
            .gather(2, reflected(graph, graph.range(left, rows.plus(outward)), rows))
            .convolved(graph.constant(kernel, 1, 1, kernel.length, 1));
    float half = 1 << 15;
    return sums.withoutAxes(0, 1)
        .plus(graph.constant(half))
        .times(graph.constant(1 / (2 * half)))
        .floor()
        .asBytes();
  }

  /**
   * Places on an axis and beyond its ends, where the axis goes back and forth without its end
   * twice.
   *
   * @param places 64-bit
   * @param size of the axis, {@code [1]}, at least 1
   */
  static Value reflected(GraphArithmetic graph, Value places, Value size) {
    Value period = size.minus(graph.constant(1L)).times(graph.constant(2L));
    Value folded = places.modulo(period.atLeast(graph.constant(1L)));
    return folded.atMost(period.minus(folded));
  }

  private GrayPicture resized(GrayPicture before, Resize resize) {
    Value levels =
        switch (resize.resampling()) {
          case NEAREST ->
              before
                  .levels()
                  .gather(1, nearest(before.across().size(), resize.columns()))
                  .gather(0, nearest(before.down().size(), resize.rows()));
          case BILINEAR -> weighted(before, resize, this::triangle, 1);
          case BICUBIC -> weighted(before, resize, this::cubic, 2);
          case AREA -> averaged(before, resize);
        };
    return new GrayPicture(
        levels,
        before.down().resizedTo(resize.rows(), graph),
        before.across().resizedTo(resize.columns(), graph),
        before.white());
  }

  /** The pixel under the centre of each new one, {@code [to]}. */
  private Value nearest(Value from, int to) {
    Value scale = from.asDoubles().over(graph.constant((double) to));
    double[] steps = new double[to];
    Arrays.fill(steps, 1);
    // Added up one by one, as Pillow does; halves and ones times the scale are exact.
    steps[0] = 0.5;
    return graph
        .constant(steps)
        .times(scale)
        .sums(0)
        .floor()
        .asLongs()
        .atMost(from.minus(graph.constant(1L)));
  }

  /** What weighs a line by its distance from a new one, in units of the wider of the two. */
  private interface Kernel {
    Value weight(Value distance);
  }

  private Value triangle(Value distance) {
    return graph.constant(1.0).minus(distance.magnitude()).atLeast(graph.constant(0.0));
  }

  /** Cubic convolution with a = -0.5, in the order in which {@code AxisWeights} computes it. */
  private Value cubic(Value distance) {
    Value x = distance.magnitude();
    Value near =
        x.times(graph.constant(1.5))
            .minus(graph.constant(2.5))
            .times(x)
            .times(x)
            .plus(graph.constant(1.0));
    Value far =
        x.minus(graph.constant(5.0))
            .times(x)
            .plus(graph.constant(8.0))
            .times(x)
            .minus(graph.constant(4.0))
            .times(graph.constant(-0.5));
    return graph.choice(
        x.isLess(graph.constant(1.0)),
        near,
        graph.choice(x.isLess(graph.constant(2.0)), far, graph.constant(0.0)));
  }

  /** Along the rows first, then down the columns, as Pillow does. */
  private Value weighted(GrayPicture before, Resize resize, Kernel kernel, int radius) {
    GrayPicture turned =
        new GrayPicture(
            before.levels().transposed(),
            /* down= */ before.across(),
            /* across= */ before.down(),
            before.white());
    Value rows = weightedLines(turned, resize.columns(), kernel, radius);
    return weightedLines(before.with(rows.transposed()), resize.rows(), kernel, radius);
  }

  /**
   * Antialiased along the first axis, whole lines at a time: each new line is a weighted sum of
   * some old ones.
   *
   * @param before levels {@code [from, other]}
   * @param to how many lines there will be
   * @param kernel the weights
   * @param radius where they end
   * @return levels {@code [to, other]}
   */
  private Value weightedLines(GrayPicture before, int to, Kernel kernel, int radius) {
    Value size = before.down().size().asDoubles();
    Value scale = size.over(graph.constant((double) to));
    Value one = graph.constant(1.0);
    Value half = graph.constant(0.5);
    Value zero = graph.constant(0.0);
    Value width = scale.atLeast(one);
    Value reach = radius == 1 ? width : width.times(graph.constant((double) radius));
    double[] middles = new double[to];
    Arrays.setAll(middles, i -> i + 0.5);
    Value centre = graph.constant(middles, to, 1).times(scale);
    Value start = centre.minus(reach).plus(half).floor().atLeast(zero);
    Value end = centre.plus(reach).plus(half).floor().atMost(size);
    Value widest = reach.ceiling().asLongs().times(graph.constant(2L)).plus(graph.constant(1L));
    Value tap = graph.range(graph.constant(0L), widest).asDoubles();
    Value line = tap.plus(start);
    Value distance = line.minus(centre).plus(half).times(width.inverse(graph.constant(2.0)));
    Value shares = graph.choice(tap.isLess(end.minus(start)), kernel.weight(distance), zero);
    // The last of the running sums: added up from the first, as Pillow does.
    Value total = shares.sums(1).gather(1, graph.constant(-1L));
    Value exact = shares.over(total).times(graph.constant((double) (1 << FRACTION_BITS)));
    // What follows the point is dropped, below zero, too.
    Value weights =
        graph.choice(exact.isLess(zero), exact.minus(half), exact.plus(half)).asIntegers();
    // Whole lines are copied, and products of integer matrices are the fastest of what is exact.
    Value lines = line.atMost(size.minus(one)).asLongs();
    // 16 bits and those after the point are more than 32.
    DataType type = before.isDeep() ? DataType.INT64 : DataType.INT32;
    Value sums =
        weights
            .as(type)
            .withAxes(1)
            .product(before.levels().as(type).gather(0, lines))
            .withoutAxes(1)
            .plus(graph.constant(1 << (FRACTION_BITS - 1)).as(type))
            .over(graph.constant(1 << FRACTION_BITS).as(type));
    return before.typed(
        sums.atLeast(graph.constant(0).as(type)).atMost(graph.constant(before.white()).as(type)));
  }

  /** The mean of what a new pixel covers, of exact sums. */
  private Value averaged(GrayPicture before, Resize resize) {
    Value rows = before.down().size();
    Value columns = before.across().size();
    Value lines = covered(before.levels().asLongs().transposed(), columns, resize.columns());
    Value sums = covered(lines.transposed(), rows, resize.rows());
    Value area = rows.times(columns);
    Value level = sums.over(area);
    Value one = graph.constant(1L);
    Value two = graph.constant(2L);
    Value rest = sums.minus(level.times(area)).times(two);
    Value halving =
        rows.equalTo(graph.constant(2L * resize.rows()))
            .and(columns.equalTo(graph.constant(2L * resize.columns())));
    // A half goes up where both axes are halved, else to the even level.
    Value ofHalf = graph.choice(halving, one, level.modulo(two));
    Value zero = graph.constant(0L);
    Value more =
        graph.choice(rest.isGreater(area), one, graph.choice(rest.equalTo(area), ofHalf, zero));
    return before.typed(level.plus(more));
  }

  /**
   * Sums along the first axis of what each new line covers, where an old line is {@code to} long.
   *
   * @param values 64-bit {@code [from, other]}
   * @return 64-bit {@code [to, other]}
   */
  private Value covered(Value values, Value from, int to) {
    long[] pixels = new long[to];
    Arrays.setAll(pixels, i -> i);
    Value one = graph.constant(1L);
    Value length = graph.constant((long) to);
    Value begin = graph.constant(pixels).withAxes(1).times(from);
    Value end = begin.plus(from);
    Value widest = from.plus(graph.constant(to - 1L)).over(length).plus(one);
    Value line = graph.range(graph.constant(0L), widest).plus(begin.over(length));
    Value shares =
        end.atMost(line.plus(one).times(length))
            .minus(begin.atLeast(line.times(length)))
            .atLeast(graph.constant(0L));
    return shares
        .withAxes(1)
        .product(values.gather(0, line.atMost(from.minus(one))))
        .withoutAxes(1);
  }

  /** What each level becomes by the image's own mean and deviation, {@code [256]}. */
  private Value standardized(Value levels) {
    Moments own = moments(levels, 1);
    double[] all = new double[LEVELS];
    Arrays.setAll(all, level -> level);
    return graph.constant(all).minus(own.mean()).over(own.deviation()).as(DataType.FLOAT);
  }

  /**
   * Of an image's levels, both {@code [1]}.
   *
   * @param mean their mean
   * @param deviation their standard deviation, at least 1
   */
  private record Moments(Value mean, Value deviation) {}

  /** Of exact sums, divided in the order in which {@code io.cxr.preprocess} does it. */
  private Moments moments(Value levels, int perLevel) {
    Value flat = levels.reshaped(-1).asLongs();
    Value size = flat.size(0).asDoubles();
    Value mean = flat.sum(0).asDoubles().over(size);
    Value squares = flat.times(flat).sum(0).asDoubles().over(size);
    if (perLevel != 1) {
      mean = mean.over(graph.constant((double) perLevel));
      squares = squares.over(graph.constant((double) perLevel * perLevel));
    }
    Value variance = squares.minus(mean.times(mean));
    Value one = graph.constant(1.0);
    return new Moments(mean, variance.atLeast(graph.constant(0.0)).squareRoot().atLeast(one));
  }
}
