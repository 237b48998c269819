package io.cxr.examples;

import io.cxr.onnx.InferencePipeline;
import io.cxr.onnx.OnnxClassifier;
import io.cxr.onnx.PipelineResult;
import io.cxr.onnx.PipelineResults;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.stream.Stream;

/** Classifies a folder with overlapping decoding and inference. Research use only. */
public final class ClassifyFolder {
  private ClassifyFolder() {}

  /**
   * Prints the most probable label of each image, in the order of the folder.
   *
   * @param arguments the folder
   * @throws IOException if the folder cannot be read
   */
  public static void main(String[] arguments) throws IOException {
    try (OnnxClassifier classifier = OnnxClassifier.openDefault();
        Stream<Path> files = Files.list(Path.of(arguments[0]))) {
      Iterator<Path> images = files.filter(Files::isRegularFile).sorted().iterator();
      try (PipelineResults<Path> results =
          InferencePipeline.ofFiles(classifier).build().run(images)) {
        while (results.hasNext()) {
          PipelineResult<Path> result = results.next();
          String answer =
              result
                  .prediction()
                  .map(prediction -> prediction.top().toString())
                  .orElseGet(() -> "refused: " + result.failure().orElseThrow().getMessage());
          System.out.println(result.item().getFileName() + "  " + answer);
        }
      }
    }
  }
}
