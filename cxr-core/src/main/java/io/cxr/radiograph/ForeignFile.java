package io.cxr.radiograph;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.imaging.ImageFormat;
import org.apache.commons.imaging.ImageFormats;
import org.apache.commons.imaging.Imaging;

/**
 * What a file is that is no image that can be read: the kinds that people pass for one, each with
 * what helps. Told by first bytes; nothing of the content is shown, which may be about a patient.
 */
final class ForeignFile {
  /** As far as a text shows its kind. */
  private static final int TEXT = 512;

  /** As far as an image is looked for behind other data: a header, an e-mail, an HTTP answer. */
  private static final int WRAPPING = 1 << 16;

  private static final String CONVERT = "; convert it to PNG";

  /** How a kind begins, in ISO 8859-1, from a place on. */
  private record Beginning(int at, String bytes, String words) {}

  private static final List<Beginning> BINARY =
      List.of(
          new Beginning(8, "WEBP", "a WebP image" + CONVERT + ", for example with dwebp IN -o OUT"),
          new Beginning(0, "\0\0\0\fjP  \r\n", "a JPEG 2000 image" + CONVERT),
          new Beginning(0, "\u00ffO\u00ffQ", "a JPEG 2000 codestream" + CONVERT),
          new Beginning(0, "\u00ff\n", "a JPEG XL image" + CONVERT),
          new Beginning(0, "\0\0\0\fJXL ", "a JPEG XL image" + CONVERT),
          new Beginning(0, "%PDF", "a PDF document; export the picture that is in it as PNG"),
          new Beginning(0, "PK\u0003\u0004", "a ZIP archive; unpack it and pass the files in it"),
          new Beginning(
              0, "\u001f\u008b", "a gzip archive; unpack it (gunzip) and pass what is in it"),
          new Beginning(0, "7z\u00bc\u00af", "a 7-Zip archive; unpack it and pass the files in it"),
          new Beginning(0, "Rar!", "a RAR archive; unpack it and pass the files in it"),
          new Beginning(0, "BZh", "a bzip2 archive; unpack it (bunzip2) and pass what is in it"),
          new Beginning(
              0, "\u00fd7zXZ\0", "an xz archive; unpack it (unxz) and pass what is in it"),
          new Beginning(257, "ustar", "a tar archive; unpack it and pass the files in it"),
          new Beginning(344, "n+1\0", "a NIfTI volume; convert the radiograph in it to PNG"),
          new Beginning(344, "ni1\0", "a NIfTI header; convert the radiograph to PNG"),
          new Beginning(0, "NRRD000", "an NRRD volume; convert the radiograph in it to PNG"),
          new Beginning(0, "\u0093NUMPY", "a NumPy array; save it as PNG"),
          new Beginning(
              0, "\u0089HDF\r\n\u001a\n", "an HDF5 file, such as weights of Keras; pass an image"),
          new Beginning(0, "8BPS", "a Photoshop document" + CONVERT),
          new Beginning(
              0,
              "\0\u0005\u0016\u0007",
              "a resource fork of macOS (._NAME), which is no image; pass the file without ._"),
          new Beginning(
              0, "\0\u0005\u0016\0", "an AppleSingle file of macOS; take the data out of it"),
          new Beginning(0, "\0\0\u0001\0", "an icon" + CONVERT),
          new Beginning(0, "v/1\u0001", "an OpenEXR image" + CONVERT));

  private static final List<Beginning> TEXTS =
      List.of(
          new Beginning(
              0,
              "version https://git-lfs",
              "a Git LFS pointer in place of the file; fetch the file itself: git lfs pull"),
          new Beginning(
              0,
              "/annex/objects/",
              "a git-annex pointer in place of the file; fetch the file itself: git annex get"),
          new Beginning(0, "http/1.", "an HTTP answer with its header; save its body alone"),
          new Beginning(0, "<svg", "an SVG drawing; pass the picture as PNG"),
          new Beginning(0, "<?xml", "an XML document; pass an image file"),
          new Beginning(0, "<error", "an XML document, such as a server's refusal; download again"),
          new Beginning(0, "{\"", "JSON text; pass an image file"),
          new Beginning(0, "[{", "JSON text; pass an image file"),
          new Beginning(0, "objecttype =", "a MetaImage header; convert the radiograph to PNG"),
          new Beginning(
              0,
              "mime-version:",
              "an e-mail or another MIME message; save what is attached to it"));

  private static final List<String> HTML =
      List.of("<!doctype html", "<html", "<head", "<body", "<title", "<meta", "<script");

  private static final String HTML_WORDS =
      "an HTML page, which a web server sends in place of a file that is gone or that one has to log"
          + " in for; open its address in a browser and download the image itself";

  private static final Set<ImageFormat> RARE_FORMATS =
      Set.of(ImageFormats.DCX, ImageFormats.JBIG2, ImageFormats.RGBE, ImageFormats.PAM);

  private ForeignFile() {}

  /** What the file is and what helps, if that is known: words to follow "found". */
  static Optional<String> describe(byte[] encoded, int length) {
    for (Beginning kind : BINARY) {
      if (begins(encoded, length, kind.at(), kind.bytes())) {
        return Optional.of(kind.words());
      }
    }
    if (begins(encoded, length, 4, "ftyp") && length >= 12) {
      return Optional.of(ofIsoMedia(new String(encoded, 8, 4, StandardCharsets.ISO_8859_1)));
    }
    if (encoded[0] == 'P'
        && length > 2
        && encoded[1] >= '1'
        && encoded[1] <= '6'
        && encoded[2] <= ' ') {
      return Optional.of("a PNM image (PGM or PPM)" + CONVERT);
    }
    return ofText(encoded, length)
        .or(() -> ofRareFormat(encoded, length))
        .or(() -> wrapped(encoded, length));
  }

  /** Formats that Commons Imaging tells, but for those that it tells by bytes that texts have. */
  private static Optional<String> ofRareFormat(byte[] encoded, int length) {
    try {
      ImageFormat format = Imaging.guessFormat(Arrays.copyOf(encoded, Math.min(length, TEXT)));
      return RARE_FORMATS.contains(format)
          ? Optional.of("an image in the format " + format.getName() + CONVERT)
          : Optional.empty();
    } catch (IOException | IllegalArgumentException e) {
      // Too short to tell.
      return Optional.empty();
    }
  }

  /** ISO/IEC 14496-12, 4.3. */
  private static String ofIsoMedia(String brand) {
    return switch (brand) {
      case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1" ->
          "a HEIC image, as phones and Macs save them; convert it to PNG, for example with"
              + " heif-convert IN OUT.png, or set the phone to the most compatible format";
      case "avif", "avis" -> "an AVIF image" + CONVERT;
      default -> "a film or sound in MP4, QuickTime or the like; pass a single picture as PNG";
    };
  }

  private static Optional<String> ofText(byte[] encoded, int length) {
    int at = begins(encoded, length, 0, "\u00ef\u00bb\u00bf") ? 3 : 0;
    while (at < Math.min(length, TEXT) && encoded[at] <= ' ' && encoded[at] > 0) {
      at++;
    }
    String text =
        new String(encoded, at, Math.min(length - at, TEXT), StandardCharsets.ISO_8859_1)
            .toLowerCase(Locale.ROOT);
    // A comment may come before the page.
    if (HTML.stream().anyMatch(text::startsWith)
        || (text.startsWith("<!--") && text.contains("<html"))) {
      return Optional.of(HTML_WORDS);
    }
    return TEXTS.stream()
        .filter(kind -> text.startsWith(kind.bytes()))
        .map(Beginning::words)
        .findFirst();
  }

  /** An image that begins later: it lies in something else. */
  private static Optional<String> wrapped(byte[] encoded, int length) {
    for (int at = 1; at < Math.min(length, WRAPPING); at++) {
      String format =
          begins(encoded, length, at, "\u00ff\u00d8\u00ff\u00e0")
                  || begins(encoded, length, at, "\u00ff\u00d8\u00ff\u00e1")
                  || begins(encoded, length, at, "\u00ff\u00d8\u00ff\u00db")
              ? "JPEG"
              : begins(encoded, length, at, "\u0089PNG\r\n\u001a\n") ? "PNG" : "";
      if (!format.isEmpty()) {
        return Optional.of(
            "other data with a "
                + format
                + " image in it from byte "
                + at
                + " on; export the image alone");
      }
    }
    return Optional.empty();
  }

  private static boolean begins(byte[] encoded, int length, int at, String bytes) {
    if (length - at < bytes.length()) {
      return false;
    }
    for (int i = 0; i < bytes.length(); i++) {
      if ((encoded[at + i] & 255) != bytes.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
