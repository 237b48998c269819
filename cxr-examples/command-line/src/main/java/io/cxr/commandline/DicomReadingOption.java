package io.cxr.commandline;

import io.cxr.dicom.DicomFile;
import io.cxr.dicom.DicomTag;
import io.cxr.dicom.Leniency;
import io.cxr.dicom.image.DicomRadiograph;
import io.cxr.dicom.image.DicomRadiographOptions;
import io.cxr.dicom.image.DicomRadiographReader;
import io.cxr.dicom.image.VoiTransform;
import io.cxr.dicom.image.VoiWindow;
import io.cxr.error.UnsupportedRadiographException;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How DICOM files are read; other files are not changed by it. */
final class DicomReadingOption {
  /** What it would tell, the command tells with the name of the file. */
  private static final Logger READER_LOG = Logger.getLogger(DicomRadiographReader.class.getName());

  @Option(
      names = "--frame",
      paramLabel = "N",
      defaultValue = "1",
      converter = FrameConverter.class,
      description = "Of DICOM files with several frames, which is read, from 1 (the default).")
  private int frame;

  @Option(
      names = "--window",
      paramLabel = "CENTRE,WIDTH",
      converter = WindowConverter.class,
      description =
          "The window through which DICOM files are seen, in units after the Modality LUT, such as"
              + " 2048,4096; by default their own VOI LUT or window.")
  private @Nullable VoiWindow window;

  @Option(
      names = "--for-processing",
      description = "Reads DICOM films of Presentation Intent FOR PROCESSING, too.")
  private boolean forProcessing;

  @Option(
      names = "--any-body-part",
      description = "Reads DICOM films whose Body Part Examined is not the chest, too.")
  private boolean anyBodyPart;

  static final class FrameConverter implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      int number = text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : 0;
      if (number < 1) {
        throw new TypeConversionException("expected a number from 1, found '" + text + "'");
      }
      return number;
    }
  }

  static final class WindowConverter implements ITypeConverter<VoiWindow> {
    @Override
    public VoiWindow convert(String text) {
      String[] parts = text.split(",", -1);
      try {
        if (parts.length == 2) {
          return new VoiWindow(
              Double.parseDouble(parts[0]),
              Double.parseDouble(parts[1]),
              VoiWindow.Function.LINEAR);
        }
      } catch (IllegalArgumentException e) {
        // Said below.
      }
      throw new TypeConversionException(
          "expected a centre and a width of at least 1, such as 2048,4096, found '" + text + "'");
    }
  }

  /** What was asked for, for the reader and for what is written about what it read. */
  DicomRadiographOptions options() {
    DicomRadiographOptions options =
        DicomRadiographOptions.DEFAULT
            .withFrame(frame - 1)
            .withForProcessing(forProcessing)
            .withAnyBodyPart(anyBodyPart);
    return window == null ? options : options.withVoi(new VoiTransform.Chosen(window));
  }

  /** Keeps the reader's log from telling what the command tells. */
  static void quietReader() {
    READER_LOG.setLevel(Level.WARNING);
  }

  /** Reads the radiograph of a file; notes are what a reader of the result should know. */
  DicomRadiograph read(DicomFile file, Consumer<String> notes) {
    quietReader();
    long[] frames = file.dataSet().integers(DicomTag.NUMBER_OF_FRAMES);
    if (frame > 1 && (frames.length == 0 || frame > frames[0])) {
      throw new UnsupportedRadiographException(
          UnsupportedRadiographException.Reason.NOT_AN_IMAGE,
          String.format(
              Locale.ROOT,
              "DICOM: expected an instance with a frame %d, found one of %d; choose another --frame",
              frame,
              frames.length == 0 ? 1 : Math.max(1, frames[0])));
    }
    DicomRadiograph read = DicomRadiographReader.standard().read(file, options());
    if (read.frames() > 1) {
      notes.accept("frame " + (read.frame() + 1) + " of " + read.frames() + " was read");
    }
    List<Leniency> leniencies = read.leniencies();
    leniencies.forEach(leniency -> notes.accept(leniency.toString()));
    return read;
  }
}
