package io.cxr.explain;

/**
 * Colour maps for heatmaps. {@link #VIRIDIS}, {@link #INFERNO}, {@link #CIVIDIS} and {@link #GRAY}
 * increase evenly in lightness, so that higher values are also brighter in grayscale prints and
 * with colour vision deficiency. {@link #JET} is used by most papers on Grad-CAM: it creates false
 * edges where its lightness changes abruptly, and in grayscale its highest value looks like its
 * lowest.
 *
 * <p>{@link #INFERNO} is the default for overlays: its lowest value is a neutral black, so that the
 * radiograph stays gray where the heatmap is low, and its highest is bright.
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

  /**
   * From dark blue through gray to yellow: to colour-blind eyes nearly what it is to others (Nunez,
   * Anderton and Renslow, "Optimizing colormaps with consideration for color vision deficiency",
   * PLOS ONE 13(7), 2018).
   */
  CIVIDIS(
      between(
          0x00224d, 0x00234f, 0x002350, 0x002452, 0x002554, 0x002655, 0x002657, 0x002759, 0x00285b,
          0x00285c, 0x00295e, 0x002a60, 0x002a62, 0x002b64, 0x002c66, 0x002c67, 0x002d69, 0x002e6b,
          0x002f6d, 0x002f6f, 0x003070, 0x003070, 0x003170, 0x003170, 0x043270, 0x083370, 0x0b3370,
          0x0e3470, 0x11356f, 0x14366f, 0x16366f, 0x18376f, 0x1a386f, 0x1c386e, 0x1d396e, 0x1f3a6e,
          0x213b6e, 0x223b6e, 0x243c6e, 0x253d6d, 0x273d6d, 0x283e6d, 0x2a3f6d, 0x2b3f6d, 0x2c406d,
          0x2e416c, 0x2f426c, 0x30426c, 0x31436c, 0x32446c, 0x34446c, 0x35456c, 0x36466c, 0x37466c,
          0x38476c, 0x39486c, 0x3a486b, 0x3b496b, 0x3d4a6b, 0x3e4b6b, 0x3f4b6b, 0x404c6b, 0x414d6b,
          0x424d6b, 0x434e6b, 0x444f6b, 0x454f6b, 0x46506b, 0x47516b, 0x48516b, 0x49526b, 0x4a536b,
          0x4b546c, 0x4c546c, 0x4d556c, 0x4e566c, 0x4e566c, 0x4f576c, 0x50586c, 0x51586c, 0x52596c,
          0x535a6c, 0x545a6c, 0x555b6d, 0x565c6d, 0x575d6d, 0x585d6d, 0x595e6d, 0x595f6d, 0x5a5f6d,
          0x5b606e, 0x5c616e, 0x5d616e, 0x5e626e, 0x5f636e, 0x60646e, 0x61646f, 0x61656f, 0x62666f,
          0x63666f, 0x64676f, 0x656870, 0x666970, 0x676970, 0x686a70, 0x686b71, 0x696b71, 0x6a6c71,
          0x6b6d71, 0x6c6d72, 0x6d6e72, 0x6e6f72, 0x6e7073, 0x6f7073, 0x707173, 0x717273, 0x727374,
          0x737374, 0x747475, 0x747575, 0x757575, 0x767676, 0x777776, 0x787876, 0x797877, 0x797977,
          0x7a7a77, 0x7b7b77, 0x7c7b78, 0x7d7c78, 0x7e7d78, 0x7f7d78, 0x807e78, 0x817f78, 0x828078,
          0x838078, 0x848178, 0x858278, 0x858378, 0x868378, 0x878478, 0x888578, 0x898678, 0x8a8678,
          0x8b8778, 0x8c8878, 0x8d8978, 0x8e8978, 0x8f8a77, 0x908b77, 0x918c77, 0x928c77, 0x938d77,
          0x948e77, 0x958f77, 0x968f77, 0x979076, 0x989176, 0x999276, 0x9a9376, 0x9b9376, 0x9c9476,
          0x9d9575, 0x9e9675, 0x9f9675, 0xa09775, 0xa19874, 0xa29974, 0xa39a74, 0xa49a74, 0xa59b73,
          0xa69c73, 0xa79d73, 0xa89e73, 0xa99e72, 0xaa9f72, 0xaba072, 0xaca171, 0xada271, 0xaea271,
          0xafa370, 0xb0a470, 0xb1a570, 0xb2a66f, 0xb3a66f, 0xb4a76f, 0xb5a86e, 0xb6a96e, 0xb7aa6d,
          0xb8ab6d, 0xb9ab6d, 0xbaac6c, 0xbbad6c, 0xbcae6b, 0xbdaf6b, 0xbeb06a, 0xbfb06a, 0xc1b169,
          0xc2b269, 0xc3b368, 0xc4b468, 0xc5b567, 0xc6b567, 0xc7b666, 0xc8b765, 0xc9b865, 0xcab964,
          0xcbba64, 0xccbb63, 0xcdbc62, 0xcebc62, 0xcfbd61, 0xd0be60, 0xd2bf60, 0xd3c05f, 0xd4c15e,
          0xd5c25e, 0xd6c35d, 0xd7c35c, 0xd8c45b, 0xd9c55a, 0xdac65a, 0xdbc759, 0xdcc858, 0xdec957,
          0xdfca56, 0xe0cb55, 0xe1cc54, 0xe2cc53, 0xe3cd52, 0xe4ce51, 0xe5cf50, 0xe6d04f, 0xe8d14e,
          0xe9d24d, 0xead34c, 0xebd44b, 0xecd54a, 0xedd648, 0xeed747, 0xefd846, 0xf1d944, 0xf2da43,
          0xf3da42, 0xf4db40, 0xf5dc3f, 0xf6dd3d, 0xf8de3b, 0xf9df3a, 0xfae038, 0xfbe136, 0xfde234,
          0xfde333, 0xfde534, 0xfde636, 0xfde737)),

  /** From black to white. */
  GRAY(between(0x000000, 0xffffff));

  private static final int LEVELS = 256;

  @SuppressWarnings("ImmutableEnumChecker") // Filled once and never handed out.
  private final int[] colours;

  Colormap(int[] colours) {
    this.colours = colours;
  }

  /**
   * The colour of a value, from 256 levels: that of {@code round(255 * value)}.
   *
   * @param value from 0 to 1; values outside are clamped
   * @return {@code 0xRRGGBB}
   * @throws IllegalArgumentException if the value is not a number
   */
  public int rgb(float value) {
    return colours[level(value)];
  }

  /** The level of a value: 0 to 255. */
  static int level(float value) {
    if (Float.isNaN(value)) {
      throw new IllegalArgumentException("Colour map: expected a value from 0 to 1, found NaN");
    }
    return Math.round((LEVELS - 1) * Math.max(0, Math.min(1, value)));
  }

  /** The colour of a level: {@code 0xRRGGBB}. */
  int rgbOfLevel(int level) {
    return colours[level];
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
