package io.cxr.error;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cxr.error.UnsupportedRadiographException.Reason;
import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class CxrExceptionTest {

  @Test
  void hasFiveKindsThatNobodyMustCatch() {
    assertEquals(
        Set.of(
            CapacityExceededException.class,
            DeviceUnavailableException.class,
            InferenceException.class,
            ModelFormatException.class,
            UnsupportedRadiographException.class),
        Arrays.stream(CxrException.class.getPermittedSubclasses()).collect(Collectors.toSet()));
    assertEquals(RuntimeException.class, CxrException.class.getSuperclass());
  }

  @Test
  void keepsMessageCauseAndReason() {
    Throwable cause = new IllegalStateException("beneath");
    for (CxrException error :
        new CxrException[] {
          new CapacityExceededException("m", cause),
          new DeviceUnavailableException(
              DeviceUnavailableException.Reason.DRIVER_MISSING, "m", cause),
          new InferenceException("m", cause),
          new ModelFormatException("m", cause),
          new UnsupportedRadiographException(Reason.DAMAGED, "m", cause)
        }) {
      assertEquals("m", error.getMessage());
      assertSame(cause, error.getCause());
    }
    assertEquals(
        DeviceUnavailableException.Reason.NO_SUCH_CARD,
        new DeviceUnavailableException(DeviceUnavailableException.Reason.NO_SUCH_CARD, "m")
            .reason());
    assertEquals(
        Reason.TOO_LARGE, new UnsupportedRadiographException(Reason.TOO_LARGE, "m").reason());
  }

  @Test
  void aNovelImageHasItsScoreAndOthersHaveNone() {
    UnsupportedRadiographException novel = UnsupportedRadiographException.novel("m", 7.5, 3.25);
    assertEquals(Reason.NOT_A_CHEST_RADIOGRAPH, novel.reason());
    assertEquals("m", novel.getMessage());
    assertEquals(OptionalDouble.of(7.5), novel.novelty());
    assertEquals(OptionalDouble.of(3.25), novel.noveltyThreshold());
    UnsupportedRadiographException other = new UnsupportedRadiographException(Reason.EMPTY, "m");
    assertEquals(OptionalDouble.empty(), other.novelty());
    assertEquals(OptionalDouble.empty(), other.noveltyThreshold());
  }

  @Test
  @SuppressWarnings("NullAway")
  void anUnsupportedRadiographHasAReason() {
    assertThrows(NullPointerException.class, () -> new UnsupportedRadiographException(null, "m"));
  }
}
