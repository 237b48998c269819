package io.cxr.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cxr.model.PreprocessingStep.BorderCrop;
import io.cxr.model.PreprocessingStep.ChannelReplication;
import io.cxr.model.PreprocessingStep.Clahe;
import io.cxr.model.PreprocessingStep.GaussianBlur;
import io.cxr.model.PreprocessingStep.HistogramEqualization;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.PreprocessingStep.Resize;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import org.junit.jupiter.api.Test;

public class PreprocessingSpecTest {
  /** Any valid specification whose input has at most so many rows and columns. */
  public static Arbitrary<PreprocessingSpec> anySpec(int largest) {
    Arbitrary<PreprocessingStep> gray =
        Arbitraries.oneOf(
            Arbitraries.doubles()
                .between(0, true, 0.5, false)
                .map(fraction -> (PreprocessingStep) new BorderCrop(fraction)),
            Arbitraries.just(new HistogramEqualization()),
            Combinators.combine(
                    Arbitraries.doubles().between(0, false, 100, true),
                    Arbitraries.integers().between(1, 16),
                    Arbitraries.integers().between(1, 16))
                .as(Clahe::new),
            Arbitraries.doubles().between(0, false, 9, true).map(GaussianBlur::new));
    Arbitrary<Resize> resize =
        Combinators.combine(
                Arbitraries.integers().between(1, largest),
                Arbitraries.integers().between(1, largest),
                Arbitraries.of(Resampling.class))
            .as(Resize::new);
    return Combinators.combine(
            gray.list().ofMaxSize(3),
            resize,
            gray.list().ofMaxSize(2),
            Arbitraries.of(1, 3),
            Arbitraries.of(Normalization.Kind.class),
            Arbitraries.of(InputShape.Layout.class))
        .as(
            (before, middle, after, channels, kind, layout) -> {
              List<PreprocessingStep> steps = new ArrayList<>(before);
              steps.add(middle);
              steps.addAll(after);
              steps.add(new ChannelReplication(channels));
              steps.add(new Normalization(kind));
              return new PreprocessingSpec(steps, layout);
            });
  }

  @Test
  void orderIsChecked() {
    Resize resize = new Resize(4, 4, Resampling.NEAREST);
    ChannelReplication replication = new ChannelReplication(1);
    Normalization normalization = new Normalization(Normalization.Kind.UNIT_RANGE);
    assertRefused();
    assertRefused(normalization);
    assertRefused(resize, normalization, replication);
    assertRefused(replication, resize, normalization);
    assertRefused(resize, resize, replication, normalization);
    assertRefused(resize, replication, normalization, new HistogramEqualization());
  }

  private static void assertRefused(PreprocessingStep... steps) {
    assertThrows(
        IllegalArgumentException.class,
        () -> new PreprocessingSpec(List.of(steps), InputShape.Layout.CHANNELS_FIRST));
  }

  @Test
  void aCropAfterTheResizeMakesTheInputSmaller() {
    PreprocessingSpec spec =
        new PreprocessingSpec(
            List.of(
                new BorderCrop(0.2),
                new Resize(10, 21, Resampling.NEAREST),
                new BorderCrop(0.1),
                new ChannelReplication(3),
                new Normalization(Normalization.Kind.UNIT_RANGE)),
            InputShape.Layout.CHANNELS_FIRST);
    assertEquals(new InputShape(3, 8, 17, InputShape.Layout.CHANNELS_FIRST), spec.inputShape());
  }

  @Test
  void stepsCheckTheirValues() {
    assertThrows(IllegalArgumentException.class, () -> new BorderCrop(0.5));
    assertThrows(IllegalArgumentException.class, () -> new BorderCrop(Double.NaN));
    assertThrows(IllegalArgumentException.class, () -> new Clahe(0, 8, 8));
    assertThrows(IllegalArgumentException.class, () -> new Clahe(2, 8, 0));
    assertThrows(IllegalArgumentException.class, () -> new Clahe(2, 257, 8));
    assertThrows(IllegalArgumentException.class, () -> new GaussianBlur(0));
    assertThrows(IllegalArgumentException.class, () -> new GaussianBlur(101));
    assertThrows(IllegalArgumentException.class, () -> new ChannelReplication(2));
  }
}
