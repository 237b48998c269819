package io.cxr.onnx;

import ai.onnxruntime.OnnxTensor;
import io.cxr.error.InferenceException;
import io.cxr.preprocess.ModelPreprocessor;
import io.cxr.radiograph.Radiograph;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.jspecify.annotations.Nullable;

/**
 * Direct memory where radiographs wait for a run and where its outputs land. It is reused, because
 * a fresh tensor a call costs ten times the overhead. Thread-safe.
 *
 * <p>One call leases one {@link Slot} at a time. Slots for one sample are kept apart from those for
 * batches, which are as large as the largest batch so far; so one radiograph never holds the memory
 * of sixteen. No more slots of a kind are kept than the machine has processors.
 */
final class InputStaging implements AutoCloseable {
  private final NativeSession session;
  private final ClassifierGraph graph;
  private final BatchSizes sizes;
  private final BlockingQueue<Slot> singles;
  private final BlockingQueue<Slot> batches;

  /**
   * Takes no memory yet.
   *
   * @param session runs the model
   * @param graph its inputs and outputs
   * @param sizes how many samples runs have
   */
  InputStaging(NativeSession session, ClassifierGraph graph, BatchSizes sizes) {
    this.session = session;
    this.graph = graph;
    this.sizes = sizes;
    int kept = Runtime.getRuntime().availableProcessors();
    this.singles = new ArrayBlockingQueue<>(kept);
    this.batches = new ArrayBlockingQueue<>(kept);
  }

  /**
   * A slot for one run; closing it gives it back.
   *
   * @param samples how many samples the run has, at least 1
   */
  Slot lease(int samples) {
    int planned = sizes.of(samples);
    int capacity = Math.max(planned, samples);
    Slot slot = (capacity == 1 ? singles : batches).poll();
    if (slot != null && slot.capacity < capacity) {
      slot.free();
      slot = null;
    }
    if (slot == null) {
      slot = new Slot(capacity);
    }
    slot.begin(samples, planned);
    return slot;
  }

  /** Frees the idle slots. No slot may be leased. */
  @Override
  public void close() {
    List<Slot> idle = new ArrayList<>();
    singles.drainTo(idle);
    batches.drainTo(idle);
    idle.forEach(Slot::free);
  }

  /** The input and outputs of one run. Used by one thread at a time. */
  final class Slot implements AutoCloseable {
    private final InputMemory input;
    private final FloatBuffer output;
    private final FloatBuffer novelties;
    private final FloatBuffer views;
    private final @Nullable FloatBuffer heatmaps;
    private final int capacity;
    private final Map<Part, Tensors> tensors = new HashMap<>();
    private int samples;
    private int planned;
    private int added;
    private Map<Integer, InferenceException> failures = Map.of();

    private Slot(int capacity) {
      this.capacity = capacity;
      this.input = new InputMemory(graph.inputs(), capacity);
      this.output = NativeSession.directFloats(Math.multiplyExact(capacity, graph.units()));
      this.novelties = NativeSession.directFloats(capacity);
      this.views = NativeSession.directFloats(Math.multiplyExact(capacity, graph.views()));
      this.heatmaps =
          graph.hasHeatmap()
              ? NativeSession.directFloats(
                  Math.multiplyExact(capacity, graph.labels() * graph.heatmapElements()))
              : null;
    }

    private void begin(int samples, int planned) {
      this.samples = samples;
      this.planned = planned;
      this.added = 0;
      this.failures = Map.of();
    }

    /** Preprocesses the next sample into this memory. */
    void add(ModelPreprocessor preprocessor, Radiograph radiograph) {
      Objects.checkIndex(added, samples);
      input.fill(added, preprocessor, radiograph);
      added++;
    }

    /** Copies the next sample into this memory. */
    void add(PreparedSample sample) {
      Objects.checkIndex(added, samples);
      input.copy(added, sample.memory());
      added++;
    }

    /**
     * Runs the model on the samples written so far; not at all if there are none.
     *
     * @throws InferenceException if it fails on all of them, or on the first few
     */
    void run(boolean withHeatmaps) {
      // What lies behind the samples is from earlier runs: no sample's answer depends on another.
      failures =
          sizes.run(
              added,
              planned,
              capacity,
              (from, count) -> {
                Tensors part = tensors.computeIfAbsent(new Part(from, count), Tensors::new);
                session.run(part.inputs, withHeatmaps ? part.outputAndHeatmap : part.outputAlone);
              });
    }

    /** Why the model did not answer one sample, where it did not. */
    Optional<InferenceException> failure(int sample) {
      return Optional.ofNullable(failures.get(sample));
    }

    /** What the last layer gave for one sample: one value a unit. */
    float[] output(int sample) {
      float[] values = new float[graph.units()];
      output.get(sample * values.length, values);
      return values;
    }

    /** How unlike the training images one sample is. */
    float novelty(int sample) {
      return novelties.get(sample);
    }

    /** The probability of each view of one sample. */
    float[] views(int sample) {
      float[] values = new float[graph.views()];
      views.get(sample * values.length, values);
      return values;
    }

    /** The raw heatmap of one label for one sample, row by row. */
    float[] heatmap(int sample, int label) {
      if (heatmaps == null) {
        throw new IllegalStateException("The graph has no heatmaps");
      }
      float[] values = new float[graph.heatmapElements()];
      heatmaps.get((sample * graph.labels() + label) * values.length, values);
      return values;
    }

    /** Gives the slot back. */
    @Override
    public void close() {
      if (!(capacity == 1 ? singles : batches).offer(this)) {
        free();
      }
    }

    private void free() {
      tensors.values().forEach(Tensors::close);
      tensors.clear();
    }

    /**
     * Some samples of a slot.
     *
     * @param from the first
     * @param count how many
     */
    private record Part(int from, int count) {}

    /** Native views of some samples of this slot's memory. */
    private final class Tensors {
      private final List<OnnxTensor> all = new ArrayList<>();
      private final Map<String, OnnxTensor> inputs;
      private final Map<String, OnnxTensor> outputAlone;
      private final Map<String, OnnxTensor> outputAndHeatmap;

      private Tensors(Part part) {
        inputs = inputs(part);
        Map<String, OnnxTensor> outputs = new HashMap<>();
        outputs.put(ClassifierGraph.OUTPUT, view(output, part, graph.units()));
        if (graph.hasNovelty()) {
          outputs.put(ClassifierGraph.NOVELTY, view(novelties, part, 1));
        }
        if (graph.hasViews()) {
          outputs.put(ClassifierGraph.VIEW, view(views, part, graph.views()));
        }
        outputAlone = Map.copyOf(outputs);
        if (heatmaps != null) {
          outputs.put(
              ClassifierGraph.HEATMAP,
              view(heatmaps, part, graph.labels(), graph.heatmapRows(), graph.heatmapColumns()));
        }
        outputAndHeatmap = Map.copyOf(outputs);
      }

      private Map<String, OnnxTensor> inputs(Part part) {
        Map<String, OnnxTensor> byName = new HashMap<>();
        for (int i = 0; i < graph.inputs().size(); i++) {
          OnnxTensor tensor = input.tensor(session, i, part.from, part.count);
          all.add(tensor);
          byName.put(graph.inputs().get(i).name(), tensor);
        }
        return Map.copyOf(byName);
      }

      private OnnxTensor view(FloatBuffer memory, Part part, long... sizesOfOne) {
        long[] shape = new long[sizesOfOne.length + 1];
        shape[0] = part.count;
        int each = 1;
        for (int axis = 0; axis < sizesOfOne.length; axis++) {
          shape[axis + 1] = sizesOfOne[axis];
          each = Math.toIntExact(each * sizesOfOne[axis]);
        }
        OnnxTensor tensor =
            session.tensor(memory.slice(part.from * each, part.count * each), shape);
        all.add(tensor);
        return tensor;
      }

      private void close() {
        all.forEach(OnnxTensor::close);
      }
    }
  }
}
