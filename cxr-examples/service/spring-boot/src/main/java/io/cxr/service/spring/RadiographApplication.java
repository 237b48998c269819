package io.cxr.service.spring;

import io.cxr.ExplainingClassifier;
import io.cxr.error.CxrException;
import io.cxr.json.ResultJson;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.file.Path;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
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

  @RestController
  static class Explaining {
    private final ExplainingClassifier classifier;

    Explaining(ExplainingClassifier classifier) {
      this.classifier = classifier;
    }

    @PostMapping(path = "/explain", produces = MediaType.APPLICATION_JSON_VALUE)
    String explain(@RequestBody byte[] file) {
      return ResultJson.of(classifier.explain(Radiograph.read(file))).toJson();
    }

    @ExceptionHandler(produces = MediaType.APPLICATION_JSON_VALUE)
    @ResponseStatus(HttpStatus.UNPROCESSABLE_CONTENT)
    String refuse(CxrException refusal) {
      return ResultJson.of(refusal).toJson();
    }
  }
}
