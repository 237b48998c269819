package io.cxr.train.lungs;

import io.cxr.dataset.ImageSet;
import io.cxr.dataset.LabelledRadiograph;
import io.cxr.dataset.MaskFolder;
import io.cxr.error.CxrException;
import io.cxr.model.PreprocessingSpec;
import io.cxr.model.PreprocessingStep.Normalization;
import io.cxr.model.Resampling;
import io.cxr.preprocess.StandardPreprocessor;
import io.cxr.radiograph.Radiograph;
import java.io.IOException;

/** A film and its mask at the network's size. */
final class LungExample {
  private final LabelledRadiograph item;
  private final byte[] gray;
  private final float[] mask;

  private LungExample(LabelledRadiograph item, byte[] gray, float[] mask) {
    this.item = item;
    this.gray = gray;
    this.mask = mask;
  }

  /** The film. */
  LabelledRadiograph item() {
    return item;
  }

  /** The film, row by row; not copied. */
  byte[] gray() {
    return gray;
  }

  /** The share of lung in each place, 0 to 1, row by row; not copied. */
  float[] mask() {
    return mask;
  }

  /**
   * Reads a film and its mask.
   *
   * @throws IOException if a file is unreadable
   * @throws CxrException if a file is no picture
   */
  static LungExample read(
      ImageSet folder, MaskFolder masks, LabelledRadiograph item, LungRecipe recipe)
      throws IOException {
    byte[] gray = StandardPreprocessor.of(recipe.preprocessing()).gray(item.readNamed());
    Radiograph drawn = masks.read(folder.nameOf(item)).orElseThrow();
    PreprocessingSpec coarse =
        PreprocessingSpec.of(
            recipe.maskSide(),
            recipe.maskSide(),
            Resampling.BILINEAR,
            1,
            Normalization.Kind.UNIT_RANGE);
    byte[] shares = StandardPreprocessor.of(coarse).gray(drawn);
    float[] mask = new float[shares.length];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = (shares[i] & 0xff) / 255f;
    }
    return new LungExample(item, gray, mask);
  }
}
