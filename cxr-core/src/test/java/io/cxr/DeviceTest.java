package io.cxr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class DeviceTest {

  @Test
  void namesItself() {
    assertEquals("cpu", Device.cpu().toString());
    assertEquals("cuda:1", Device.cuda(1).toString());
    assertEquals(new Device(Device.Kind.CUDA, 1), Device.cuda(1));
  }

  @Test
  void refusesOrdinalsThatCannotBe() {
    assertThrows(IllegalArgumentException.class, () -> Device.cuda(-1));
    assertThrows(IllegalArgumentException.class, () -> new Device(Device.Kind.CPU, 1));
  }

  @Test
  void isFoundByItsName() {
    assertEquals(Device.cpu(), Device.parse("cpu"));
    assertEquals(Device.cuda(0), Device.parse("cuda"));
    assertEquals(Device.cuda(13), Device.parse(Device.cuda(13).toString()));
    for (String other : List.of("", "CPU", "gpu", "cuda:", "cuda:-1", "cuda:1x", "cuda:99999")) {
      String message =
          assertThrows(IllegalArgumentException.class, () -> Device.parse(other)).getMessage();
      assertTrue(message.contains("'" + other + "'") && message.contains("cuda:N"), message);
    }
  }
}
