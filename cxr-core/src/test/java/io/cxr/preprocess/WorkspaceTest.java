package io.cxr.preprocess;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class WorkspaceTest {

  @Test
  void pixelsTakeTurnsAndAreKept() {
    Workspace workspace = new Workspace();
    byte[] one = workspace.pixels(100);
    byte[] other = workspace.pixels(60);
    assertNotSame(one, other);
    assertSame(one, workspace.pixels(100));
    assertSame(other, workspace.pixels(7));
    assertTrue(workspace.pixels(101).length >= 101);
  }

  @Test
  void linesGrowWithoutLosingTheirNumber() {
    Workspace workspace = new Workspace();
    workspace.lines(5, 10);
    int[][] wide = workspace.lines(2, 30);
    assertTrue(wide[0].length >= 30 && wide[1].length >= 30);
    int[][] many = workspace.lines(7, 20);
    for (int i = 0; i < 7; i++) {
      assertTrue(many[i].length >= 20);
    }
  }

  @Test
  void countsWhatItHolds() {
    Workspace workspace = new Workspace();
    assertEquals(0, workspace.heldBytes());
    workspace.pixels(100);
    workspace.pixels(11);
    workspace.bytes(1000);
    workspace.sums(10);
    workspace.floats(20);
    workspace.lines(3, 5);
    assertEquals(100 + 11 + 1000 + 40 + 80 + 3 * (20 + 24), workspace.heldBytes());
  }
}
