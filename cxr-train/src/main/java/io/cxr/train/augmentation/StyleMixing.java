package io.cxr.train.augmentation;

import io.cxr.radiograph.Radiograph;
import java.util.SplittableRandom;

/**
 * Gives a radiograph the look of another, its donor, and leaves what it shows. Half of the changes
 * are histogram specification: the donor's distribution of gray levels. Half replace the amplitudes
 * of the lowest spatial frequencies, and not the phases, by the donor's (Yang and Soatto, FDA, CVPR
 * 2020). With donors of the other sources, or of the other classes, gray scale and shading no
 * longer tell the classes apart where each class comes from another hospital.
 *
 * @param probability the share of views that are mixed, from 0 to 1; 0 changes nothing
 * @param leastBandwidth the least share of the frequencies that is replaced, above 0
 * @param greatestBandwidth the greatest, below 0.2; each share is the half width of a square about
 *     frequency 0 over the image's short side
 */
public record StyleMixing(double probability, double leastBandwidth, double greatestBandwidth) {

  /** Changes nothing. */
  public static final StyleMixing NONE = new StyleMixing(0, 0.005, 0.05);

  /** The bandwidth of {@link #exchanged}. */
  private static final double EXCHANGED = 0.03;

  /** Checks the values. */
  public StyleMixing {
    if (!(probability >= 0 && probability <= 1)
        || !(leastBandwidth > 0
            && leastBandwidth <= greatestBandwidth
            && greatestBandwidth < 0.2)) {
      throw new IllegalArgumentException(
          "Style mixing: expected a probability from 0 to 1 and bandwidths above 0 and below 0.2,"
              + " found "
              + probability
              + ", "
              + leastBandwidth
              + " and "
              + greatestBandwidth);
    }
  }

  boolean isNone() {
    return probability == 0;
  }

  Radiograph apply(Radiograph radiograph, Donor donor, SplittableRandom random) {
    // Drawn whether they are used or not, so that one setting does not alter the others.
    boolean drawn = random.nextDouble() < probability;
    boolean byHistogram = random.nextDouble() < 0.5;
    double bandwidth = leastBandwidth + (greatestBandwidth - leastBandwidth) * random.nextDouble();
    double share = 0.5 + 0.5 * random.nextDouble();
    long seed = random.nextLong();
    if (!drawn) {
      return radiograph;
    }
    Radiograph other = SourceRandomization.reduced(donor.radiograph(seed));
    Radiograph own = SourceRandomization.reduced(radiograph);
    byte[] gray = own.toGray8();
    byte[] changed =
        byHistogram
            ? withHistogramOf(gray, other.toGray8())
            : withLowFrequenciesOf(
                gray,
                SourceRandomization.resized(other, own.rows(), own.columns()),
                own.rows(),
                own.columns(),
                bandwidth,
                share);
    return Radiograph.ofGray8(own.rows(), own.columns(), changed);
  }

  /**
   * A radiograph in the gray scale and shading of another, by both changes at full strength.
   *
   * @param radiograph what is shown
   * @param donor whose look it is given
   * @return 8-bit gray, with a long side of at most 640 pixels
   */
  public static Radiograph exchanged(Radiograph radiograph, Radiograph donor) {
    Radiograph other = SourceRandomization.reduced(donor);
    Radiograph own = SourceRandomization.reduced(radiograph);
    byte[] shaded =
        withLowFrequenciesOf(
            own.toGray8(),
            SourceRandomization.resized(other, own.rows(), own.columns()),
            own.rows(),
            own.columns(),
            EXCHANGED,
            1);
    return Radiograph.ofGray8(own.rows(), own.columns(), withHistogramOf(shaded, other.toGray8()));
  }

  /** Histogram specification (Gonzalez and Woods, section 3.3): the cumulative shares agree. */
  static byte[] withHistogramOf(byte[] gray, byte[] donor) {
    double[] own = cumulative(gray);
    double[] wanted = cumulative(donor);
    byte[] level = new byte[256];
    int above = 0;
    for (int i = 0; i < level.length; i++) {
      while (above < 255 && wanted[above] < own[i]) {
        above++;
      }
      double value = above;
      if (above > 0 && wanted[above] > wanted[above - 1] && own[i] < wanted[above]) {
        value = above - 1 + (own[i] - wanted[above - 1]) / (wanted[above] - wanted[above - 1]);
      }
      level[i] = (byte) Math.min(255, Math.max(0, Math.round(value)));
    }
    byte[] changed = new byte[gray.length];
    for (int i = 0; i < gray.length; i++) {
      changed[i] = level[gray[i] & 0xff];
    }
    return changed;
  }

  private static double[] cumulative(byte[] gray) {
    double[] shares = new double[256];
    for (byte pixel : gray) {
      shares[pixel & 0xff]++;
    }
    double sum = 0;
    for (int i = 0; i < shares.length; i++) {
      sum += shares[i];
      shares[i] = sum / gray.length;
    }
    return shares;
  }

  /**
   * Replaces amplitudes of low frequencies. Only those are transformed, there and back, which costs
   * less than a whole Fourier transform.
   *
   * @param share how far towards the donor's amplitude, from 0 to 1
   */
  static byte[] withLowFrequenciesOf(
      byte[] gray, byte[] donor, int rows, int columns, double bandwidth, double share) {
    int radius = Math.max(1, (int) (bandwidth * Math.min(rows, columns)));
    radius = Math.min(radius, (Math.min(rows, columns) - 1) / 2);
    Waves across = new Waves(columns, radius);
    Waves down = new Waves(rows, radius);
    double[][] own = spectrum(gray, rows, columns, across, down, radius);
    double[][] other = spectrum(donor, rows, columns, across, down, radius);
    // What is added to each coefficient: its own direction, times the change of its length.
    for (int i = 0; i < own[0].length; i++) {
      double length = Math.hypot(own[0][i], own[1][i]);
      double wanted = Math.hypot(other[0][i], other[1][i]);
      double factor = length < 1e-9 ? 0 : share * (wanted - length) / length;
      own[0][i] *= factor;
      own[1][i] *= factor;
    }
    return added(gray, own, rows, columns, across, down, radius);
  }

  /** Cosines and sines of the frequencies 0 to radius at every place. */
  private static final class Waves {
    private final double[][] cos;
    private final double[][] sin;

    Waves(int size, int radius) {
      cos = new double[radius + 1][size];
      sin = new double[radius + 1][size];
      for (int frequency = 0; frequency <= radius; frequency++) {
        for (int place = 0; place < size; place++) {
          double angle = 2 * Math.PI * ((long) frequency * place % size) / size;
          cos[frequency][place] = Math.cos(angle);
          sin[frequency][place] = Math.sin(angle);
        }
      }
    }
  }

  /**
   * The Fourier coefficients of rows' frequencies -radius to radius by columns' 0 to radius; the
   * others are their conjugates. Real parts, then imaginary ones.
   */
  private static double[][] spectrum(
      byte[] gray, int rows, int columns, Waves across, Waves down, int radius) {
    int width = radius + 1;
    double[] real = new double[rows * width];
    double[] imaginary = new double[rows * width];
    for (int row = 0; row < rows; row++) {
      for (int v = 0; v <= radius; v++) {
        double[] cos = across.cos[v];
        double[] sin = across.sin[v];
        double a = 0;
        double b = 0;
        for (int column = 0; column < columns; column++) {
          int pixel = gray[row * columns + column] & 0xff;
          a += pixel * cos[column];
          b -= pixel * sin[column];
        }
        real[row * width + v] = a;
        imaginary[row * width + v] = b;
      }
    }
    double[][] spectrum = new double[2][(2 * radius + 1) * width];
    for (int u = -radius; u <= radius; u++) {
      double[] cos = down.cos[Math.abs(u)];
      double[] sin = down.sin[Math.abs(u)];
      int sign = Integer.signum(u);
      for (int v = 0; v <= radius; v++) {
        double a = 0;
        double b = 0;
        for (int row = 0; row < rows; row++) {
          double c = cos[row];
          double s = -sign * sin[row];
          double x = real[row * width + v];
          double y = imaginary[row * width + v];
          a += x * c - y * s;
          b += x * s + y * c;
        }
        spectrum[0][(u + radius) * width + v] = a;
        spectrum[1][(u + radius) * width + v] = b;
      }
    }
    return spectrum;
  }

  /** The image plus the inverse transform of these coefficients and of their conjugates. */
  private static byte[] added(
      byte[] gray,
      double[][] coefficients,
      int rows,
      int columns,
      Waves across,
      Waves down,
      int radius) {
    int width = radius + 1;
    byte[] changed = new byte[gray.length];
    double[] real = new double[width];
    double[] imaginary = new double[width];
    double[] line = new double[columns];
    for (int row = 0; row < rows; row++) {
      for (int v = 0; v <= radius; v++) {
        double a = 0;
        double b = 0;
        for (int u = -radius; u <= radius; u++) {
          double c = down.cos[Math.abs(u)][row];
          double s = Integer.signum(u) * down.sin[Math.abs(u)][row];
          double x = coefficients[0][(u + radius) * width + v];
          double y = coefficients[1][(u + radius) * width + v];
          a += x * c - y * s;
          b += x * s + y * c;
        }
        // Columns' frequencies below 0 are conjugates: twice the real part.
        double twice = v == 0 ? 1 : 2;
        real[v] = twice * a / ((double) rows * columns);
        imaginary[v] = twice * b / ((double) rows * columns);
      }
      for (int column = 0; column < columns; column++) {
        line[column] = gray[row * columns + column] & 0xff;
      }
      for (int v = 0; v <= radius; v++) {
        double[] cos = across.cos[v];
        double[] sin = across.sin[v];
        for (int column = 0; column < columns; column++) {
          line[column] += real[v] * cos[column] - imaginary[v] * sin[column];
        }
      }
      for (int column = 0; column < columns; column++) {
        changed[row * columns + column] =
            (byte) Math.round(Math.min(255, Math.max(0, line[column])));
      }
    }
    return changed;
  }
}
