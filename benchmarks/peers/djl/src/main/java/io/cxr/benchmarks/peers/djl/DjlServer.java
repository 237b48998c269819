package io.cxr.benchmarks.peers.djl;

import ai.djl.inference.Predictor;
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.modality.cv.util.NDImageUtils;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.NoBatchifyTranslator;
import ai.djl.translate.TranslateException;
import ai.djl.translate.TranslatorContext;
import ai.djl.ModelException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/**
 * Deep Java Library's side of {@code benchmarks/peers/shipped}: the model file on its ONNX Runtime
 * engine, or the same network as TorchScript on its PyTorch engine. Requests and answers are those
 * of {@code network.py}. Arguments: engine, model file, number of threads.
 */
public final class DjlServer {
  private static final int SIZE = 224;

  private DjlServer() {}

  public static void main(String[] arguments)
      throws IOException, ModelException, TranslateException {
    String engine = arguments[0];
    String threads = arguments[2];
    System.setProperty("ai.djl.pytorch.num_threads", threads);
    System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
    try (ZooModel<Path, float[][]> model =
            Criteria.builder()
                .setTypes(Path.class, float[][].class)
                .optModelPath(Path.of(arguments[1]))
                .optEngine(engine)
                .optOption("intraOpNumThreads", threads)
                .optOption("interOpNumThreads", "1")
                .optTranslator(new FilmTranslator())
                .build()
                .loadModel();
        Predictor<Path, float[][]> films = model.newPredictor();
        Predictor<Path, float[][]> tensors = model.newPredictor(new TensorTranslator())) {
      serve(films, tensors);
    }
  }

  private static void serve(Predictor<Path, float[][]> films, Predictor<Path, float[][]> tensors)
      throws IOException, TranslateException {
    BufferedReader requests =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = requests.readLine(); line != null; line = requests.readLine()) {
      String[] request = line.split("\t");
      if (request[0].equals("outputs")) {
        StringJoiner numbers = new StringJoiner(" ");
        for (float[] output : tensors.predict(Path.of(request[1]))) {
          for (float number : output) {
            numbers.add(Float.toString(number));
          }
        }
        System.out.println(numbers);
      } else {
        System.out.println(time(films, Integer.parseInt(request[1]), request));
      }
      System.out.flush();
    }
  }

  private static long time(Predictor<Path, float[][]> films, int rounds, String[] request)
      throws TranslateException {
    List<Path> files = new ArrayList<>();
    for (int i = 2; i < request.length; i++) {
      files.add(Path.of(request[i]));
    }
    long start = System.nanoTime();
    for (int round = 0; round < rounds; round++) {
      for (Path file : files) {
        float[][] outputs = films.predict(file);
        if (!Float.isFinite(outputs[0][0])) {
          throw new IllegalStateException("Expected a probability, found " + outputs[0][0]);
        }
      }
    }
    return (System.nanoTime() - start) / ((long) rounds * files.size());
  }

  private static float[][] arrays(NDList outputs) {
    return outputs.stream().map(NDArray::toFloatArray).toArray(float[][]::new);
  }

  /** As DJL's documentation prepares an image: decode, resize, floats, channels first, mean. */
  private static final class FilmTranslator implements NoBatchifyTranslator<Path, float[][]> {
    @Override
    public NDList processInput(TranslatorContext context, Path file) throws IOException {
      Image film = ImageFactory.getInstance().fromFile(file);
      NDArray pixels = film.toNDArray(context.getNDManager(), Image.Flag.COLOR);
      NDArray small = NDImageUtils.resize(pixels, SIZE, SIZE, Image.Interpolation.BILINEAR);
      NDArray scaled = NDImageUtils.toTensor(small).mul(255f).sub(127.5f);
      return new NDList(scaled.expandDims(0));
    }

    @Override
    public float[][] processOutput(TranslatorContext context, NDList outputs) {
      return arrays(outputs);
    }
  }

  /** A float tensor in native order, as a file. */
  private static final class TensorTranslator implements NoBatchifyTranslator<Path, float[][]> {
    @Override
    public NDList processInput(TranslatorContext context, Path file) throws IOException {
      FloatBuffer values =
          ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.nativeOrder()).asFloatBuffer();
      float[] numbers = new float[values.remaining()];
      values.get(numbers);
      return new NDList(context.getNDManager().create(numbers, new Shape(1, 3, SIZE, SIZE)));
    }

    @Override
    public float[][] processOutput(TranslatorContext context, NDList outputs) {
      return arrays(outputs);
    }
  }
}
