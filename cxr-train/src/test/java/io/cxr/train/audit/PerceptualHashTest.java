package io.cxr.train.audit;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.radiograph.Radiograph;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Copies are found and other images are not. */
class PerceptualHashTest {
  private static final int SIDE = 256;

  private static byte[] chest(long seed) {
    return PhantomSet.draw(SIDE, false, new Random(seed));
  }

  private static PerceptualHash hash(int side, byte[] pixels) {
    return PerceptualHash.of(new GrayGrid(side, side, pixels));
  }

  @Test
  void findsResizedRecompressedAndBrightenedCopies() throws IOException {
    for (long seed = 0; seed < 20; seed++) {
      byte[] chest = chest(seed);
      PerceptualHash original = hash(SIDE, chest);
      BufferedImage small = new BufferedImage(150, 150, BufferedImage.TYPE_BYTE_GRAY);
      Graphics2D graphics = small.createGraphics();
      graphics.setRenderingHint(
          RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
      graphics.drawImage(PhantomSet.image(SIDE, chest), 0, 0, 150, 150, null);
      graphics.dispose();
      byte[] resized = ((DataBufferByte) small.getRaster().getDataBuffer()).getData();
      assertTrue(original.isCopyOf(hash(150, resized)), "resized " + seed);
      byte[] recompressed = Radiograph.read(PhantomSet.jpeg(SIDE, chest, 0.3f)).toGray8();
      assertTrue(original.isCopyOf(hash(SIDE, recompressed)), "recompressed " + seed);
      byte[] brighter = chest.clone();
      for (int i = 0; i < brighter.length; i++) {
        brighter[i] = (byte) Math.min(255, Math.round(1.1f * (chest[i] & 0xff) + 8));
      }
      assertTrue(original.isCopyOf(hash(SIDE, brighter)), "brighter " + seed);
    }
  }

  @Test
  void tellsDifferentImagesApart() {
    List<PerceptualHash> hashes =
        LongStream.range(0, 20).mapToObj(seed -> hash(SIDE, chest(seed))).toList();
    for (int a = 0; a < hashes.size(); a++) {
      for (int b = a + 1; b < hashes.size(); b++) {
        assertFalse(hashes.get(a).isCopyOf(hashes.get(b)), a + " and " + b);
      }
    }
  }

  @Test
  void anEvenImageIsACopyOfNone() {
    PerceptualHash even = hash(40, new byte[40 * 40]);
    assertFalse(even.isCopyOf(even));
  }
}
