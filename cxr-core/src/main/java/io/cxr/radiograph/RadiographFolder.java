package io.cxr.radiograph;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The radiographs below a folder, at any depth, and the files that were skipped. Immutable and
 * thread-safe.
 *
 * <p>A file is taken for a radiograph if its name ends in png, jpg, jpeg, tif, tiff, bmp, gif or
 * dcm, in upper or lower case, whatever its content; a file with another name if its first bytes
 * are those of DICOM, since archives export instances without an extension or named by their UID.
 * Symbolic links are followed. No file aborts the listing: those that were skipped are in {@link
 * #leftOut()}.
 */
public final class RadiographFolder {
  /** As far as a file shows whether it is of a format whose files are often unnamed. */
  private static final int HEAD = 144;

  /** The reason why a file or folder was skipped. */
  public enum Omission {
    /**
     * The companion file {@code ._NAME} that macOS writes on foreign file systems; not an image.
     */
    RESOURCE_FORK("resource fork of macOS"),
    /**
     * Its name starts with a dot, or the system hides it; for a folder, with all of its content.
     */
    HIDDEN("hidden file or folder"),
    /** A dangling symbolic link, as git-annex and DVC leave them until the data are fetched. */
    BROKEN_LINK("link that leads nowhere"),
    /** A symbolic link to an enclosing folder. */
    LINK_LOOP("link to a folder around it"),
    /** A folder or file that this process may not read. */
    UNREADABLE("that cannot be opened"),
    /** An index of a DICOM medium (PS3.10, 8.6), which has no pixels. */
    DICOM_DIRECTORY("DICOMDIR"),
    /** Anything else, such as a table or text file. */
    NO_RADIOGRAPH("that is no radiograph"),
    /** A file that a table names and that is not there. */
    MISSING("named by the table and not there");

    private final String words;

    Omission(String words) {
      this.words = words;
    }

    /**
     * A description of what was found, to follow a number.
     *
     * @return such as {@code link that leads nowhere}
     */
    public String words() {
      return words;
    }
  }

  private final List<Path> files;
  private final Map<Omission, List<Path>> leftOut;

  private RadiographFolder(List<Path> files, Map<Omission, List<Path>> leftOut) {
    this.files = List.copyOf(files);
    Map<Omission, List<Path>> sorted = new EnumMap<>(Omission.class);
    leftOut.forEach((reason, paths) -> sorted.put(reason, paths.stream().sorted().toList()));
    this.leftOut = Collections.unmodifiableMap(sorted);
  }

  /**
   * Lists a folder. Files are not decoded; those without a usual extension are opened for their
   * first bytes.
   *
   * @param folder the folder, which may itself be hidden or a link
   * @return its content
   * @throws NoSuchFileException if it does not exist
   * @throws NotDirectoryException if it is not a folder
   * @throws IOException if it cannot be opened
   */
  public static RadiographFolder list(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      throw new NoSuchFileException(folder.toString(), null, "expected a folder of radiographs");
    }
    if (!Files.isDirectory(folder)) {
      throw new NotDirectoryException(folder.toString());
    }
    Listing listing = new Listing(folder);
    Files.walkFileTree(
        folder, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, listing);
    Collections.sort(listing.files);
    return new RadiographFolder(listing.files, listing.leftOut);
  }

  /**
   * The radiographs, not yet read.
   *
   * @return sorted paths that start with the folder's; possibly none
   */
  public List<Path> files() {
    return files;
  }

  /**
   * The files and folders that were skipped. For a hidden folder, and for one that cannot be
   * opened, only the folder itself is listed.
   *
   * @return sorted paths by reason, without empty lists
   */
  public Map<Omission, List<Path>> leftOut() {
    return leftOut;
  }

  private static boolean hasRadiographName(String name) {
    int dot = name.lastIndexOf('.');
    return dot > 0
        && InstalledFormats.hasExtension(name.substring(dot + 1).toLowerCase(Locale.ROOT));
  }

  private static final class Listing extends SimpleFileVisitor<Path> {
    private final Path root;
    private final List<Path> files = new ArrayList<>();
    private final Map<Omission, List<Path>> leftOut = new EnumMap<>(Omission.class);

    Listing(Path root) {
      this.root = root;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
        throws IOException {
      if (!folder.equals(root) && isHidden(folder)) {
        return leaveOut(folder, Omission.HIDDEN, FileVisitResult.SKIP_SUBTREE);
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      String name = String.valueOf(file.getFileName());
      if (name.startsWith("._")) {
        return leaveOut(file, Omission.RESOURCE_FORK, FileVisitResult.CONTINUE);
      }
      if (isHidden(file)) {
        return leaveOut(file, Omission.HIDDEN, FileVisitResult.CONTINUE);
      }
      if (attributes.isSymbolicLink()) {
        // The walk follows links: what is still one leads nowhere.
        return leaveOut(file, Omission.BROKEN_LINK, FileVisitResult.CONTINUE);
      }
      if (!attributes.isRegularFile()) {
        return leaveOut(file, Omission.NO_RADIOGRAPH, FileVisitResult.CONTINUE);
      }
      if (hasRadiographName(name)) {
        files.add(file);
        return FileVisitResult.CONTINUE;
      }
      try {
        if (!isUnnamed(file)) {
          return leaveOut(file, Omission.NO_RADIOGRAPH, FileVisitResult.CONTINUE);
        }
      } catch (IOException e) {
        return leaveOut(file, Omission.UNREADABLE, FileVisitResult.CONTINUE);
      }
      if (name.equalsIgnoreCase("DICOMDIR")) {
        return leaveOut(file, Omission.DICOM_DIRECTORY, FileVisitResult.CONTINUE);
      }
      files.add(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
      if (file.equals(root)) {
        throw failure;
      }
      boolean loop = failure instanceof FileSystemLoopException;
      return leaveOut(
          file, loop ? Omission.LINK_LOOP : Omission.UNREADABLE, FileVisitResult.CONTINUE);
    }

    /** If listing a folder fails, what was found before is kept. */
    @Override
    public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure)
        throws IOException {
      if (failure != null) {
        if (folder.equals(root)) {
          throw failure;
        }
        leaveOut(folder, Omission.UNREADABLE, FileVisitResult.CONTINUE);
      }
      return FileVisitResult.CONTINUE;
    }

    private FileVisitResult leaveOut(Path path, Omission reason, FileVisitResult next) {
      leftOut.computeIfAbsent(reason, any -> new ArrayList<>()).add(path);
      return next;
    }

    private static boolean isHidden(Path path) throws IOException {
      return String.valueOf(path.getFileName()).startsWith(".")
          || (Files.exists(path, LinkOption.NOFOLLOW_LINKS) && Files.isHidden(path));
    }

    private static boolean isUnnamed(Path file) throws IOException {
      try (InputStream stream = Files.newInputStream(file)) {
        byte[] head = stream.readNBytes(HEAD);
        return InstalledFormats.isUnnamed(head, head.length);
      }
    }
  }
}
