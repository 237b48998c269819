package io.cxr.train.export;

import io.cxr.model.PreprocessingStep.Clahe;
import io.cxr.train.export.GraphArithmetic.Value;
import java.util.Arrays;

/**
 * Contrast-limited adaptive histogram equalisation as nodes of a graph, with the roundings of
 * {@code io.cxr.preprocess.ClaheEqualizer}: counts are integers, places and blends 32-bit floats.
 */
final class ClaheGraph {
  private static final int LEVELS = 256;

  private final GraphArithmetic graph;
  private final Clahe step;

  ClaheGraph(GraphArithmetic graph, Clahe step) {
    this.graph = graph;
    this.step = step;
  }

  /** One axis in tiles; all values are {@code [1]}, 64-bit. */
  private record Tiles(int count, Value size, Value padded, Value length) {}

  /** What two neighbouring tiles count at each pixel of an axis, {@code [size]}. */
  private record Blend(Value before, Value after, Value weightBefore, Value weightAfter) {}

  /** The equalised levels of a picture. */
  Value equalized(GrayPicture picture) {
    Value rows = picture.down().size();
    Value columns = picture.across().size();
    Value divides = divides(rows, step.tileRows()).and(divides(columns, step.tileColumns()));
    Tiles down = tiles(rows, step.tileRows(), divides);
    Tiles across = tiles(columns, step.tileColumns(), divides);
    Value tables = tables(picture.levels(), down, across);
    Blend vertical = blend(down);
    Blend horizontal = blend(across);
    Value levels = picture.levels().asLongs();
    Value top = blended(tables, levels, vertical.before().withAxes(1), horizontal);
    Value bottom = blended(tables, levels, vertical.after().withAxes(1), horizontal);
    return top.times(vertical.weightBefore().withAxes(1))
        .plus(bottom.times(vertical.weightAfter().withAxes(1)))
        .rounded()
        .asIntegers()
        .atMost(graph.constant(LEVELS - 1))
        .asBytes();
  }

  private Value divides(Value size, int tiles) {
    return size.modulo(graph.constant((long) tiles)).equalTo(graph.constant(0L));
  }

  /** An axis that divides grows, too, when the other does not. */
  private Tiles tiles(Value size, int count, Value divides) {
    Value tiles = graph.constant((long) count);
    Value more = tiles.minus(size.modulo(tiles));
    Value padded = size.plus(graph.choice(divides, graph.constant(0L), more));
    return new Tiles(count, size, padded, padded.over(tiles));
  }

  /** What each level becomes in each tile, {@code [tiles * 256]} floats of whole numbers. */
  private Value tables(Value levels, Tiles down, Tiles across) {
    Value zero = graph.constant(0L);
    Value rows = graph.range(zero, down.padded());
    Value columns = graph.range(zero, across.padded());
    Value padded =
        levels
            .gather(0, PreprocessingGraph.reflected(graph, rows, down.size()))
            .gather(1, PreprocessingGraph.reflected(graph, columns, across.size()));
    Value tile =
        rows.over(down.length())
            .times(graph.constant((long) across.count()))
            .withAxes(1)
            .plus(columns.over(across.length()));
    Value bins = tile.times(graph.constant((long) LEVELS)).plus(padded.asLongs()).reshaped(-1);
    int tiles = down.count() * across.count();
    Value histograms =
        graph.constant(new int[tiles * LEVELS]).counting(bins).reshaped(tiles, LEVELS);
    Value pixels = down.length().times(across.length());
    Value scale = graph.constant(255f).over(pixels.asFloats());
    return clipped(histograms, pixels)
        .sums(1)
        .asFloats()
        .times(scale)
        .rounded()
        .atMost(graph.constant(255f))
        .reshaped(-1);
  }

  /** Histograms without what is above the limit, which all levels share. */
  private Value clipped(Value histograms, Value pixels) {
    Value one = graph.constant(1);
    Value levels = graph.constant(LEVELS);
    Value limit =
        graph
            .constant(step.clipLimit())
            .times(pixels.asDoubles())
            .over(graph.constant((double) LEVELS))
            .atMost(graph.constant((double) Integer.MAX_VALUE))
            .asIntegers()
            .atLeast(one);
    Value excess = histograms.minus(limit).atLeast(graph.constant(0)).sum(1).withAxes(1);
    Value share = excess.over(levels);
    Value remainder = excess.modulo(levels);
    // The remainder goes to as many levels, evenly spread from the first.
    Value stride = levels.over(remainder.atLeast(one)).atLeast(one);
    int[] all = new int[LEVELS];
    Arrays.setAll(all, level -> level);
    Value level = graph.constant(all);
    Value chosen =
        level.modulo(stride).equalTo(graph.constant(0)).and(level.over(stride).isLess(remainder));
    return histograms.atMost(limit).plus(share).plus(chosen.asIntegers());
  }

  private Blend blend(Tiles tiles) {
    Value perLength = tiles.length().asFloats().inverse(graph.constant(2f));
    Value place =
        graph
            .range(graph.constant(0L), tiles.size())
            .asFloats()
            .times(perLength)
            .minus(graph.constant(0.5f));
    Value tile = place.floor();
    Value after = place.minus(tile);
    Value index = tile.asLongs();
    return new Blend(
        index.atLeast(graph.constant(0L)),
        index.plus(graph.constant(1L)).atMost(graph.constant((long) (tiles.count() - 1))),
        graph.constant(1f).minus(after),
        after);
  }

  /** Across, in one row of tiles for each row of pixels. */
  private Value blended(Value tables, Value levels, Value tileRows, Blend horizontal) {
    Value first = tileRows.times(graph.constant((long) step.tileColumns()));
    return looked(tables, levels, first, horizontal.before())
        .times(horizontal.weightBefore())
        .plus(looked(tables, levels, first, horizontal.after()).times(horizontal.weightAfter()));
  }

  private Value looked(Value tables, Value levels, Value first, Value tileColumns) {
    return tables.gather(
        0, first.plus(tileColumns).times(graph.constant((long) LEVELS)).plus(levels));
  }
}
