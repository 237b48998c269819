package io.cxr.dicom;

import io.cxr.Prediction;
import io.cxr.explain.Explanation;
import io.cxr.explain.Heatmap;
import io.cxr.model.OperatingThreshold;
import io.cxr.radiograph.Radiograph;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;

/**
 * What a classifier found, as instances that an archive stores and a viewer shows, in the study of
 * the radiograph. Every instance names the model, its version and its SHA-256, refers to the
 * radiograph, and says that it is for research only. The code of a result is Explicit VR Little
 * Endian with text in UTF-8:
 *
 * <pre>{@code
 * DicomFile source = DicomFile.read(file);
 * Radiograph radiograph = Radiograph.read(file);
 * DicomResults results =
 *     DicomResults.builder(source.dataSet(), radiograph, classifier.explain(radiograph)).build();
 * Files.write(target, results.secondaryCapture().toBytes());
 * }</pre>
 *
 * <p>The instances' UIDs follow from the radiograph's SOP Instance UID, the model's SHA-256 and the
 * kind of result: the same result that is made twice has the same UIDs, so that an archive keeps it
 * once. Immutable and thread-safe.
 */
public final class DicomResults {
  private final ResultContext context;

  private DicomResults(ResultContext context) {
    this.context = context;
  }

  /**
   * Starts results.
   *
   * @param source the instance of the radiograph, with its patient's and study's attributes
   * @param radiograph the pixels that were classified
   * @param explanation what was found on them
   * @return a builder without thresholds, at the present time
   * @throws IllegalArgumentException if the source has no Study, Series or SOP Instance UID, or the
   *     heatmap is of an image of another size
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
    private List<OperatingThreshold> thresholds = List.of();
    private LocalDateTime created = LocalDateTime.now(ZoneOffset.UTC);

    private Builder(DicomDataSet source, Radiograph radiograph, Explanation explanation) {
      this.source = Objects.requireNonNull(source, "source");
      this.radiograph = Objects.requireNonNull(radiograph, "radiograph");
      this.explanation = Objects.requireNonNull(explanation, "explanation");
      for (int tag :
          List.of(ResultContext.STUDY, ResultContext.SERIES, ResultContext.INSTANCE, 0x00080016)) {
        if (source.string(DicomTag.of(tag)).filter(uid -> !uid.isBlank()).isEmpty()) {
          throw new IllegalArgumentException(
              "Result: expected a source with "
                  + DicomTag.of(tag)
                  + ", which a result refers to, found none. Pass the instance as the archive has"
                  + " it.");
        }
      }
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
     * @param thresholds those of the model's card
     * @return this
     */
    public Builder thresholds(List<OperatingThreshold> thresholds) {
      this.thresholds = List.copyOf(thresholds);
      return this;
    }

    /**
     * Sets the time of the result.
     *
     * @param created in UTC; by default now
     * @return this
     */
    public Builder created(LocalDateTime created) {
      this.created = Objects.requireNonNull(created, "created");
      return this;
    }

    /**
     * The results.
     *
     * @return results
     */
    public DicomResults build() {
      return new DicomResults(
          new ResultContext(source, radiograph, explanation, thresholds, created));
    }
  }

  /**
   * A Secondary Capture (PS3.3 A.8.1) with the radiograph, the heatmap over it, and a caption below
   * with label, probability, model and {@link Prediction#NOTICE}, in RGB.
   *
   * @return the instance
   */
  public DicomFile secondaryCapture() {
    return file(SecondaryCapture.of(context));
  }

  /**
   * A Comprehensive 3D SR (PS3.3 A.35.13) by TID 1500, Measurement Report (PS3.16): a group of
   * measurements for each label with its probability and thresholds, and for the label of the
   * heatmap the outline of its strongest region on the radiograph.
   *
   * @return the instance
   */
  public DicomFile structuredReport() {
    return file(MeasurementReport.of(context));
  }

  /**
   * A Grayscale Softcopy Presentation State (PS3.3 A.33.1) that draws the outline of the heatmap's
   * strongest region, and a caption, over the radiograph.
   *
   * @return the instance
   */
  public DicomFile presentationState() {
    return file(PresentationState.of(context));
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
    return file(EncapsulatedPdf.of(context));
  }

  private static DicomFile file(DicomDataSet dataSet) {
    return new DicomFile(DicomDataSet.of(), TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN, dataSet);
  }
}
