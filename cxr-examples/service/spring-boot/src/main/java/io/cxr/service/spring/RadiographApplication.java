package io.cxr.service.spring;

import io.cxr.ExplainingClassifier;
import io.cxr.Novelty;
import io.cxr.Prediction;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.Explanation;
import io.cxr.explain.HeatmapOverlay;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Explains radiographs: {@code POST /explain} with the bytes of a file. */
@SpringBootApplication
public class RadiographApplication {

  public static void main(String[] arguments) {
    SpringApplication.run(RadiographApplication.class, arguments);
  }

  /** The model, which Spring closes with the application. */
  @Bean
  ExplainingClassifier classifier(
      @Value("${cxr.model:}") String model, @Value("${cxr.cache}") String cache)
      throws IOException {
    OnnxClassifier.Builder builder =
        model.isEmpty() ? OnnxClassifier.builder() : OnnxClassifier.builder(Path.of(model));
    return builder.cache(Path.of(cache)).open();
  }

  /** What is answered; Jackson writes the heatmap in Base64. */
  record Answer(
      String label,
      Map<String, Double> probabilities,
      @Nullable Double novelty,
      byte[] heatmap,
      String notice) {}

  @RestController
  static class Explaining {
    private final ExplainingClassifier classifier;

    Explaining(ExplainingClassifier classifier) {
      this.classifier = classifier;
    }

    @PostMapping("/explain")
    Answer explain(@RequestBody byte[] file) {
      Radiograph radiograph = Radiograph.read(file);
      Explanation explanation = classifier.explain(radiograph);
      Prediction prediction = explanation.prediction();
      Map<String, Double> probabilities = new TreeMap<>();
      prediction
          .probabilities()
          .forEach(each -> probabilities.put(each.label(), each.probability()));
      return new Answer(
          prediction.top().label(),
          probabilities,
          prediction.novelty().map(Novelty::score).orElse(null),
          HeatmapOverlay.builder(radiograph, explanation.heatmap())
              .prediction(prediction)
              .build()
              .toPng(),
          prediction.notice());
    }

    @ExceptionHandler
    @ResponseStatus(HttpStatus.UNPROCESSABLE_CONTENT)
    Map<String, String> refuse(UnsupportedRadiographException refusal) {
      return Map.of("refused", refusal.reason().name());
    }
  }
}
