package io.cxr.dicom.result;

import io.cxr.Explanation;
import io.cxr.Heatmap;
import io.cxr.Prediction;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.TransferSyntax;
import io.cxr.dicom.image.DicomRadiograph;
import io.cxr.dicom.image.DicomRadiographOptions;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.explain.HeatmapOverlay;
import io.cxr.model.OperatingThreshold;
import io.cxr.radiograph.Radiograph;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;

/**
 * What a classifier found, as instances that an archive stores and a viewer shows, in the study of
 * the radiograph. Every instance names the model, its version and its SHA-256, refers to the
 * radiograph, and says that it is for research only. They are Explicit VR Little Endian, unless
 * {@link Builder#captureRunLengths} asks for RLE Lossless, with text in UTF-8:
 *
 * <pre>{@code
 * DicomRadiograph film =
 *     DicomRadiographReader.standard()
 *         .read(DicomFile.read(file), DicomRadiographOptions.DEFAULT);
 * DicomResults results =
 *     DicomResults.builder(film, classifier.explain(film.radiograph())).build();
 * Files.write(target, results.secondaryCapture().toBytes());
 * }</pre>
 *
 * <p>The instances' UIDs follow from the radiograph's SOP Instance UID, the model's SHA-256 and the
 * kind of result: the same result that is made twice has the same UIDs, so that an archive keeps it
 * once. Immutable and thread-safe.
 */
public final class DicomResults {
  /** Half of what Rows and Columns can say: the caption comes beneath. */
  private static final int LONGEST_CAPTURE = 1 << 15;

  private final Findings findings;

  private DicomResults(Findings findings) {
    this.findings = findings;
  }

  /**
   * Starts results of a radiograph as it was read.
   *
   * @param film the radiograph, its instance and the options that it was read with
   * @param explanation what was found on it
   * @return a builder with the operating points that the prediction carries, at the present time
   * @throws IllegalArgumentException if the heatmap is of an image of another size
   */
  public static Builder builder(DicomRadiograph film, Explanation explanation) {
    return new Builder(film.dataSet(), film.radiograph(), explanation).options(film.options());
  }

  /**
   * Starts results.
   *
   * @param source the instance of the radiograph, with its patient's and study's attributes
   * @param radiograph the pixels that were classified
   * @param explanation what was found on them
   * @return a builder with the operating points that the prediction carries, at the present time
   * @throws IllegalArgumentException if the heatmap is of an image of another size
   */
  public static Builder builder(
      DicomDataSet source, Radiograph radiograph, Explanation explanation) {
    return new Builder(source, radiograph, explanation);
  }

  /**
   * Whether an instance is such a result, of whatever model, which is not to be classified in its
   * turn.
   *
   * @param instance any instance
   * @return true if its Manufacturer and Content Qualification are those of a result
   */
  public static boolean isResult(DicomDataSet instance) {
    return instance
            .string(DicomTag.of(0x00080070))
            .filter(ResultContext.MANUFACTURER::equals)
            .isPresent()
        && instance.string(DicomTag.of(0x00189004)).filter("RESEARCH"::equals).isPresent();
  }

  /** Collects what a result is made of. Not thread-safe. */
  public static final class Builder {
    private final DicomDataSet source;
    private final Radiograph radiograph;
    private final Explanation explanation;
    private List<OperatingThreshold> thresholds;
    private DicomRadiographOptions options = DicomRadiographOptions.DEFAULT;
    private List<PriorResult> superseded = List.of();
    private boolean studyPrinted;
    private int captureSide = HeatmapOverlay.LONGEST_SIDE;
    private boolean captureRunLengths;
    private Instant created = Instant.now();
    private ZoneId zone = ZoneId.systemDefault();

    private Builder(DicomDataSet source, Radiograph radiograph, Explanation explanation) {
      this.source = Objects.requireNonNull(source, "source");
      this.radiograph = Objects.requireNonNull(radiograph, "radiograph");
      this.explanation = Objects.requireNonNull(explanation, "explanation");
      this.thresholds = explanation.prediction().operatingPoints();
      Heatmap heatmap = explanation.heatmap();
      if (heatmap.radiographRows() != radiograph.rows()
          || heatmap.radiographColumns() != radiograph.columns()) {
        throw new IllegalArgumentException(
            "Result: expected a heatmap of a radiograph of "
                + radiograph.rows()
                + " x "
                + radiograph.columns()
                + ", found one of "
                + heatmap.radiographRows()
                + " x "
                + heatmap.radiographColumns()
                + ". Pass the explanation of this radiograph.");
      }
    }

    /**
     * Gives the model's thresholds, which the report then names beside the probabilities.
     *
     * @param thresholds by default those that the prediction carries
     * @return this
     */
    public Builder thresholds(List<OperatingThreshold> thresholds) {
      this.thresholds = List.copyOf(thresholds);
      return this;
    }

    /**
     * Says how the radiograph was read. The results refer to the frame, where the source has
     * several, and the presentation state shows what was shown.
     *
     * @param options those of the reader; by default {@link DicomRadiographOptions#DEFAULT}
     * @return this
     */
    public Builder options(DicomRadiographOptions options) {
      this.options = Objects.requireNonNull(options, "options");
      return this;
    }

    /**
     * Names the earlier results, of an older model, in whose place these come. The structured
     * report and the PDF refer to those of their kind as predecessors (PS3.3 C.17.2, C.24.2), the
     * Secondary Capture to all (C.12.4); all say whose they were.
     *
     * @param earlier the instances, or what a query of the archive says of them: Study, Series and
     *     SOP Instance UID, SOP Class UID, and of the model Manufacturer's Model Name and Software
     *     Versions, if they are known
     * @return this
     * @throws IllegalArgumentException if one lacks an identifier
     */
    public Builder supersedes(List<DicomDataSet> earlier) {
      this.superseded = earlier.stream().map(PriorResult::of).toList();
      return this;
    }

    /**
     * Prints Accession Number and Study Date on the pages of the PDF, for readers on paper. They
     * lead to the patient, so by default they are not printed.
     *
     * @param printed whether they are
     * @return this
     */
    public Builder printStudy(boolean printed) {
      this.studyPrinted = printed;
      return this;
    }

    /**
     * Bounds the Secondary Capture: a radiograph with more rows or columns is drawn smaller, in its
     * own proportions. A film of 3000 x 3000 pixels takes 27 MB as it is, and 3.5 MB in the bounds.
     *
     * @param pixels the most rows and columns of the radiograph in the picture, from 1 to 32768; by
     *     default {@link HeatmapOverlay#LONGEST_SIDE}
     * @return this
     */
    public Builder captureSide(int pixels) {
      if (pixels < 1 || pixels > LONGEST_CAPTURE) {
        throw new IllegalArgumentException(
            "Secondary Capture: expected a longest side of 1 to "
                + LONGEST_CAPTURE
                + " pixels, found "
                + pixels);
      }
      this.captureSide = pixels;
      return this;
    }

    /**
     * Compresses the pixels of the Secondary Capture as RLE Lossless (PS3.5 annex G), by about a
     * fifth for films. Not every archive takes compressed images, but all take Explicit VR Little
     * Endian.
     *
     * @param compressed false by default
     * @return this
     */
    public Builder captureRunLengths(boolean compressed) {
      this.captureRunLengths = compressed;
      return this;
    }

    /**
     * Sets the time of the result.
     *
     * @param created by default now
     * @return this
     */
    public Builder created(Instant created) {
      this.created = Objects.requireNonNull(created, "created");
      return this;
    }

    /**
     * Sets the zone in which the results' own dates and times are. Those of the study are copied,
     * and all in an instance are in one zone (PS3.3 C.12.1.1.2): where the source states its
     * Timezone Offset From UTC, the results keep it and this is not asked; where it does not, they
     * state none, and this should be the zone of the hospital's clocks.
     *
     * @param zone by default the system's
     * @return this
     */
    public Builder zone(ZoneId zone) {
      this.zone = Objects.requireNonNull(zone, "zone");
      return this;
    }

    /**
     * The results.
     *
     * @return results
     * @throws UnsupportedRadiographException if the source has no Study, Series or SOP Instance UID
     *     or no SOP Class UID, so that nothing can refer to it, or a Number of Frames that is none
     * @throws IllegalArgumentException if the source lacks the frame of the options
     */
    public DicomResults build() {
      ResultContext context =
          new ResultContext(
              source, explanation.prediction().model(), created, zone, frame(), superseded);
      return new DicomResults(
          new Findings(
              context,
              options,
              radiograph,
              explanation,
              thresholds,
              studyPrinted,
              captureSide,
              captureRunLengths));
    }

    private OptionalInt frame() {
      long[] stated = source.integers(DicomTag.NUMBER_OF_FRAMES);
      long frames = stated.length == 0 ? 1 : Math.max(1, stated[0]);
      if (options.frame() >= frames) {
        throw new IllegalArgumentException(
            "Result: expected a frame below " + frames + ", found " + options.frame());
      }
      return frames == 1 ? OptionalInt.empty() : OptionalInt.of(options.frame() + 1);
    }
  }

  /**
   * A Secondary Capture (PS3.3 A.8.1) with the radiograph, the heatmap over it, and a caption below
   * with label, probability, model and {@link Prediction#NOTICE}, in RGB. No larger than {@link
   * Builder#captureSide}.
   *
   * @return the instance
   */
  public DicomFile secondaryCapture() {
    return new DicomFile(
        DicomDataSet.of(),
        findings.captureRunLengths()
            ? TransferSyntax.RLE_LOSSLESS
            : TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN,
        SecondaryCapture.of(findings));
  }

  /**
   * A Comprehensive 3D SR (PS3.3 A.35.13) by TID 1500, Measurement Report (PS3.16): a group of
   * measurements for each label with its probability and thresholds, and for the label of the
   * heatmap the outline of its strongest region on the radiograph.
   *
   * @return the instance
   */
  public DicomFile structuredReport() {
    return file(MeasurementReport.of(findings));
  }

  /**
   * A Grayscale Softcopy Presentation State (PS3.3 A.33.1) that draws the outline of the heatmap's
   * strongest region, and a caption, over the radiograph.
   *
   * @return the instance
   */
  public DicomFile presentationState() {
    return file(PresentationState.of(findings));
  }

  /**
   * An Encapsulated PDF (PS3.3 A.45.1) with a report to read and print: the radiograph beside the
   * heatmap, the probability of each label with the model's thresholds, the model, the identifiers
   * of the radiograph, and {@link Prediction#NOTICE}. It names no patient, but the radiograph's
   * pixels are on it. One A4 page, unless there are more labels than fit. The same result always
   * gives the same bytes on the same Java runtime. Takes about as much memory as the radiograph has
   * pixels, and some megabytes.
   *
   * @return the instance
   * @throws IllegalStateException if {@code org.apache.pdfbox:pdfbox}, which writes the page, is
   *     not on the class path
   */
  public DicomFile encapsulatedPdf() {
    return file(EncapsulatedPdf.of(findings));
  }

  static DicomFile file(DicomDataSet dataSet) {
    return new DicomFile(DicomDataSet.of(), TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN, dataSet);
  }
}
