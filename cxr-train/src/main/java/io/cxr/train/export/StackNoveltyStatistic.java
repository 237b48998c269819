package io.cxr.train.export;

import java.util.ArrayList;
import java.util.List;

/**
 * How unlike the training images an image is to any member of a stack: the greatest of the members'
 * statistics, each over a bound that training images seldom pass. Thread-safe.
 */
public final class StackNoveltyStatistic {
  private final List<NoveltyStatistic> members;
  private final double[] bounds;

  /**
   * A statistic.
   *
   * @param members of each member, on the channel means of its last map ({@link
   *     StackMember#lastMapMeans})
   * @param bounds of each member, above 0
   * @throws IllegalArgumentException if they are not as many, or a bound is not above 0
   */
  public StackNoveltyStatistic(List<NoveltyStatistic> members, double[] bounds) {
    this.members = List.copyOf(members);
    this.bounds = bounds.clone();
    boolean fits = !members.isEmpty() && members.size() == bounds.length;
    for (double bound : bounds) {
      fits &= bound > 0 && Double.isFinite(bound);
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "Novelty of a stack: expected a bound above 0 for each member, found "
              + members.size()
              + " members and "
              + bounds.length
              + " bounds, or one that is not above 0");
    }
  }

  /**
   * The statistic of one image, as the graph gives it in {@code novelty}.
   *
   * @param pooled by member, the mean of each channel
   * @return at least 0; seldom above 1 for images like the training images
   */
  public double score(List<float[]> pooled) {
    double greatest = 0;
    for (int m = 0; m < bounds.length; m++) {
      greatest = Math.max(greatest, members.get(m).score(pooled.get(m)) / bounds[m]);
    }
    return greatest;
  }

  /**
   * What the statistic is, for the model card.
   *
   * @return one line
   */
  public String description() {
    return "greatest of the members' scores, each over its tolerance bound; of each, "
        + members.get(0).description();
  }

  List<Integer> channels() {
    return members.stream().map(NoveltyStatistic::channels).toList();
  }

  /** Adds the output {@code novelty} {@code [N, 1]} for each member's means. */
  void write(OnnxGraph graph, List<String> means) {
    List<String> scores = new ArrayList<>();
    for (int m = 0; m < bounds.length; m++) {
      String prefix = GraphStacking.prefix(m) + "stack/novelty";
      String score = members.get(m).score(graph, means.get(m), prefix, prefix);
      String inverse =
          graph.exactConstant(prefix + "/perBound", new float[] {(float) (1 / bounds[m])}, 1, 1);
      scores.add(graph.node("Mul", prefix + "/overBound", List.of(score, inverse)));
    }
    graph.node("Max", OnnxExporter.NOVELTY, scores);
    graph.output(OnnxExporter.NOVELTY, 1);
  }
}
