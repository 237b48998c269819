package io.cxr.commandline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.model.InputShape;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep;
import io.cxr.model.PreprocessingStep.BorderCrop;
import io.cxr.model.PreprocessingStep.ChannelNormalization;
import io.cxr.model.PreprocessingStep.ChannelReplication;
import io.cxr.model.PreprocessingStep.GaussianBlur;
import io.cxr.model.PreprocessingStep.HistogramEqualization;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.PreprocessingStep.Resize;
import io.cxr.model.Resampling;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PreprocessingOptionTest {
  private static final PreprocessingSpec OWN =
      PreprocessingSpec.of(64, 64, Resampling.NEAREST, 3, Normalization.Kind.UNIT_RANGE);

  private static PreprocessingSpec parse(String text) {
    return PreprocessingOption.parse(text, 96, OWN.steps(), OWN.layout());
  }

  private static PreprocessingStep last(String text) {
    PreprocessingSpec parsed = parse(text);
    assertEquals(new InputShape(3, 96, 96, OWN.layout()), parsed.inputShape());
    return parsed.steps().get(parsed.steps().size() - 1);
  }

  @Test
  void stepsComeInTheirOrderAndTheNetworksOwnBehind() {
    assertEquals(
        List.of(
            new BorderCrop(0.1),
            new Resize(96, 96, Resampling.BILINEAR),
            new HistogramEqualization(),
            new GaussianBlur(1.5),
            new ChannelReplication(3),
            new Normalization(Normalization.Kind.UNIT_RANGE)),
        parse("crop=0.1,resize=bilinear,equalize,blur=1.5").steps());
  }

  @ParameterizedTest
  @CsvSource({
    "unit-range, UNIT_RANGE",
    "signed-unit-range, SIGNED_UNIT_RANGE",
    "caffe-bgr-mean, CAFFE_BGR_MEAN",
    "torch-mean-deviation, TORCH_MEAN_DEVIATION",
    "z-score, Z_SCORE"
  })
  void aNormalizationIsNamedAsInACard(String name, Normalization.Kind kind) {
    assertEquals(new Normalization(kind), last("normalize=" + name + ",equalize"));
  }

  @Test
  void aNormalizationMayHaveNumbers() {
    assertEquals(
        new ChannelNormalization(List.of(124.5, 116.0, 104.0), List.of(58.0, 57.0, -57.0)),
        last("equalize,normalize=124.5:116:104/58:57:-57"));
    assertEquals(
        new ChannelNormalization(List.of(127.5, 127.5, 127.5), List.of(64.0, 64.0, 64.0)),
        last("normalize=127.5/64"));
    assertEquals(
        new ChannelNormalization(List.of(1.0, 2.0, 3.0), List.of(64.0, 64.0, 64.0)),
        last("normalize=1:2:3/64"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "zoom",
        "crop",
        "blur=x",
        "resize=cubic",
        "normalize",
        "normalize=imagenet",
        "normalize=1",
        "normalize=1/2/3",
        "normalize=1:x:3/1",
        "normalize=1:2/1",
        "normalize=1/0",
        "normalize=unit-range,normalize=z-score"
      })
  void anythingElseIsRefused(String text) {
    IllegalArgumentException error =
        assertThrows(IllegalArgumentException.class, () -> parse(text));
    assertTrue(error.getMessage().startsWith("--preprocess"), error.getMessage());
    assertTrue(error.getMessage().contains("expected"), error.getMessage());
    assertTrue(error.getMessage().contains("found"), error.getMessage());
  }
}
