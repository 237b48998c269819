package io.cxr.dicom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.cxr.dicom.image.DicomRadiographReader;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.DecodeLimits;
import io.cxr.radiograph.Radiograph;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file, a stream and bytes give the same, whichever reader is asked. */
class DicomInputsTest {
  @Test
  void everyReaderTakesFilesStreamsAndBytes(@TempDir Path folder) throws IOException {
    byte[] encoded =
        DicomPhantom.file(
            DicomPhantom.dataSet(12, false, "MONOCHROME2"),
            TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN);
    Path file = Files.write(folder.resolve("film.dcm"), encoded);
    DicomFile expected = DicomFile.read(encoded);
    assertEquals(expected.dataSet(), DicomFile.read(file).dataSet());
    assertEquals(expected.dataSet(), DicomFile.read(new ByteArrayInputStream(encoded)).dataSet());
    DicomRadiographReader reader = DicomRadiographReader.standard();
    Radiograph film = reader.read(encoded).radiograph();
    assertEquals(film, reader.read(file).radiograph());
    assertEquals(film, reader.read(new ByteArrayInputStream(encoded)).radiograph());
    assertEquals(film, Radiograph.read(file));
    assertThrows(NoSuchFileException.class, () -> reader.read(folder.resolve("none.dcm")));
  }

  @Test
  void aStreamThatIsTooLongIsRefused() {
    byte[] encoded =
        DicomPhantom.file(
            DicomPhantom.dataSet(12, false, "MONOCHROME2"),
            TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN);
    DicomRadiographReader small =
        DicomRadiographReader.withLimits(new DecodeLimits(1 << 20, encoded.length - 1));
    ByteArrayInputStream stream = new ByteArrayInputStream(encoded);
    UnsupportedRadiographException refusal =
        assertThrows(UnsupportedRadiographException.class, () -> small.read(stream));
    assertEquals(UnsupportedRadiographException.Reason.TOO_LARGE, refusal.reason());
  }
}
