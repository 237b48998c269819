package io.cxr.preprocess;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.cxr.golden.NpyFile;
import io.cxr.model.InputShape;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep;
import io.cxr.model.PreprocessingStep.CentreCrop;
import io.cxr.model.PreprocessingStep.ChannelReplication;
import io.cxr.model.PreprocessingStep.FullDepth;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.PreprocessingStep.Resize;
import io.cxr.model.PreprocessingStep.SquarePad;
import io.cxr.model.Resampling;
import io.cxr.radiograph.PixelRegion;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Crops, pads and resizes against small arrays by hand, and against Pillow and OpenCV. */
class PillowAndOpenCvTest {
  private static final String PYTHON = "/usr/bin/python3";

  /** From rows and columns to rows and columns. */
  private static final int[][] SIZES = {
    {97, 131, 32, 32},
    {64, 64, 32, 32},
    {63, 96, 21, 32},
    {50, 60, 49, 59},
    {30, 41, 64, 64},
    {200, 120, 50, 30},
    {7, 9, 1, 1},
    {128, 128, 48, 80},
  };

  @TempDir Path folder;

  private static StandardPreprocessor preprocessor(PreprocessingStep... first) {
    List<PreprocessingStep> steps = new ArrayList<>(List.of(first));
    steps.add(new ChannelReplication(1));
    steps.add(new Normalization(Normalization.Kind.UNIT_RANGE));
    return StandardPreprocessor.of(new PreprocessingSpec(steps, InputShape.Layout.CHANNELS_FIRST));
  }

  /** The same picture in Python: {@code (a * row + b * column + row * column) % 256}. */
  private static byte[] picture(int rows, int columns) {
    byte[] pixels = new byte[rows * columns];
    for (int i = 0; i < pixels.length; i++) {
      int row = i / columns;
      int column = i % columns;
      pixels[i] = (byte) (37 * row + 101 * column + row * column);
    }
    return pixels;
  }

  private static Radiograph radiograph(int rows, int columns) {
    return Radiograph.ofGray8(rows, columns, picture(rows, columns));
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private byte[] python(String module, String code) throws IOException, InterruptedException {
    assumeTrue(Files.isExecutable(Path.of(PYTHON)), "SKIPPED: no " + PYTHON);
    Path out = folder.resolve("out.npy");
    String whole =
        "import sys\ntry:\n import numpy as np\n import "
            + module
            + "\nexcept ImportError:\n sys.exit(3)\n"
            + "def picture(r, c):\n"
            + " y, x = np.mgrid[0:r, 0:c]\n"
            + " return (37 * y + 101 * x + y * x).astype(np.uint8)\n"
            + code;
    Process process =
        new ProcessBuilder(PYTHON, "-c", whole, out.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    assertTrue(process.waitFor(10, TimeUnit.MINUTES), "Python goes on and on");
    assumeTrue(process.exitValue() != 3, "SKIPPED: " + PYTHON + " has no " + module);
    assertEquals(0, process.exitValue(), () -> read(folder.resolve("log")));
    return NpyFile.read(out).bytes();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private byte[] all(String module, String each) throws IOException, InterruptedException {
    StringBuilder code = new StringBuilder("parts = []\n");
    for (int[] size : SIZES) {
      code.append(
          String.format(
              "r, c, h, w = %d, %d, %d, %d%nparts.append(np.ravel(%s))%n",
              size[0], size[1], size[2], size[3], each));
    }
    return python(module, code + "np.save(sys.argv[1], np.concatenate(parts))\n");
  }

  private static byte[] ours(Resampling resampling) {
    byte[] all = new byte[0];
    for (int[] size : SIZES) {
      byte[] gray =
          preprocessor(new Resize(size[2], size[3], resampling)).gray(radiograph(size[0], size[1]));
      byte[] joined = Arrays.copyOf(all, all.length + gray.length);
      System.arraycopy(gray, 0, joined, all.length, gray.length);
      all = joined;
    }
    return all;
  }

  @Test
  void bicubicEqualsPillow() throws Exception {
    byte[] pillow =
        all(
            "PIL.Image",
            "np.asarray(PIL.Image.fromarray(picture(r, c)).resize((w, h), PIL.Image.BICUBIC))");
    assertArrayEquals(pillow, ours(Resampling.BICUBIC));
  }

  @Test
  void areaEqualsOpenCv() throws Exception {
    // Enlarging, OpenCV interpolates: that is another thing.
    byte[] openCv =
        all(
            "cv2",
            "cv2.resize(picture(r, c), (w, h), interpolation=cv2.INTER_AREA)"
                + " if h <= r and w <= c else np.zeros((h, w), np.uint8)");
    byte[] ours = ours(Resampling.AREA);
    int at = 0;
    int different = 0;
    int compared = 0;
    for (int[] size : SIZES) {
      for (int i = 0; i < size[2] * size[3]; i++, at++) {
        if (size[2] <= size[0] && size[3] <= size[1]) {
          int difference = Math.abs((ours[at] & 0xff) - (openCv[at] & 0xff));
          assertTrue(difference <= 1, "pixel " + i + " of " + size[0] + " x " + size[1]);
          different += difference;
          compared++;
        }
      }
    }
    // Values near a half, which floats round to either side.
    assertTrue(different <= compared / 1000, different + " of " + compared);
  }

  /** Pillow's, of two pictures, as committed numbers. */
  @Test
  void goldenBicubic() {
    Radiograph film = radiograph(5, 7);
    assertArrayEquals(
        bytes(GOLDEN_DOWN), preprocessor(new Resize(3, 4, Resampling.BICUBIC)).gray(film));
    assertArrayEquals(
        bytes(GOLDEN_UP), preprocessor(new Resize(6, 8, Resampling.BICUBIC)).gray(film));
  }

  private static final int[] GOLDEN_DOWN = {
    64, 161, 136, 135, 119, 112, 140, 136, 179, 146, 99, 117
  };
  private static final int[] GOLDEN_UP = {
    0, 78, 188, 110, 71, 189, 239, 88, 24, 105, 231, 147, 112, 156, 80, 126, 55, 149, 127, 98, 172,
    186, 53, 165, 86, 188, 63, 83, 156, 128, 109, 214, 119, 219, 111, 138, 107, 29, 146, 180, 146,
    247, 140, 166, 147, 81, 144, 0
  };

  @Test
  void areaMeansByHand() {
    Radiograph film = Radiograph.ofGray8(2, 3, bytes(0, 30, 60, 6, 36, 66));
    // Halves go up where both axes are halved, else to even.
    assertArrayEquals(bytes(13, 53), preprocessor(new Resize(1, 2, Resampling.AREA)).gray(film));
    Radiograph half = Radiograph.ofGray8(2, 2, bytes(0, 1, 1, 0));
    assertArrayEquals(bytes(1), preprocessor(new Resize(1, 1, Resampling.AREA)).gray(half));
    Radiograph line = Radiograph.ofGray8(1, 4, bytes(0, 1, 1, 2));
    assertArrayEquals(bytes(0, 2), preprocessor(new Resize(1, 2, Resampling.AREA)).gray(line));
  }

  @Test
  void squaresByHand() {
    Radiograph film = Radiograph.ofGray8(2, 5, bytes(0, 1, 2, 3, 4, 10, 11, 12, 13, 14));
    // 5 / 2 - 2 / 2 = 1, as TorchXRayVision has it.
    assertArrayEquals(
        bytes(1, 2, 11, 12),
        preprocessor(new CentreCrop(), new Resize(2, 2, Resampling.NEAREST)).gray(film));
    assertArrayEquals(
        bytes(9, 9, 9, 9, 9, 0, 1, 2, 3, 4, 10, 11, 12, 13, 14, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9),
        preprocessor(new SquarePad(9), new Resize(5, 5, Resampling.NEAREST)).gray(film));
  }

  @Test
  void aPaddedInputShowsTheRadiographInItsPart() {
    StandardPreprocessor padded =
        preprocessor(new SquarePad(0), new Resize(10, 10, Resampling.BILINEAR));
    assertEquals(new PixelRegion(0, 0, 100, 40), padded.sourceRegion(100, 40));
    assertEquals(new StandardPreprocessor.VisiblePart(0, 0.3, 1, 0.7), padded.visiblePart(100, 40));
    StandardPreprocessor cropped =
        preprocessor(new CentreCrop(), new Resize(10, 10, Resampling.BILINEAR));
    assertEquals(new PixelRegion(30, 0, 40, 40), cropped.sourceRegion(100, 40));
    assertTrue(cropped.visiblePart(100, 40).isAll());
  }

  private static float[] tensor(StandardPreprocessor preprocessor, Radiograph film) {
    FloatBuffer values = FloatBuffer.allocate(preprocessor.inputShape().elements());
    preprocessor.preprocess(film, values);
    return values.array();
  }

  @Test
  void fullDepthKeepsAllBits() {
    short[] pixels = new short[16];
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = (short) (30000 + i);
    }
    Radiograph film = Radiograph.ofGray16(4, 4, 16, pixels);
    float[] deep =
        tensor(preprocessor(new FullDepth(), new Resize(4, 4, Resampling.BILINEAR)), film);
    float[] flat = tensor(preprocessor(new Resize(4, 4, Resampling.BILINEAR)), film);
    for (int i = 0; i < deep.length; i++) {
      assertEquals((float) ((30000 + i) / 65535.0), deep[i], 1e-7f);
      assertEquals(flat[0], flat[i]);
    }
    // On 8-bit films it is the same arithmetic on 257 times the level, with a finer rounding.
    for (Resampling resampling : Resampling.values()) {
      Radiograph small = radiograph(41, 30);
      float[] fine =
          tensor(
              preprocessor(
                  new FullDepth(),
                  new CentreCrop(),
                  new Resize(12, 12, resampling),
                  new SquarePad(3)),
              small);
      float[] coarse =
          tensor(
              preprocessor(new CentreCrop(), new Resize(12, 12, resampling), new SquarePad(3)),
              small);
      assertArrayEquals(coarse, fine, 1.01f / 255, resampling.name());
    }
  }
}
