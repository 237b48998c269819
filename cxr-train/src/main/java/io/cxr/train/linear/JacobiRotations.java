package io.cxr.train.linear;

/** Jacobi's method for a small symmetric matrix (Golub and Van Loan, section 8.5). */
final class JacobiRotations {
  private static final int SWEEPS = 30;

  /** Off the diagonal, what is smaller counts as 0. */
  private static final double LEAST = 1e-12;

  private JacobiRotations() {}

  /**
   * Makes a matrix diagonal; the same rotations turn the rows of a basis. If the matrix has the
   * inner products of these rows, they are orthogonal afterwards, and their squared lengths are on
   * the diagonal.
   *
   * @param matrix symmetric, n x n; receives its eigenvalues on the diagonal
   * @param basis n rows of any length; receives them turned
   */
  static void diagonalize(double[][] matrix, double[][] basis) {
    int n = matrix.length;
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
      for (int p = 0; p < n; p++) {
        for (int q = p + 1; q < n; q++) {
          if (Math.abs(matrix[p][q]) < LEAST) {
            continue;
          }
          double angle = (matrix[q][q] - matrix[p][p]) / (2 * matrix[p][q]);
          double t = Math.signum(angle) / (Math.abs(angle) + Math.sqrt(angle * angle + 1));
          t = angle == 0 ? 1 : t;
          double cos = 1 / Math.sqrt(t * t + 1);
          double sin = t * cos;
          for (int i = 0; i < n; i++) {
            double a = matrix[i][p];
            double b = matrix[i][q];
            matrix[i][p] = cos * a - sin * b;
            matrix[i][q] = sin * a + cos * b;
          }
          rotate(matrix[p], matrix[q], cos, sin);
          rotate(basis[p], basis[q], cos, sin);
        }
      }
    }
  }

  private static void rotate(double[] first, double[] second, double cos, double sin) {
    for (int i = 0; i < first.length; i++) {
      double a = first[i];
      double b = second[i];
      first[i] = cos * a - sin * b;
      second[i] = sin * a + cos * b;
    }
  }
}
