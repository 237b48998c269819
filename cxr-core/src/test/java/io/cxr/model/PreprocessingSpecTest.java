package io.cxr.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.model.PreprocessingStep.BorderCrop;
import io.cxr.model.PreprocessingStep.CentreCrop;
import io.cxr.model.PreprocessingStep.ChannelNormalization;
import io.cxr.model.PreprocessingStep.ChannelReplication;
import io.cxr.model.PreprocessingStep.Clahe;
import io.cxr.model.PreprocessingStep.GaussianBlur;
import io.cxr.model.PreprocessingStep.HistogramEqualization;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.PreprocessingStep.Resize;
import io.cxr.model.PreprocessingStep.SquarePad;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
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
            Arbitraries.just(new CentreCrop()),
            Arbitraries.integers().between(0, 255).map(SquarePad::new),
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
            normalizations(),
            Arbitraries.of(InputShape.Layout.class))
        .as(
            (before, middle, after, channels, normalization, layout) -> {
              List<PreprocessingStep> steps = new ArrayList<>(before);
              steps.add(middle);
              steps.addAll(after);
              steps.add(new ChannelReplication(channels));
              steps.add(normalization.apply(channels));
              return new PreprocessingSpec(steps, layout);
            });
  }

  /** Any last step, for a number of channels. */
  static Arbitrary<IntFunction<PreprocessingStep>> normalizations() {
    return Arbitraries.oneOf(
        Arbitraries.of(Normalization.Kind.class)
            .map(kind -> (IntFunction<PreprocessingStep>) channels -> new Normalization(kind)),
        Combinators.combine(
                Arbitraries.doubles().between(-500, 500).list().ofSize(3),
                Arbitraries.oneOf(
                        Arbitraries.doubles().between(-300, -3),
                        Arbitraries.doubles().between(3, 300))
                    .list()
                    .ofSize(3))
            .as(
                (means, deviations) ->
                    channels ->
                        new ChannelNormalization(
                            means.subList(0, channels), deviations.subList(0, channels))));
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
    ChannelNormalization byChannel = new ChannelNormalization(List.of(1.0), List.of(2.0));
    assertRefused(resize, replication, byChannel, normalization);
    assertRefused(resize, replication, normalization, byChannel);
    assertRefused(byChannel);
    // As many numbers as channels.
    assertRefused(resize, new ChannelReplication(3), byChannel);
    assertEquals(
        1,
        new PreprocessingSpec(
                List.of(resize, replication, byChannel), InputShape.Layout.CHANNELS_FIRST)
            .inputShape()
            .channels());
  }

  @Test
  void namedNormalizationsAreNumbersOfChannels() {
    assertEquals(
        Optional.of(
            new ChannelNormalization(List.of(103.939, 116.779, 123.68), List.of(1.0, 1.0, 1.0))),
        new Normalization(Normalization.Kind.CAFFE_BGR_MEAN).byChannel(3));
    assertEquals(
        Optional.of(new ChannelNormalization(List.of(127.5), List.of(127.5))),
        new Normalization(Normalization.Kind.SIGNED_UNIT_RANGE).byChannel(1));
    assertEquals(Optional.empty(), new Normalization(Normalization.Kind.Z_SCORE).byChannel(3));
    ChannelNormalization own =
        new ChannelNormalization(List.of(1.0, 2.0, 3.0), List.of(4.0, 5.0, -6.0));
    PreprocessingSpec spec = PreprocessingSpec.of(4, 5, Resampling.NEAREST, own);
    assertEquals(Optional.of(own), spec.channelNormalization());
    assertEquals(new InputShape(3, 4, 5, InputShape.Layout.CHANNELS_FIRST), spec.inputShape());
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
    for (List<List<Double>> wrong :
        List.of(
            List.of(List.<Double>of(), List.<Double>of()),
            List.of(List.of(1.0, 2.0), List.of(1.0, 2.0)),
            List.of(List.of(1.0), List.of(1.0, 2.0, 3.0)),
            List.of(List.of(Double.NaN), List.of(1.0)),
            List.of(List.of(1.0), List.of(Double.POSITIVE_INFINITY)),
            List.of(List.of(0.0), List.of(0.0)),
            List.of(List.of(300.0), List.of(0.0)),
            // Gray levels would be more than 32-bit numbers can be.
            List.of(List.of(0.0), List.of(1e-40)))) {
      IllegalArgumentException error =
          assertThrows(
              IllegalArgumentException.class,
              () -> new ChannelNormalization(wrong.get(0), wrong.get(1)));
      assertTrue(error.getMessage().contains("found means " + wrong.get(0)), error.getMessage());
    }
  }
}
