package io.cxr.train.audit;

/**
 * What a logistic regression is shown of a radiograph to tell the classes of a data set apart: too
 * little to see a disease, or nothing of the lungs at all.
 */
public enum Probe {
  /**
   * The outer 10 % of the image and its corners of 15 %, on a grid of 20 x 20 mean gray values; the
   * centre is removed. Sees markers, collimation, shoulders and black bars, and no lung in an
   * ordinary frontal image.
   */
  BORDERS("borders and corners", Evidence.SHORTCUT),
  /**
   * The gray values of the outer 10 %, in 32 bins, at full resolution. Sees exposure, windowing,
   * noise and posterised grays.
   */
  BORDER_HISTOGRAM("gray values of the borders", Evidence.SHORTCUT),
  /**
   * What is known without decoding a pixel: format, rows, columns, aspect, bytes a pixel, bit depth
   * and colour model, JPEG quantisation, and which kinds of metadata are there.
   */
  FILE_PROPERTIES("file properties", Evidence.SHORTCUT),
  /** The whole image as 8 x 8 mean gray values. Sees position, exposure, and a white lung. */
  THUMBNAIL("8x8 thumbnails", Evidence.COARSE),
  /**
   * Focus and noise: how strong the image's Laplacian is at four scales, against its contrast, on
   * 256 x 256 mean gray values. Sees how an image was taken, scaled and compressed, neither gray
   * values nor places; opaque lungs have less fine detail, too.
   */
  SHARPNESS("sharpness and noise", Evidence.COARSE),
  /** The gray values of the whole image, in 64 bins. */
  HISTOGRAM("gray values of the image", Evidence.COARSE),
  /** The gray values of the central 80 % of rows and columns, in 64 bins. */
  CENTRE_HISTOGRAM("gray values of the centre", Evidence.COARSE),
  /**
   * The central 80 % of rows and columns as 12 x 12 mean gray values: for comparison, what anatomy
   * gives at about the resolution of {@link #BORDERS}.
   */
  CENTRE("centre only, for comparison", Evidence.REFERENCE);

  /** What it means when a probe tells classes apart. */
  public enum Evidence {
    /** A shortcut: the probe sees no lung. */
    SHORTCUT,
    /** A shortcut or a disease that changes the lungs' brightness at large. */
    COARSE,
    /** Nothing: the probe sees the lungs. */
    REFERENCE
  }

  private final String title;
  private final Evidence evidence;

  Probe(String title, Evidence evidence) {
    this.title = title;
    this.evidence = evidence;
  }

  /**
   * What the probe looks at, in a few words.
   *
   * @return such as {@code borders and corners}
   */
  public String title() {
    return title;
  }

  /**
   * What it means when this probe tells classes apart.
   *
   * @return the kind of evidence
   */
  public Evidence evidence() {
    return evidence;
  }

  /** Its name in JSON and in figures, such as {@code border_histogram}. */
  String key() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
