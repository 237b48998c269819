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
 * Encodes a classifier's results as DICOM instances in the study of the radiograph, for archives
 * and viewers. Every instance names the model, its version and its SHA-256, references the
 * radiograph, and states that it is for research use only. The transfer syntax is Explicit VR
 * Little Endian, unless {@link Builder#captureRunLengths} selects RLE Lossless; text is in UTF-8:
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
 * <p>The instances' UIDs are derived from the radiograph's SOP Instance UID, the model's SHA-256
 * and the kind of result: a result that is created twice has the same UIDs, so that an archive
 * keeps it once. Immutable and thread-safe.
 */
public final class DicomResults {
  /** Half of what Rows and Columns can say: the caption comes beneath. */
  private static final int LONGEST_CAPTURE = 1 << 15;

  private final Findings findings;

  private DicomResults(Findings findings) {
    this.findings = findings;
  }

  /**
   * Starts the results of a radiograph that was read from an instance.
   *
   * @param film the radiograph, its instance and the options that it was read with
   * @param explanation the prediction and heatmap
   * @return a builder with the operating points of the prediction and the current time
   * @throws IllegalArgumentException if the heatmap is of an image of another size
   */
  public static Builder builder(DicomRadiograph film, Explanation explanation) {
    return builder(film, List.of(explanation));
  }

  /**
   * Starts the results of a radiograph of which several labels were explained, such as all findings
   * that reach their threshold.
   *
   * @param film the radiograph, its instance and the options that it was read with
   * @param explanations one or more, all of one prediction: the structured report has the region of
   *     each finding that is explained, the pictures have the first one
   * @return a builder with the operating points of the prediction and the current time
   * @throws IllegalArgumentException if there is none, if they are of several predictions, or if a
   *     heatmap is of an image of another size
   */
  public static Builder builder(DicomRadiograph film, List<Explanation> explanations) {
    return new Builder(film.dataSet(), film.radiograph(), explanations).options(film.options());
  }

  /**
   * Starts results.
   *
   * @param source the instance of the radiograph, with its patient's and study's attributes
   * @param radiograph the pixels that were classified
   * @param explanation the prediction and heatmap
   * @return a builder with the operating points of the prediction and the current time
   * @throws IllegalArgumentException if the heatmap is of an image of another size
   */
  public static Builder builder(
      DicomDataSet source, Radiograph radiograph, Explanation explanation) {
    return new Builder(source, radiograph, List.of(explanation));
  }

  /**
   * Whether an instance is a result of this library, by any model, and must therefore not be
   * classified itself.
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

  /** Collects the parts of a result. Not thread-safe. */
  public static final class Builder {
    private final DicomDataSet source;
    private final Radiograph radiograph;
    private final List<Explanation> explanations;
    private List<OperatingThreshold> thresholds;
    private DicomRadiographOptions options = DicomRadiographOptions.DEFAULT;
    private List<PriorResult> superseded = List.of();
    private boolean studyPrinted;
    private int captureSide = HeatmapOverlay.LONGEST_SIDE;
    private boolean captureRunLengths;
    private Instant created = Instant.now();
    private ZoneId zone = ZoneId.systemDefault();

    private Builder(DicomDataSet source, Radiograph radiograph, List<Explanation> explanations) {
      this.source = Objects.requireNonNull(source, "source");
      this.radiograph = Objects.requireNonNull(radiograph, "radiograph");
      this.explanations = List.copyOf(explanations);
      if (explanations.stream().map(Explanation::prediction).distinct().count() != 1) {
        throw new IllegalArgumentException(
            "Result: expected one explanation or more, all of one prediction, found "
                + explanations.size()
                + " of several");
      }
      this.thresholds = explanations.get(0).prediction().operatingPoints();
      explanations.forEach(explanation -> checkSize(explanation.heatmap(), radiograph));
    }

    private static void checkSize(Heatmap heatmap, Radiograph radiograph) {
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
     * Sets the model's thresholds, which the report states next to the probabilities.
     *
     * @param thresholds by default those of the prediction
     * @return this
     */
    public Builder thresholds(List<OperatingThreshold> thresholds) {
      this.thresholds = List.copyOf(thresholds);
      return this;
    }

    /**
     * Sets the options that the radiograph was read with. The results reference the frame if the
     * source has several, and the presentation state applies the same VOI transform.
     *
     * @param options those of the reader; by default {@link DicomRadiographOptions#DEFAULT}
     * @return this
     */
    public Builder options(DicomRadiographOptions options) {
      this.options = Objects.requireNonNull(options, "options");
      return this;
    }

    /**
     * Sets the earlier results, of an older model, that these supersede. The structured report and
     * the PDF reference those of their kind as predecessors (PS3.3 C.17.2, C.24.2), the Secondary
     * Capture references all (C.12.4); all name the models.
     *
     * @param earlier the instances, or the archive's query results for them: Study, Series and SOP
     *     Instance UID, SOP Class UID, and Manufacturer's Model Name and Software Versions of the
     *     model, if known
     * @return this
     * @throws IllegalArgumentException if one lacks an identifier
     */
    public Builder supersedes(List<DicomDataSet> earlier) {
      this.superseded = earlier.stream().map(PriorResult::of).toList();
      return this;
    }

    /**
     * Prints Accession Number and Study Date on the pages of the PDF. They can identify the
     * patient, so by default they are not printed.
     *
     * @param printed whether they are printed
     * @return this
     */
    public Builder printStudy(boolean printed) {
      this.studyPrinted = printed;
      return this;
    }

    /**
     * Sets the most rows and columns of the radiograph in the Secondary Capture; a larger one is
     * downscaled, keeping its aspect ratio. A radiograph of 3000 x 3000 pixels takes 27 MB at full
     * size, and 3.5 MB with the default.
     *
     * @param pixels from 1 to 32768; by default {@link HeatmapOverlay#LONGEST_SIDE}
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
     * Compresses the pixels of the Secondary Capture as RLE Lossless (PS3.5 annex G), which saves
     * about a fifth for radiographs. Not every archive accepts compressed images, but all accept
     * Explicit VR Little Endian.
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
     * Sets the time zone of the results' own dates and times. Those of the study are copied, and
     * all times in an instance are in one zone (PS3.3 C.12.1.1.2): if the source states its
     * Timezone Offset From UTC, the results keep it and this setting is ignored; if it does not,
     * they state none, and this should be the time zone of the hospital.
     *
     * @param zone by default the system's
     * @return this
     */
    public Builder zone(ZoneId zone) {
      this.zone = Objects.requireNonNull(zone, "zone");
      return this;
    }

    /**
     * Creates the results.
     *
     * @return the results
     * @throws UnsupportedRadiographException if the source has no Study, Series or SOP Instance UID
     *     or no SOP Class UID, so that it cannot be referenced, or if its Number of Frames is
     *     invalid
     * @throws IllegalArgumentException if the source lacks the frame of the options
     */
    public DicomResults build() {
      ResultContext context =
          new ResultContext(
              source, explanations.get(0).prediction().model(), created, zone, frame(), superseded);
      return new DicomResults(
          new Findings(
              context,
              options,
              radiograph,
              explanations,
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
   * A Secondary Capture (PS3.3 A.8.1) with the radiograph, the heatmap over it, and below it a
   * caption with label, probability or measured value, model and {@link Prediction#NOTICE}, in RGB.
   * No larger than {@link Builder#captureSide}. Of findings it names all that reach their
   * threshold.
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
   * A Comprehensive 3D SR (PS3.3 A.35.13) by TID 1500, Measurement Report (PS3.16): one group of
   * measurements for all exclusive labels, or one for each finding, with probabilities and
   * thresholds, or one for each measurement, with its value in its UCUM unit; and, for each label
   * with a heatmap, the outline of its strongest region on the radiograph.
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
   * An Encapsulated PDF (PS3.3 A.45.1) with a report to read and print: the radiograph next to the
   * heatmap, the probability of each label with the model's thresholds, the model, the identifiers
   * of the radiograph, and {@link Prediction#NOTICE}. It names no patient, but contains the
   * radiograph's pixels. One A4 page, unless there are more labels than fit. The same result always
   * gives the same bytes on the same Java runtime. Needs about one byte of memory per pixel of the
   * radiograph, and a few megabytes.
   *
   * @return the instance
   * @throws IllegalStateException if {@code org.apache.pdfbox:pdfbox}, which writes the PDF, is not
   *     on the class path
   */
  public DicomFile encapsulatedPdf() {
    return file(EncapsulatedPdf.of(findings));
  }

  /**
   * The report of {@link #encapsulatedPdf} as a PDF file.
   *
   * @return its bytes
   * @throws IllegalStateException if {@code org.apache.pdfbox:pdfbox} is not on the class path
   */
  public byte[] pdf() {
    return EncapsulatedPdf.pages(findings);
  }

  /**
   * The report as a PDF file for a picture that is no DICOM instance, such as a PNG: the same pages
   * without the identifiers of a study, in which it is not.
   *
   * @param picture the pixels that were classified
   * @param explanations one or more, all of one prediction
   * @param created the time of the result, printed in UTC
   * @return its bytes
   * @throws IllegalArgumentException if there is no explanation, if they are of several
   *     predictions, or if a heatmap is of an image of another size
   * @throws IllegalStateException if {@code org.apache.pdfbox:pdfbox} is not on the class path
   */
  public static byte[] pdfOfPicture(
      Radiograph picture, List<Explanation> explanations, Instant created) {
    return new Builder(ResultContext.PICTURE, picture, explanations).created(created).build().pdf();
  }

  static DicomFile file(DicomDataSet dataSet) {
    return new DicomFile(DicomDataSet.of(), TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN, dataSet);
  }
}
