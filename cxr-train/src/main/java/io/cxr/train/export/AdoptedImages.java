package io.cxr.train.export;

import ai.onnxruntime.OrtException;
import io.cxr.error.ModelFormatException;
import io.cxr.model.InputShape;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** What a network of others takes; sizes without the batch's, as in the file. Immutable. */
final class AdoptedImages {
  final int batch;
  final int[] sizes;
  final InputShape shape;

  private AdoptedImages(int batch, int[] sizes, InputShape shape) {
    this.batch = batch;
    this.sizes = sizes;
    this.shape = shape;
  }

  int elements() {
    return shape.elements();
  }

  long[] axes(int images) {
    return new long[] {images, sizes[0], sizes[1], sizes[2]};
  }

  /**
   * Reads what the file takes, and what was told where it leaves that open.
   *
   * @throws ModelFormatException if it takes no images
   */
  static AdoptedImages of(ForeignGraph graph, ModelAdoption told) {
    int[] axes = graph.inputSizes();
    String described = "images [N, C, rows, columns] or [N, rows, columns, C], C 1 or 3";
    if (axes.length != 4) {
      throw graph.refusal(described, "an input of " + axes.length + " axes");
    }
    boolean last = isChannels(axes[3]) && !isChannels(axes[1]);
    int known = last ? axes[3] : axes[1];
    int wanted = told.channels == 0 && known == 0 ? 3 : told.channels == 0 ? known : told.channels;
    if ((known != 0 && known != wanted) || !isChannels(wanted)) {
      throw graph.refusal(
          described
              + (told.channels == 0
                  ? ""
                  : ", with the " + told.channels + " channels that were told"),
          Arrays.toString(axes).replace("0", "?"));
    }
    int[] size = last ? new int[] {axes[1], axes[2]} : new int[] {axes[2], axes[3]};
    int height = size(graph, size[0], told.rows, "rows");
    int width = size(graph, size[1], told.columns, "columns");
    InputShape.Layout layout =
        last ? InputShape.Layout.CHANNELS_LAST : InputShape.Layout.CHANNELS_FIRST;
    return new AdoptedImages(
        axes[0],
        last ? new int[] {height, width, wanted} : new int[] {wanted, height, width},
        new InputShape(wanted, height, width, layout));
  }

  private static boolean isChannels(int size) {
    return size == 1 || size == 3;
  }

  private static int size(ForeignGraph graph, int known, int told, String what) {
    if (known == 0 && told == 0) {
      throw graph.refusal(
          "a size of images, which the file leaves open", "none told. Give it with --size");
    }
    if (known != 0 && told != 0 && known != told) {
      throw graph.refusal(
          "images of the size that was told, " + told + " " + what,
          known + ". Leave it out, or export the network with open sizes");
    }
    return known == 0 ? told : known;
  }

  /**
   * Runs a graph on one image, as often as a batch has it.
   *
   * @throws ModelFormatException if it does not run
   */
  TensorRun.Value run(
      ForeignGraph graph, byte[] model, String name, float[] image, int batch, String wanted) {
    float[] all = new float[batch * image.length];
    for (int i = 0; i < batch; i++) {
      System.arraycopy(image, 0, all, i * image.length, image.length);
    }
    try {
      return Objects.requireNonNull(
          TensorRun.run(model, name, all, axes(batch), List.of(wanted)).get(wanted));
    } catch (OrtException e) {
      throw new ModelFormatException(
          graph.origin()
              + ": expected a network that ONNX Runtime runs on images of "
              + Arrays.toString(axes(batch))
              + ", found: "
              + e.getMessage()
              + ".",
          e);
    }
  }
}
