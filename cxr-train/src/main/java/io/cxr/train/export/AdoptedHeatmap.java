package io.cxr.train.export;

import static io.cxr.train.export.OnnxGraph.attribute;

import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.List;
import java.util.Optional;

/** Adds a heatmap to a graph of others, where the way from a map to the logits allows one. */
final class AdoptedHeatmap {
  private final ModelAdoption told;

  AdoptedHeatmap(ModelAdoption told) {
    this.told = told;
  }

  /**
   * Adds the map that was asked for.
   *
   * @return the value that it is made of, as the source calls it; empty without one
   */
  Optional<String> write(
      ForeignGraph graph,
      AdoptedImages images,
      String logits,
      List<ForeignGraph.Output> outputs,
      List<String> notes) {
    if (told.heatmap.equals(ModelAdoption.NONE)) {
      return Optional.empty();
    }
    int labels = told.task.labels().size();
    Optional<LinearHead> head = logits.isEmpty() ? Optional.empty() : LinearHead.of(graph, logits);
    boolean named = !told.heatmap.equals(ModelAdoption.AUTOMATIC);
    String map = named ? graph.inner(told.heatmap) : head.map(LinearHead::map).orElse("");
    if (named && graph.maker(map).isEmpty()) {
      throw graph.refusal("a value '" + told.heatmap + "' for the heatmap", "none");
    }
    Optional<LinearHead.MapSize> size =
        map.isEmpty() ? Optional.empty() : mapSize(graph, images, map);
    if (head.isPresent() && size.isPresent() && map.equals(head.get().map())) {
      int units = told.activation.units(labels);
      boolean fits =
          head.get().units() == units
              || (head.get().units() == 0 && size.get().channels() == units);
      if (fits && head.get().fits(size.get())) {
        head.get().write(graph, single(graph, images, map), size.get(), labels);
        outputs.add(
            new ForeignGraph.Output(
                OnnxExporter.HEATMAP, labels, size.get().rows(), size.get().columns()));
        return Optional.of(ownName(map));
      }
    }
    if (named && size.isPresent() && size.get().channels() == labels) {
      graph.add("Relu", OnnxExporter.HEATMAP, List.of(single(graph, images, map)));
      outputs.add(
          new ForeignGraph.Output(
              OnnxExporter.HEATMAP, labels, size.get().rows(), size.get().columns()));
      return Optional.of(ownName(map));
    }
    if (named) {
      throw graph.refusal(
          "a map on the way to the logits, with pools and dense layers above it, or one map for each"
              + " of "
              + told.task.labels()
              + ", in '"
              + told.heatmap
              + "'",
          size.map(found -> found.toString()).orElse("no map")
              + head.map(found -> ". The way leads to '" + ownName(found.map()) + "'").orElse(""));
    }
    notes.add(
        "No heatmap: the way from the last map to the logits is none of pools and dense layers."
            + " Explain by occlusion, or name a node with --heatmap.");
    return Optional.empty();
  }

  private static String ownName(String inner) {
    return inner.substring(inner.indexOf('/') + 1);
  }

  private Optional<LinearHead.MapSize> mapSize(
      ForeignGraph graph, AdoptedImages images, String map) {
    TensorRun.Value value = looked(graph, images, map);
    long[] sizes = value.sizes();
    return sizes.length == 4
        ? Optional.of(
            new LinearHead.MapSize(
                Math.toIntExact(sizes[1]), Math.toIntExact(sizes[2]), Math.toIntExact(sizes[3])))
        : Optional.empty();
  }

  private TensorRun.Value looked(ForeignGraph graph, AdoptedImages images, String value) {
    byte[] model =
        graph.build(images.sizes, 1, List.of(new ForeignGraph.Output(value))).build().toByteArray();
    return images.run(
        graph, model, OnnxExporter.INPUT, TensorRun.noise(images.elements(), 1), 1, value);
  }

  /** The map as 32-bit floats. */
  private String single(ForeignGraph graph, AdoptedImages images, String map) {
    return looked(graph, images, map).isOther()
        ? graph.add(
            "Cast",
            "heatmap/single",
            List.of(map),
            attribute("to", (long) TensorProto.DataType.FLOAT.getNumber()))
        : map;
  }
}
