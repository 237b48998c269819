package io.cxr.dicom.image;

import io.cxr.dicom.CodestreamDecoder;
import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomRefusal;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.ImagePixel;
import io.cxr.dicom.InstalledDecoders;
import io.cxr.dicom.Leniencies;
import io.cxr.dicom.Leniency;
import io.cxr.dicom.LenientValues;
import io.cxr.dicom.TransferSyntax;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.DecodeBuffers;
import io.cxr.radiograph.DecodeLimits;
import io.cxr.radiograph.PhotometricInterpretation;
import io.cxr.radiograph.PixelSpacing;
import io.cxr.radiograph.Radiograph;
import io.cxr.radiograph.ViewPosition;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Reads the image of a DICOM instance as a {@link Radiograph}: CR, DX for presentation, Secondary
 * Capture, and everything else with an Image Pixel Module of 8 or 16 bits allocated. Immutable and
 * thread-safe.
 *
 * <p>Pixels are transformed as in PS3.3: stored bits (C.7.6.3), Modality LUT or rescale (C.11.1),
 * the first table of the VOI LUT Sequence or else the first window (C.11.2), Presentation LUT Shape
 * or else the inversion of MONOCHROME1 (C.8.11.3). Every radiograph is therefore {@link
 * PhotometricInterpretation#MONOCHROME2}, with 8 bits where at most 8 are stored, else 16.
 *
 * <p>Without a VOI transform, unsigned images of at most 8 bits without a rescale are unchanged,
 * over the full range of their bits; all others are scaled from the 0.5th to the 99.5th percentile
 * of the pixels that are not padding. RGB, YBR_FULL, YBR_FULL_422, YBR_RCT, YBR_ICT and PALETTE
 * COLOR become 8-bit gray with the weights of {@link io.cxr.radiograph.RadiographReader}.
 *
 * <p>Images whose Body Part Examined (0018,0015) is certainly not the chest, and images FOR
 * PROCESSING, are refused unless {@link DicomRadiographOptions} allow them. Deviations from the
 * standard that were tolerated are in {@link DicomRadiograph#leniencies()} and in the log, one line
 * per instance at level INFO.
 *
 * <p>Within the limits, decoding may take half of the Java heap; an instance that needs more is
 * refused as too large, not with an {@link OutOfMemoryError}. Transfer syntaxes that are not in
 * {@link TransferSyntax} need a {@link CodestreamDecoder}.
 */
public final class DicomRadiographReader {
  private static final DicomRadiographReader STANDARD =
      new DicomRadiographReader(DecodeLimits.DEFAULT, InstalledDecoders.NONE_GIVEN);
  private static final System.Logger LOGGER =
      System.getLogger(DicomRadiographReader.class.getName());
  private static final DicomTag FLOAT_PIXEL_DATA = DicomTag.of(0x7fe00008);
  private static final DicomTag DOUBLE_PIXEL_DATA = DicomTag.of(0x7fe00009);

  private final DecodeLimits limits;
  private final InstalledDecoders decoders;

  private DicomRadiographReader(DecodeLimits limits, InstalledDecoders decoders) {
    this.limits = Objects.requireNonNull(limits, "limits");
    this.decoders = decoders;
  }

  /**
   * The reader with {@link DecodeLimits#DEFAULT}.
   *
   * @return the reader
   */
  public static DicomRadiographReader standard() {
    return STANDARD;
  }

  /**
   * A reader with other limits.
   *
   * @param limits the limits, for one frame and for the file
   * @return the reader
   */
  public static DicomRadiographReader withLimits(DecodeLimits limits) {
    return new DicomRadiographReader(limits, InstalledDecoders.NONE_GIVEN);
  }

  /**
   * A reader with the same limits that prefers the given decoders to all others, for any transfer
   * syntax with encapsulated pixel data.
   *
   * @param first the decoders, in order of precedence; called by all threads that use the reader
   * @return the new reader
   */
  public DicomRadiographReader withDecoders(CodestreamDecoder... first) {
    return new DicomRadiographReader(limits, new InstalledDecoders(List.of(first)));
  }

  /**
   * Reads a radiograph with {@link DicomRadiographOptions#DEFAULT}.
   *
   * @param file a DICOM file or bare data set
   * @return the radiograph and its attributes
   * @throws IOException if the file is missing or unreadable
   * @throws UnsupportedRadiographException if it is not DICOM, has no pixels, is damaged, too
   *     large, or of a kind that cannot be read
   */
  public DicomRadiograph read(Path file) throws IOException {
    try (InputStream stream = Files.newInputStream(file)) {
      return read(stream);
    }
  }

  /**
   * Reads a radiograph from a stream, to its end, with {@link DicomRadiographOptions#DEFAULT}; the
   * caller closes the stream.
   *
   * @param stream a DICOM file or bare data set
   * @return the radiograph and its attributes
   * @throws IOException if the stream fails
   * @throws UnsupportedRadiographException if it is not DICOM, has no pixels, is damaged, too
   *     large, or of a kind that cannot be read
   */
  public DicomRadiograph read(InputStream stream) throws IOException {
    return read(stream.readNBytes((int) limits.bytes() + 1));
  }

  /**
   * Reads a radiograph with {@link DicomRadiographOptions#DEFAULT}.
   *
   * @param encoded a DICOM file or bare data set; neither changed nor kept
   * @return the radiograph and its attributes
   * @throws UnsupportedRadiographException if it is not DICOM, has no pixels, is damaged, too
   *     large, or of a kind that cannot be read
   */
  public DicomRadiograph read(byte[] encoded) {
    return read(encoded, DicomRadiographOptions.DEFAULT);
  }

  /**
   * Reads a radiograph.
   *
   * @param encoded a DICOM file or bare data set; neither changed nor kept
   * @param options the frame, the VOI transform and the accepted images
   * @return the radiograph and its attributes
   * @throws UnsupportedRadiographException if it is not DICOM, has no pixels, is damaged, too
   *     large, or of a kind that cannot be read
   * @throws IllegalArgumentException if the options name a frame, window or table that does not
   *     exist
   */
  public DicomRadiograph read(byte[] encoded, DicomRadiographOptions options) {
    return read(DicomFile.read(encoded, limits, decoders), options);
  }

  /**
   * Reads the radiograph of a file.
   *
   * @param file the file
   * @param options the frame, the VOI transform and the accepted images
   * @return the radiograph and its attributes
   * @throws UnsupportedRadiographException if it has no pixels, is damaged, too large, or of a kind
   *     that cannot be read
   * @throws IllegalArgumentException if the options name a frame, window or table that does not
   *     exist
   */
  public DicomRadiograph read(DicomFile file, DicomRadiographOptions options) {
    try (DecodeBuffers own = new DecodeBuffers()) {
      return read(file, options, own);
    }
  }

  /**
   * Reads a radiograph with reused memory. In a long run little garbage is left, if the radiograph
   * is given back once it is no longer needed ({@link DecodeBuffers#giveBack}).
   *
   * @param encoded a DICOM file or bare data set; neither changed nor kept
   * @param options the frame, the VOI transform and the accepted images
   * @param buffers this thread's buffers
   * @return the radiograph and its attributes
   * @throws UnsupportedRadiographException if it is not DICOM, has no pixels, is damaged, too
   *     large, or of a kind that cannot be read
   * @throws IllegalArgumentException if the options name a frame, window or table that does not
   *     exist
   * @throws IllegalStateException if the buffers are closed
   */
  public DicomRadiograph read(
      byte[] encoded, DicomRadiographOptions options, DecodeBuffers buffers) {
    return read(DicomFile.read(encoded, limits, decoders), options, buffers);
  }

  /**
   * Reads the radiograph of a file with reused memory ({@link DecodeBuffers#giveBack}).
   *
   * @param file the file
   * @param options the frame, the VOI transform and the accepted images
   * @param buffers this thread's buffers
   * @return the radiograph and its attributes
   * @throws UnsupportedRadiographException if it has no pixels, is damaged, too large, or of a kind
   *     that cannot be read
   * @throws IllegalArgumentException if the options name a frame, window or table that does not
   *     exist
   * @throws IllegalStateException if the buffers are closed
   */
  public DicomRadiograph read(
      DicomFile file, DicomRadiographOptions options, DecodeBuffers buffers) {
    Leniencies leniencies = new Leniencies(file.leniencies());
    LenientValues dataSet = new LenientValues(file.dataSet(), leniencies);
    ImagePixel image = imagePixel(dataSet, options);
    GrayRendering rendering = new GrayRendering(dataSet, image, options);
    Radiograph radiograph =
        new PixelFrames(file, image, limits, decoders, buffers)
            .render(options.frame(), cells -> rendering.render(cells, buffers));
    Optional<ViewPosition> view = RadiographAttributes.viewPosition(dataSet);
    if (view.isPresent()) {
      radiograph = radiograph.withViewPosition(view.get());
    }
    Optional<PixelSpacing> spacing = RadiographAttributes.pixelSpacing(dataSet);
    if (spacing.isPresent()) {
      radiograph = radiograph.withPixelSpacing(spacing.get());
    }
    DicomRadiograph read =
        new DicomRadiograph(
            file.dataSet(),
            options,
            radiograph,
            options.frame(),
            image.frames(),
            RadiographAttributes.laterality(dataSet),
            RadiographAttributes.burnedInAnnotation(dataSet),
            RadiographAttributes.patientAge(dataSet),
            leniencies.toList());
    if (!read.leniencies().isEmpty()) {
      LOGGER.log(
          System.Logger.Level.INFO,
          () ->
              "DICOM instance read though it is not as the standard has it: "
                  + read.leniencies().stream()
                      .map(Leniency::toString)
                      .collect(Collectors.joining("; ")));
    }
    return read;
  }

  /**
   * Reads the values of a monochrome image after its Modality LUT or rescale and before any window.
   *
   * @param encoded a DICOM file or bare data set; neither changed nor kept
   * @param options the frame and the accepted images; the VOI transform is not applied
   * @return the values
   * @throws UnsupportedRadiographException as {@link #read(byte[], DicomRadiographOptions)}; also
   *     if it is a colour image, or if its rescale is not a number
   * @throws IllegalArgumentException if the options name a frame that does not exist
   */
  public ModalityValues readModalityValues(byte[] encoded, DicomRadiographOptions options) {
    return readModalityValues(DicomFile.read(encoded, limits, decoders), options);
  }

  /**
   * Reads the values of a monochrome image after its Modality LUT or rescale and before any window.
   *
   * @param file the file
   * @param options the frame and the accepted images; the VOI transform is not applied
   * @return the values
   * @throws UnsupportedRadiographException as {@link #read(DicomFile, DicomRadiographOptions)};
   *     also if it is a colour image, or if its rescale is not a number
   * @throws IllegalArgumentException if the options name a frame that does not exist
   */
  public ModalityValues readModalityValues(DicomFile file, DicomRadiographOptions options) {
    Leniencies leniencies = new Leniencies(file.leniencies());
    LenientValues dataSet = new LenientValues(file.dataSet(), leniencies);
    ImagePixel image = imagePixel(dataSet, options);
    if (!image.isMonochrome()) {
      throw DicomRefusal.refused(
          UnsupportedRadiographException.Reason.UNSUPPORTED_COLOUR,
          "expected MONOCHROME1 or MONOCHROME2, whose pixels are values of a modality, found "
              + image.photometric()
              + "; read it as a radiograph, in gray");
    }
    try (DecodeBuffers own = new DecodeBuffers()) {
      return new PixelFrames(file, image, limits, decoders, own)
          .render(
              options.frame(),
              cells ->
                  ModalityValues.of(
                      cells, image, new ModalityTransform(dataSet, image), leniencies));
    }
  }

  private ImagePixel imagePixel(LenientValues dataSet, DicomRadiographOptions options) {
    checkKind(dataSet, options);
    ImagePixel image = ImagePixel.of(dataSet, limits);
    if (options.frame() >= image.frames()) {
      throw new IllegalArgumentException(
          "Frame: expected a number below " + image.frames() + ", found " + options.frame());
    }
    return image;
  }

  private static void checkKind(LenientValues values, DicomRadiographOptions options) {
    DicomDataSet dataSet = values.dataSet();
    if (dataSet.element(DicomTag.PIXEL_DATA).isEmpty()) {
      if (dataSet.element(FLOAT_PIXEL_DATA).isPresent()
          || dataSet.element(DOUBLE_PIXEL_DATA).isPresent()) {
        throw DicomRefusal.encoding("integer pixel data", "floating-point pixel data");
      }
      throw DicomRefusal.refused(
          UnsupportedRadiographException.Reason.NOT_AN_IMAGE,
          "expected an image, found an instance without pixel data, such as a report; pass its"
              + " images");
    }
    boolean raw =
        values.code(DicomTag.PRESENTATION_INTENT_TYPE).map("FOR PROCESSING"::equals).orElse(false);
    if (raw && !options.forProcessing()) {
      throw DicomRefusal.refused(
          UnsupportedRadiographException.Reason.NOT_FOR_PRESENTATION,
          "expected an image for presentation, found one of Presentation Intent FOR PROCESSING;"
              + " ask for the image for presentation, or allow it by"
              + " DicomRadiographOptions.withForProcessing(true) or classify --for-processing");
    }
    if (BodyPart.isElsewhere(dataSet.strings(DicomTag.BODY_PART_EXAMINED))
        && !options.anyBodyPart()) {
      throw DicomRefusal.refused(
          UnsupportedRadiographException.Reason.UNSUPPORTED_BODY_PART,
          "expected an image of the chest, found one whose Body Part Examined (0018,0015) is"
              + " another part of the body; pass films of the chest, or allow it by"
              + " DicomRadiographOptions.withAnyBodyPart(true) or classify --any-body-part");
    }
  }
}
