package io.cxr.codec.jpeg;

/**
 * The constants of the inverse DCT after Loeffler, Ligtenberg and Moschytz, in fixed point. Each is
 * named by its value.
 */
final class JpegCosines {
  static final int FRACTION_BITS = 13;

  static final int C_0_298 = 2446;
  static final int C_0_390 = 3196;
  static final int C_0_541 = 4433;
  static final int C_0_765 = 6270;
  static final int C_0_899 = 7373;
  static final int C_1_175 = 9633;
  static final int C_1_501 = 12299;
  static final int C_1_847 = 15137;
  static final int C_1_961 = 16069;
  static final int C_2_053 = 16819;
  static final int C_2_562 = 20995;
  static final int C_3_072 = 25172;

  private JpegCosines() {}
}
