package io.cxr.examples;

import io.cxr.dicom.DicomFile;
import io.cxr.dicom.deidentify.DeIdentifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** De-identifies one DICOM file. */
public final class DeIdentifyOneInstance {
  private DeIdentifyOneInstance() {}

  /**
   * Writes the de-identified instance, which keeps age and sex.
   *
   * @param arguments a DICOM file, a file of at least 16 random bytes, and the output file
   * @throws IOException if a file cannot be read or written
   */
  public static void main(String[] arguments) throws IOException {
    Path source = Path.of(arguments[0]);
    Path key = Path.of(arguments[1]);
    Path target = Path.of(arguments[2]);
    DeIdentifier deIdentifier =
        DeIdentifier.builder(Files.readAllBytes(key)).retainPatientCharacteristics(true).build();
    DicomFile result = deIdentifier.deIdentify(DicomFile.read(source));
    Files.write(target, result.toBytes());
  }
}
