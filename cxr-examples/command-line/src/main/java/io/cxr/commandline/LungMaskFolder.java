package io.cxr.commandline;

import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.train.LungAttentionFit.MaskedFilm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A folder of masks of the lungs, {@code CLASS-NAME.png} for an image {@code NAME} of a class. */
record LungMaskFolder(Path folder) {
  /**
   * The images that have a mask.
   *
   * @throws IllegalArgumentException if none has
   */
  List<MaskedFilm> films(ImageSet images) throws IOException {
    if (!Files.isDirectory(folder)) {
      throw new IllegalArgumentException("--lung-masks: expected a folder, found " + folder);
    }
    List<MaskedFilm> films = new ArrayList<>();
    for (LabelledRadiograph item : images.items()) {
      String name = Objects.toString(item.file().getFileName());
      int dot = name.lastIndexOf('.');
      String stem = dot < 0 ? name : name.substring(0, dot);
      Path mask = folder.resolve(item.label() + "-" + stem + ".png");
      if (Files.isRegularFile(mask)) {
        films.add(new MaskedFilm(item.file(), mask));
      }
    }
    if (films.isEmpty()) {
      throw new IllegalArgumentException(
          "--lung-masks: expected masks CLASS-NAME.png of images of the data, found none in "
              + folder);
    }
    return films;
  }
}
