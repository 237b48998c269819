package io.cxr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.error.InferenceException;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.error.UnsupportedRadiographException.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OutcomeTest {
  private final UnsupportedRadiographException lateral =
      new UnsupportedRadiographException(Reason.UNSUPPORTED_VIEW, "lateral");

  @Test
  void aSuccessHasAnAnswer() {
    Outcome<String> success = Outcome.of(() -> "NORMAL");
    assertEquals(Outcome.success("NORMAL"), success);
    assertTrue(success.isSuccess());
    assertEquals(Optional.of("NORMAL"), success.answer());
    assertEquals(Optional.empty(), success.failure());
    assertEquals("NORMAL", success.orThrow());
    assertEquals(Outcome.success(6), success.map(String::length));
  }

  @Test
  void aRefusalHasACauseAndPerhapsAReason() {
    Outcome<String> refusal =
        Outcome.of(
            () -> {
              throw lateral;
            });
    assertFalse(refusal.isSuccess());
    assertEquals(Optional.empty(), refusal.answer());
    assertEquals(Optional.of(lateral), refusal.failure());
    assertSame(
        lateral, assertThrows(UnsupportedRadiographException.class, () -> refusal.orThrow()));
    assertEquals(Outcome.refusal(lateral), refusal.map(String::length));
    assertEquals(
        Optional.of(Reason.UNSUPPORTED_VIEW), new Outcome.Refusal<String>(lateral).reason());
    assertEquals(
        Optional.empty(), new Outcome.Refusal<String>(new InferenceException("m")).reason());
  }

  @Test
  void aFileThatCannotBeReadIsNoCheckedException() {
    IOException missing = new IOException("missing");
    UncheckedIOException thrown =
        assertThrows(UncheckedIOException.class, () -> Outcome.refusal(missing).orThrow());
    assertSame(missing, thrown.getCause());
  }

  @Test
  void mistakesOfTheCallerAreNoOutcome() {
    assertThrows(
        IllegalStateException.class,
        () ->
            Outcome.of(
                () -> {
                  throw new IllegalStateException("closed");
                }));
  }
}
