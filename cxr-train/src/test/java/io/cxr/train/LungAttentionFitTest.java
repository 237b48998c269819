package io.cxr.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.onnx.SessionSettings;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.RadiographReader;
import io.cxr.train.LungAttentionFit.MaskedFilm;
import io.cxr.train.architecture.PretrainedArchitecture;
import io.cxr.train.network.LungAttention;
import io.cxr.train.network.Network;
import io.cxr.train.network.Pooling;
import io.cxr.train.network.RandomKerasWeights;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lungs are found where they are, by what is in a cell and not by its place alone. */
class LungAttentionFitTest {
  private static final int SIZE = 64;
  private static final Network MOBILENET = Network.named("mobilenet").orElseThrow();
  private static final PretrainedArchitecture SMALL =
      PretrainedArchitecture.of(MOBILENET)
          .withLastLayer("conv_pw_3_relu")
          .withPreprocessing(
              PreprocessingSpec.of(
                  SIZE, SIZE, Resampling.BILINEAR, 3, Normalization.Kind.SIGNED_UNIT_RANGE));

  @TempDir Path folder;

  /** A bright film with two dark lungs that are shifted to the right. */
  private MaskedFilm draw(int number, int shift, Random random) throws IOException {
    BufferedImage film = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_BYTE_GRAY);
    BufferedImage mask = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_BYTE_GRAY);
    Graphics2D white = mask.createGraphics();
    white.setColor(Color.WHITE);
    white.fillRect(4 + shift, 12, 16, 40);
    white.fillRect(28 + shift, 12, 16, 40);
    white.dispose();
    for (int y = 0; y < SIZE; y++) {
      for (int x = 0; x < SIZE; x++) {
        int gray = mask.getRaster().getSample(x, y, 0) > 0 ? 40 : 180;
        film.getRaster().setSample(x, y, 0, gray + random.nextInt(40));
      }
    }
    Path filmFile = folder.resolve(number + ".png");
    Path maskFile = folder.resolve(number + "-mask.png");
    ImageIO.write(film, "png", filmFile.toFile());
    ImageIO.write(mask, "png", maskFile.toFile());
    return new MaskedFilm(filmFile, maskFile);
  }

  @Test
  void lungsAreFoundInFilmsThatWereNotLearntFrom() throws Exception {
    Path weights = folder.resolve("mobilenet.h5");
    RandomKerasWeights.write(SMALL.layers(), weights, 3, 0.3);
    Random random = new Random(4);
    List<MaskedFilm> films = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      films.add(draw(i, i % 3 * 8, random));
    }
    LungAttention lungs = LungAttentionFit.of(SMALL, weights, films);
    assertEquals(16, lungs.rows());
    assertEquals(16, lungs.columns());
    LungAttention same = LungAttentionFit.of(SMALL, weights, films);
    assertArrayEquals(lungs.places(), same.places(), "repeats");
    double[] beside = columns(weights, lungs, draw(100, 0, random));
    double[] within = columns(weights, lungs, draw(101, 8, random));
    // The sixth column is between the lungs of one film and in a lung of the other.
    assertTrue(within[6] - beside[6] > 0.4, () -> within[6] + ", " + beside[6]);
    // The last is in no film's lungs.
    assertTrue(within[6] - within[15] > 0.6, () -> within[6] + ", " + within[15]);
  }

  /** How likely each column is lung, between the top and the bottom of the lungs. */
  private static double[] columns(Path weights, LungAttention lungs, MaskedFilm film)
      throws Exception {
    float[] found = found(weights, lungs, film);
    double[] columns = new double[16];
    for (int column = 0; column < 16; column++) {
      for (int row = 5; row < 11; row++) {
        columns[column] += found[row * 16 + column] / 6.0;
      }
    }
    return columns;
  }

  private static float[] found(Path weights, LungAttention lungs, MaskedFilm film)
      throws Exception {
    byte[] graph = SMALL.load(weights).frozen().features(Pooling.FLATTEN);
    try (GrayFeatures base =
        new GrayFeatures(graph, SMALL.preprocessing(), SessionSettings.defaults())) {
      byte[] gray =
          StandardPreprocessor.of(SMALL.preprocessing())
              .gray(RadiographReader.standard().read(film.film()));
      return lungs.of(base.of(List.of(gray)).get(0));
    }
  }

  @Test
  void withoutFilmsNothingIsLearnt() {
    assertThrows(
        IllegalArgumentException.class,
        () -> LungAttentionFit.of(SMALL, folder.resolve("none.h5"), List.of()));
  }
}
