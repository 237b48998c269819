package io.cxr.dicom;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.cxr.dicom.image.CodestreamSeeds;
import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.DecodeBuffers;
import io.cxr.radiograph.Radiograph;
import io.cxr.radiograph.RadiographReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** DICOM in memory that is used again gives what new memory gives. */
class DicomBuffersTest {
  @Test
  void everySyntaxInAnyOrder() {
    RadiographReader reader = RadiographReader.standard();
    int read = 0;
    try (DecodeBuffers buffers = new DecodeBuffers()) {
      for (int round = 0; round < 2; round++) {
        List<Radiograph> kept = new ArrayList<>();
        List<Radiograph> expected = new ArrayList<>();
        for (Map.Entry<String, byte[]> file : CodestreamSeeds.FILES.entrySet()) {
          Radiograph alone;
          try {
            alone = reader.read(file.getValue());
          } catch (UnsupportedRadiographException e) {
            // Such as JPEG 2000 without its codec.
            UnsupportedRadiographException again =
                assertThrows(
                    UnsupportedRadiographException.class,
                    () -> reader.read(file.getValue(), buffers));
            assertEquals(e.getMessage(), again.getMessage());
            continue;
          }
          buffers.giveBack(reader.read(file.getValue(), buffers));
          kept.add(reader.read(file.getValue(), buffers));
          expected.add(alone);
        }
        assertEquals(expected, kept, "none has the pixels of a later one");
        read += kept.size();
      }
    }
    assertTrue(read > 20, read + " files");
  }

  @Test
  void anInstanceLeavesLittleGarbage() {
    byte[] pixels = new byte[2 * 1000 * 1100];
    for (int i = 0; i < pixels.length; i += 2) {
      pixels[i] = (byte) i;
      pixels[i + 1] = (byte) (i >> 8 & 15);
    }
    DicomDataSet dataSet =
        DicomPhantom.dataSet(12, false, "MONOCHROME1")
            .with(
                DicomPhantom.us(DicomTag.ROWS, 1000),
                DicomPhantom.us(DicomTag.COLUMNS, 1100),
                DicomElement.ofBytes(DicomTag.PIXEL_DATA, ValueRepresentation.OW, pixels));
    byte[] file = DicomPhantom.file(dataSet, TransferSyntax.EXPLICIT_VR_LITTLE_ENDIAN);
    try (DecodeBuffers buffers = new DecodeBuffers()) {
      long bytes = Long.MAX_VALUE;
      long patience = System.nanoTime() + Duration.ofMinutes(3).toNanos();
      while (bytes >= 1_000_000 && System.nanoTime() < patience) {
        long before = allocated();
        for (int i = 0; i < 10; i++) {
          buffers.giveBack(RadiographReader.standard().read(file, buffers));
        }
        bytes = Math.min(bytes, (allocated() - before) / 10);
      }

      assertTrue(bytes < 1_000_000, bytes + " bytes for 2.2 MB of pixels");
    }
  }

  private static long allocated() {
    return ((com.sun.management.ThreadMXBean)
            java.lang.management.ManagementFactory.getThreadMXBean())
        .getThreadAllocatedBytes(Thread.currentThread().getId());
  }
}
