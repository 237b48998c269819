package io.cxr.explain;

/**
 * Colours for the values of a heatmap. {@link #JET} is what most papers on Grad-CAM print, and
 * invents edges where its brightness jumps; {@link #VIRIDIS} and {@link #INFERNO} rise evenly in
 * brightness, in print and to colour-blind eyes too.
 *
 * <p>All are within one level of matplotlib's maps of the same name.
 */
public enum Colormap {
  /** From dark blue through cyan, yellow and red to dark red. */
  JET(jet()),

  /** From dark violet through green to yellow (Smith and van der Walt, 2015). */
  VIRIDIS(
      between(
          0x440154, 0x45085b, 0x470f62, 0x471669, 0x481d6f, 0x482374, 0x472a79, 0x46307d, 0x453681,
          0x433c84, 0x414286, 0x3e4888, 0x3c4d8a, 0x3a538b, 0x37588c, 0x355d8c, 0x32628d, 0x30678d,
          0x2e6c8e, 0x2c718e, 0x2a768e, 0x287a8e, 0x267f8e, 0x24848d, 0x23898d, 0x218d8c, 0x1f928c,
          0x1e978a, 0x1e9b89, 0x1ea087, 0x20a585, 0x23a982, 0x28ae7f, 0x2eb27c, 0x35b778, 0x3dbb74,
          0x45bf6f, 0x4fc369, 0x59c764, 0x64cb5d, 0x70ce56, 0x7cd24f, 0x88d547, 0x95d73f, 0xa2da37,
          0xafdc2e, 0xbdde26, 0xcae01e, 0xd7e219, 0xe4e318, 0xf1e51c, 0xfde724)),

  /** From black through violet and orange to pale yellow (Smith and van der Walt, 2015). */
  INFERNO(
      between(
          0x000003, 0x01010b, 0x040316, 0x090621, 0x0f092d, 0x160b39, 0x1d0c45, 0x260b50, 0x2e0a5a,
          0x370961, 0x400966, 0x480b6a, 0x500d6c, 0x58106d, 0x60136e, 0x68166e, 0x70196e, 0x781c6d,
          0x801f6b, 0x88216a, 0x902468, 0x982765, 0xa02a62, 0xa72d5f, 0xaf315b, 0xb73456, 0xbe3852,
          0xc53d4d, 0xcc4148, 0xd24742, 0xd94d3d, 0xde5337, 0xe45a31, 0xe8612b, 0xed6825, 0xf0701e,
          0xf37918, 0xf68111, 0xf88a0b, 0xfa9306, 0xfb9d06, 0xfba60b, 0xfbb014, 0xfbb91e, 0xf9c32a,
          0xf8cd37, 0xf5d745, 0xf3e056, 0xf1e968, 0xf1f27d, 0xf5f891, 0xfcfea4)),

  /** From black to white. */
  GRAY(between(0x000000, 0xffffff));

  private static final int LEVELS = 256;

  @SuppressWarnings("ImmutableEnumChecker") // Filled once and never handed out.
  private final int[] colours;

  Colormap(int[] colours) {
    this.colours = colours;
  }

  /**
   * The colour of a value, of 256 levels: that of {@code round(255 * value)}.
   *
   * @param value from 0 to 1; what lies outside counts as the nearer end
   * @return {@code 0xRRGGBB}
   * @throws IllegalArgumentException if the value is not a number
   */
  public int rgb(float value) {
    if (Float.isNaN(value)) {
      throw new IllegalArgumentException("Colour map: expected a value from 0 to 1, found NaN");
    }
    return colours[Math.round((LEVELS - 1) * Math.max(0, Math.min(1, value)))];
  }

  private static int[] jet() {
    double[][] red = {{0, 0}, {0.35, 0}, {0.66, 1}, {0.89, 1}, {1, 0.5}};
    double[][] green = {{0, 0}, {0.125, 0}, {0.375, 1}, {0.64, 1}, {0.91, 0}, {1, 0}};
    double[][] blue = {{0, 0.5}, {0.11, 1}, {0.34, 1}, {0.65, 0}, {1, 0}};
    int[] table = new int[LEVELS];
    for (int level = 0; level < LEVELS; level++) {
      double at = level / (LEVELS - 1.0);
      table[level] = packed(255 * along(red, at), 255 * along(green, at), 255 * along(blue, at));
    }
    return table;
  }

  /** Straight lines between equally spaced colours. */
  private static int[] between(int... nodes) {
    int[] table = new int[LEVELS];
    for (int level = 0; level < LEVELS; level++) {
      double at = level * (nodes.length - 1) / (LEVELS - 1.0);
      int from = Math.min((int) at, nodes.length - 2);
      double share = at - from;
      table[level] =
          packed(
              channel(nodes, from, 16, share),
              channel(nodes, from, 8, share),
              channel(nodes, from, 0, share));
    }
    return table;
  }

  private static double channel(int[] nodes, int from, int shift, double share) {
    int low = nodes[from] >> shift & 0xff;
    int high = nodes[from + 1] >> shift & 0xff;
    return low + share * (high - low);
  }

  /** Straight lines between points of a position from 0 to 1 and a value. */
  private static double along(double[][] points, double at) {
    int i = 1;
    while (at > points[i][0]) {
      i++;
    }
    double share = (at - points[i - 1][0]) / (points[i][0] - points[i - 1][0]);
    return points[i - 1][1] + share * (points[i][1] - points[i - 1][1]);
  }

  private static int packed(double red, double green, double blue) {
    return (int) Math.round(red) << 16 | (int) Math.round(green) << 8 | (int) Math.round(blue);
  }
}
