package io.cxr.onnx;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * How ONNX Runtime's CUDA execution provider runs a model on an NVIDIA GPU. Each model that is open
 * has its own; a model on the CPU has no use for them. Names and meaning are those of the provider
 * options in ONNX Runtime's documentation ("CUDA Execution Provider", configuration options); where
 * a default differs from the provider's own, it is said. Immutable.
 *
 * @param memoryLimit the most bytes of the card's memory that the model's arena takes for weights
 *     and intermediate values ({@code gpu_mem_limit}), above 0; {@link Long#MAX_VALUE}, the
 *     default, for no limit. The CUDA context and cuDNN take a few hundred megabytes besides. A run
 *     that needs more fails
 * @param arenaGrowth by how much that arena grows when it is full ({@code arena_extend_strategy})
 * @param tf32 whether products of 32-bit floats may be rounded to TF32, 10 bits of fraction instead
 *     of 23, on cards from Ampere on ({@code use_tf32}): faster, and answers differ from the CPU's
 *     by more. By default false; the provider's own default is true
 * @param convolutionSearch how cuDNN chooses the algorithm of a convolution ({@code
 *     cudnn_conv_algo_search})
 * @param channelsLast whether convolutions are computed with the channels of a pixel side by side
 *     ({@code prefer_nhwc}). By default false, as by the provider
 */
public record CudaOptions(
    long memoryLimit,
    ArenaGrowth arenaGrowth,
    boolean tf32,
    ConvolutionSearch convolutionSearch,
    boolean channelsLast) {

  /** By how much the arena of a card's memory grows. */
  public enum ArenaGrowth {
    /**
     * By ever larger powers of two: few allocations, up to twice the memory that is needed. The
     * default.
     */
    NEXT_POWER_OF_TWO("kNextPowerOfTwo"),
    /** By what is asked for: less memory, for cards that several processes share. */
    SAME_AS_REQUESTED("kSameAsRequested");

    private final String option;

    ArenaGrowth(String option) {
      this.option = option;
    }
  }

  /** How cuDNN chooses among its algorithms for a convolution of a size that it has not seen. */
  public enum ConvolutionSearch {
    /** By rule, without trials. The default here, since every new batch size is a new search. */
    HEURISTIC,
    /**
     * By trial of all: seconds for each convolution and batch size at first, often faster later.
     * The provider's own default.
     */
    EXHAUSTIVE,
    /** Always the same algorithm, an implicit product of matrices with precomputed indices. */
    DEFAULT
  }

  private static final CudaOptions DEFAULTS =
      new CudaOptions(
          Long.MAX_VALUE, ArenaGrowth.NEXT_POWER_OF_TWO, false, ConvolutionSearch.HEURISTIC, false);

  /** Checks the values. */
  public CudaOptions {
    Objects.requireNonNull(arenaGrowth, "arenaGrowth");
    Objects.requireNonNull(convolutionSearch, "convolutionSearch");
    if (memoryLimit < 1) {
      throw new IllegalArgumentException(
          "CUDA options: memoryLimit: expected at least 1 byte, found " + memoryLimit);
    }
  }

  /**
   * All of a card's memory, 32 bits that are 32 bits, no trials.
   *
   * @return the defaults
   */
  public static CudaOptions defaults() {
    return DEFAULTS;
  }

  /**
   * The same with another limit of memory.
   *
   * @param bytes above 0
   * @return other options
   */
  public CudaOptions withMemoryLimit(long bytes) {
    return new CudaOptions(bytes, arenaGrowth, tf32, convolutionSearch, channelsLast);
  }

  /**
   * The same with another growth of the arena.
   *
   * @param growth by how much it grows
   * @return other options
   */
  public CudaOptions withArenaGrowth(ArenaGrowth growth) {
    return new CudaOptions(memoryLimit, growth, tf32, convolutionSearch, channelsLast);
  }

  /**
   * The same with or without TF32.
   *
   * @param allowed whether products may be rounded to TF32
   * @return other options
   */
  public CudaOptions withTf32(boolean allowed) {
    return new CudaOptions(memoryLimit, arenaGrowth, allowed, convolutionSearch, channelsLast);
  }

  /**
   * The same with another search for algorithms.
   *
   * @param search how algorithms are chosen
   * @return other options
   */
  public CudaOptions withConvolutionSearch(ConvolutionSearch search) {
    return new CudaOptions(memoryLimit, arenaGrowth, tf32, search, channelsLast);
  }

  /**
   * The same with another layout of what convolutions compute. The answers are the same but for
   * rounding.
   *
   * @param last whether the channels of a pixel lie side by side
   * @return other options
   */
  public CudaOptions withChannelsLast(boolean last) {
    return new CudaOptions(memoryLimit, arenaGrowth, tf32, convolutionSearch, last);
  }

  /**
   * The same for one model. One that computes convolutions in 16-bit floats has TF32 on: where it
   * is off, ONNX Runtime keeps every convolution from the tensor cores, those of 16 bits too, finds
   * no plan without them, and then computes without fusing biases and activations (its {@code
   * Conv<T>::CreateCudnnFeExecutionPlan}). Its few layers of 32 bits are rounded like the others
   * then.
   *
   * @param model the bytes of an ONNX file
   * @return these options, or others
   */
  public CudaOptions forModel(byte[] model) {
    return HalfPrecision.computes(model) ? withTf32(true) : this;
  }

  /**
   * As ONNX Runtime's execution provider names and writes them, for programs that open sessions of
   * their own.
   *
   * @return names and values of provider options
   */
  public Map<String, String> providerOptions() {
    Map<String, String> options = new LinkedHashMap<>();
    if (memoryLimit != Long.MAX_VALUE) {
      options.put("gpu_mem_limit", Long.toString(memoryLimit));
    }
    options.put("arena_extend_strategy", arenaGrowth.option);
    options.put("use_tf32", tf32 ? "1" : "0");
    options.put("cudnn_conv_algo_search", convolutionSearch.name());
    options.put("prefer_nhwc", channelsLast ? "1" : "0");
    return options;
  }
}
