package io.cxr.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class OutputActivationTest {
  private static final double EXACT = 1e-12;

  @Test
  void countsUnits() {
    assertEquals(3, OutputActivation.SOFTMAX.units(3));
    assertEquals(2, OutputActivation.SIGMOID_PER_LABEL.units(2));
    assertEquals(1, OutputActivation.SIGMOID_OF_SECOND_LABEL.units(2));
  }

  @Test
  void oneSigmoidIsTheSecondLabel() {
    assertArrayEquals(
        new double[] {0.25, 0.75},
        OutputActivation.SIGMOID_OF_SECOND_LABEL.probabilities(new float[] {0.75f}),
        EXACT);
    assertThrows(
        IllegalArgumentException.class,
        () -> OutputActivation.SIGMOID_OF_SECOND_LABEL.probabilities(new float[] {0.5f, 0.5f}));
  }

  @Test
  void severalSigmoidsAreDividedByTheirSum() {
    assertArrayEquals(
        new double[] {0.25, 0.75},
        OutputActivation.SIGMOID_PER_LABEL.probabilities(new float[] {0.25f, 0.75f}),
        EXACT);
    assertArrayEquals(
        new double[] {0.5, 0.5},
        OutputActivation.SIGMOID_PER_LABEL.probabilities(new float[] {1, 1}),
        EXACT);
    assertArrayEquals(
        new double[] {0.5, 0.5},
        OutputActivation.SIGMOID_PER_LABEL.probabilities(new float[] {0, 0}),
        EXACT);
  }

  @Test
  void refusesWhatIsNoActivation() {
    for (float bad : new float[] {Float.NaN, -0.1f, 1.1f, Float.POSITIVE_INFINITY}) {
      for (OutputActivation output : EnumSet.complementOf(EnumSet.of(OutputActivation.IDENTITY))) {
        assertThrows(IllegalArgumentException.class, () -> output.probabilities(new float[] {bad}));
      }
    }
  }

  @Test
  void measuredValuesAreNoProbabilities() {
    assertThrows(
        UnsupportedOperationException.class,
        () -> OutputActivation.IDENTITY.probabilities(new float[] {0.5f}));
  }

  @Property
  void probabilitiesSumTo1(
      @ForAll @Size(min = 2, max = 6) List<@FloatRange(min = 0, max = 1) Float> values) {
    float[] output = new float[values.size()];
    for (int i = 0; i < output.length; i++) {
      output[i] = values.get(i);
    }
    for (OutputActivation activation :
        new OutputActivation[] {OutputActivation.SOFTMAX, OutputActivation.SIGMOID_PER_LABEL}) {
      double[] probabilities = activation.probabilities(output);
      assertEquals(1, Arrays.stream(probabilities).sum(), 1e-9);
      assertTrue(Arrays.stream(probabilities).allMatch(p -> p >= 0 && p <= 1));
    }
  }
}
