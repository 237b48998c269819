package io.cxr.dicom;

import java.util.Map;
import java.util.Optional;

/**
 * The transfer syntaxes of DICOM PS3.6, table A-1, that need a {@link CodestreamDecoder}, and those
 * that no file can have, so that a refusal can name them.
 */
public final class OtherTransferSyntaxes {
  private static final String ROOT = "1.2.840.10008.1.2.";

  /** Pixel data in fragments, the data set in explicit VR little endian (PS3.5 A.4). */
  private static final Map<String, String> ENCAPSULATED =
      Map.ofEntries(
          Map.entry("4.92", "JPEG 2000 Part 2 Multi-component Image Compression (Lossless Only)"),
          Map.entry("4.93", "JPEG 2000 Part 2 Multi-component Image Compression"),
          Map.entry("4.100", "MPEG2 Main Profile / Main Level"),
          Map.entry("4.100.1", "Fragmentable MPEG2 Main Profile / Main Level"),
          Map.entry("4.101", "MPEG2 Main Profile / High Level"),
          Map.entry("4.101.1", "Fragmentable MPEG2 Main Profile / High Level"),
          Map.entry("4.102", "MPEG-4 AVC/H.264 High Profile / Level 4.1"),
          Map.entry("4.102.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1"),
          Map.entry("4.103", "MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1"),
          Map.entry(
              "4.103.1", "Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1"),
          Map.entry("4.104", "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video"),
          Map.entry(
              "4.104.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video"),
          Map.entry("4.105", "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video"),
          Map.entry(
              "4.105.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video"),
          Map.entry("4.106", "MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2"),
          Map.entry("4.106.1", "Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2"),
          Map.entry("4.107", "HEVC/H.265 Main Profile / Level 5.1"),
          Map.entry("4.108", "HEVC/H.265 Main 10 Profile / Level 5.1"),
          Map.entry("4.110", "JPEG XL Lossless"),
          Map.entry("4.111", "JPEG XL JPEG Recompression"),
          Map.entry("4.112", "JPEG XL"),
          Map.entry("4.201", "High-Throughput JPEG 2000 Image Compression (Lossless Only)"),
          Map.entry(
              "4.202",
              "High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)"),
          Map.entry("4.203", "High-Throughput JPEG 2000 Image Compression"),
          Map.entry("8.1", "Deflated Image Frame Compression"));

  /** No pixel data in the file, or another data set than those of PS3.10. */
  private static final Map<String, String> ELSEWHERE =
      Map.ofEntries(
          Map.entry("1.98", "Encapsulated Uncompressed Explicit VR Little Endian"),
          Map.entry("4.94", "JPIP Referenced"),
          Map.entry("4.95", "JPIP Referenced Deflate"),
          Map.entry("4.204", "JPIP HTJ2K Referenced"),
          Map.entry("4.205", "JPIP HTJ2K Referenced Deflate"),
          Map.entry("6.1", "RFC 2557 MIME encapsulation (Retired)"),
          Map.entry("6.2", "XML Encoding (Retired)"),
          Map.entry("7.1", "SMPTE ST 2110-20 Uncompressed Progressive Active Video"),
          Map.entry("7.2", "SMPTE ST 2110-20 Uncompressed Interlaced Active Video"),
          Map.entry("7.3", "SMPTE ST 2110-30 PCM Digital Audio"));

  private OtherTransferSyntaxes() {}

  /** Whether its data sets are in explicit VR little endian with pixel data in fragments. */
  public static boolean isEncapsulated(String uid) {
    return uid.startsWith(ROOT)
        && (ENCAPSULATED.containsKey(uid.substring(ROOT.length())) || isRetiredJpeg(uid));
  }

  /** Whether one bit stream holds all frames: MPEG2, H.264 and H.265 (PS3.5 A.4.5 to A.4.9). */
  public static boolean isVideo(String uid) {
    String name = ENCAPSULATED.getOrDefault(uid.replace(ROOT, ""), "");
    return name.contains("MPEG") || name.startsWith("HEVC");
  }

  /** Processes 3 to 29 of JPEG, which nobody writes any more. */
  private static boolean isRetiredJpeg(String uid) {
    return uid.matches("1\\.2\\.840\\.10008\\.1\\.2\\.4\\.(5[2-689]|6[0-6])");
  }

  /** A name for a message: that of PS3.6, or the identifier if it is one at all. */
  public static String described(String uid) {
    Optional<String> known = TransferSyntax.ofUid(uid).map(TransferSyntax::standardName);
    if (known.isEmpty() && uid.startsWith(ROOT)) {
      String end = uid.substring(ROOT.length());
      known =
          Optional.ofNullable(ENCAPSULATED.getOrDefault(end, ELSEWHERE.get(end)))
              .or(() -> isRetiredJpeg(uid) ? Optional.of("JPEG (Retired)") : Optional.empty());
    }
    if (known.isPresent()) {
      return known.get() + " (" + uid + ")";
    }
    return uid.matches("[0-9.]{1,64}") ? uid + ", which PS3.6 does not name" : "no identifier";
  }
}
