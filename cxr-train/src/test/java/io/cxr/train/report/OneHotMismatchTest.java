package io.cxr.train.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;

class OneHotMismatchTest {

  @Property
  void accuracyIsExactlyAHalfAndLossAtLeastLnTwoWhateverTheNetworkAnswers(
      @ForAll @Size(min = 1, max = 50) List<@DoubleRange(min = 0, max = 1) Double> answers,
      @ForAll long truth) {
    double[] p = answers.stream().mapToDouble(Double::doubleValue).toArray();
    boolean[] second = new boolean[p.length];
    boolean[] inverted = new boolean[p.length];
    for (int i = 0; i < p.length; i++) {
      second[i] = (truth >> i & 1) == 1;
      inverted[i] = !second[i];
    }
    OneHotMismatch mismatch = OneHotMismatch.of(p, second);
    assertEquals(0.5, mismatch.accuracy());
    assertTrue(mismatch.loss() >= Math.log(2) - 1e-12, "loss " + mismatch.loss());
    // It knows nothing of the truth, which the honest accuracy does.
    assertEquals(mismatch.loss(), OneHotMismatch.of(p, inverted).loss(), 1e-9);
    assertEquals(
        1, mismatch.honestAccuracy() + OneHotMismatch.of(p, inverted).honestAccuracy(), 1e-12);
  }

  @Example
  void aPerfectNetworkLooksAsBadAsAnyOther() {
    OneHotMismatch mismatch =
        OneHotMismatch.of(new double[] {0.01, 0.99}, new boolean[] {false, true});
    assertEquals(1, mismatch.honestAccuracy());
    assertEquals(-Math.log(0.99), mismatch.honestLoss(), 1e-12);
    assertEquals(0.5, mismatch.accuracy());
    assertEquals(-(Math.log(0.99) + Math.log(0.01)) / 2, mismatch.loss(), 1e-12);
  }

  @Example
  void refusesWhatIsNoAnswer() {
    assertThrows(
        IllegalArgumentException.class, () -> OneHotMismatch.of(new double[0], new boolean[0]));
    assertThrows(
        IllegalArgumentException.class, () -> OneHotMismatch.of(new double[1], new boolean[2]));
    assertThrows(
        IllegalArgumentException.class,
        () -> OneHotMismatch.of(new double[] {Double.NaN}, new boolean[1]));
  }
}
