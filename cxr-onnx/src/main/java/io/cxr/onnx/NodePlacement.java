package io.cxr.onnx;

import io.cxr.Device;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * Which execution provider ran each node of a graph, as ONNX Runtime's profile of a run tells. Its
 * interface for Java (1.28) does not tell otherwise, and a session on CUDA computes on the CPU
 * whatever it has no kernel for. {@link OnnxClassifier} looks at it when a model is opened on a
 * card; this class is for programs that open sessions of their own. Immutable.
 *
 * @param counts how many nodes ran, by provider and operator, as ONNX Runtime names both
 */
public record NodePlacement(Map<String, Map<String, Integer>> counts) {
  /** The provider of NVIDIA cards. */
  public static final String CUDA = "CUDAExecutionProvider";

  /**
   * Where the time of a network goes. Others, such as those that compute shapes, ONNX Runtime puts
   * on the CPU on purpose.
   */
  private static final Set<String> COSTLY =
      Set.of(
          "Conv",
          "FusedConv",
          "NhwcConv",
          "NhwcFusedConv",
          "ConvTranspose",
          "ConvInteger",
          "QLinearConv",
          "Gemm",
          "FusedGemm",
          "MatMul",
          "FusedMatMul",
          "MatMulInteger",
          "MatMulIntegerToFloat",
          "DynamicQuantizeMatMul",
          "QLinearMatMul",
          "QGemm",
          "Attention",
          "MultiHeadAttention");

  /** Copies the counts. */
  public NodePlacement {
    counts = Map.copyOf(counts);
  }

  /**
   * Reads a profile.
   *
   * @param profile a JSON list of events, as ONNX Runtime writes it
   * @return what ran where
   * @throws IOException if it cannot be read
   */
  public static NodePlacement read(Path profile) throws IOException {
    Map<String, Map<String, Integer>> counts = new TreeMap<>();
    try (JsonParser events =
        JsonFactory.builder().build().createParser(ObjectReadContext.empty(), profile)) {
      @Nullable String provider = null;
      @Nullable String operator = null;
      // What names a provider are the arguments of a node that ran; nothing else does.
      for (JsonToken token = events.nextToken(); token != null; token = events.nextToken()) {
        if (token == JsonToken.PROPERTY_NAME) {
          switch (events.currentName()) {
            case "provider" -> provider = events.nextStringValue();
            case "op_name" -> operator = events.nextStringValue();
            default -> {}
          }
        } else if (token == JsonToken.END_OBJECT && provider != null && operator != null) {
          counts.computeIfAbsent(provider, any -> new TreeMap<>()).merge(operator, 1, Integer::sum);
          provider = null;
          operator = null;
        }
      }
    } catch (JacksonException e) {
      throw new IOException("Profile: expected ONNX Runtime's list of events", e);
    }
    return new NodePlacement(counts);
  }

  /**
   * What the CPU runs of what costs time: convolutions and dense layers.
   *
   * @return such as {@code "3 Conv, 1 Gemm"}, or empty
   */
  public String costlyElsewhere() {
    Map<String, Integer> elsewhere = new TreeMap<>();
    counts.forEach(
        (provider, operators) -> {
          if (!provider.equals(CUDA)) {
            operators.forEach(
                (operator, count) -> {
                  if (COSTLY.contains(operator)) {
                    elsewhere.merge(operator, count, Integer::sum);
                  }
                });
          }
        });
    StringBuilder text = new StringBuilder();
    elsewhere.forEach(
        (operator, count) ->
            text.append(text.isEmpty() ? "" : ", ").append(count).append(' ').append(operator));
    return text.toString();
  }

  /** Whether CUDA runs nothing, or nothing of what costs time where there is such. */
  boolean isElsewhere() {
    Map<String, Integer> onCard = counts.getOrDefault(CUDA, Map.of());
    return onCard.isEmpty()
        || (!costlyElsewhere().isEmpty() && onCard.keySet().stream().noneMatch(COSTLY::contains));
  }

  /**
   * Sees that the card computes.
   *
   * @return what else is worth a warning, or empty
   * @throws io.cxr.error.DeviceUnavailableException if it does not
   */
  String require(Device device, String origin) {
    String elsewhere = costlyElsewhere();
    if (isElsewhere()) {
      throw CudaFailure.notOnDevice(
          device,
          origin,
          elsewhere.isEmpty() ? "none of them there" : elsewhere + " on the CPU, and none there");
    }
    return elsewhere;
  }
}
