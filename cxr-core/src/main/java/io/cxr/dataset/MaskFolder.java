package io.cxr.dataset;

import io.cxr.error.UnsupportedRadiographException;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A folder with masks of the images of an {@link ImageFolder}: PNG files, bright where the image
 * shows what is masked, such as lungs. The mask of {@code COVID19/film-7.jpg} is {@code
 * COVID19/film-7.png} or {@code COVID19-film-7.png}. Images may have none. Immutable and
 * thread-safe.
 */
public final class MaskFolder {
  private static final String EXTENSION = ".png";

  private final Path root;

  private MaskFolder(Path root) {
    this.root = root;
  }

  /**
   * Opens a folder.
   *
   * @param root the folder
   * @return the masks
   * @throws NotDirectoryException if there is no such folder
   */
  public static MaskFolder open(Path root) throws NotDirectoryException {
    if (!Files.isDirectory(root)) {
      throw new NotDirectoryException(root.toString());
    }
    return new MaskFolder(root);
  }

  /**
   * The file with the mask of an image.
   *
   * @param image the image's name in its folder, as {@link ImageFolder#nameOf} gives it
   * @return the file, or empty if there is none
   */
  public Optional<Path> file(String image) {
    int dot = image.lastIndexOf('.');
    String stem = dot > image.lastIndexOf('/') ? image.substring(0, dot) : image;
    return List.of(stem, stem.replace('/', '-')).stream()
        .map(name -> root.resolve(name + EXTENSION))
        .filter(Files::isRegularFile)
        .findFirst();
  }

  /**
   * The mask of an image.
   *
   * @param image the image's name in its folder, as {@link ImageFolder#nameOf} gives it
   * @return the mask, in any size; empty if there is none
   * @throws IOException if the mask is unreadable
   * @throws UnsupportedRadiographException if it is no picture; the message names the file
   */
  public Optional<Radiograph> read(String image) throws IOException {
    Optional<Path> file = file(image);
    if (file.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Radiograph.read(file.get()));
    } catch (UnsupportedRadiographException e) {
      throw new UnsupportedRadiographException(
          e.reason(), file.get().getFileName() + ": " + e.getMessage(), e);
    }
  }
}
