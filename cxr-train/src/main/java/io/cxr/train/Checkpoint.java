package io.cxr.train;

import io.cxr.file.AtomicFile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * The state of a training after an epoch, from which it goes on to the same weights, bit for bit,
 * as if it had never stopped. It lies beside the model as {@code NAME.checkpoint} until the
 * training has ended.
 *
 * <p>The file has a header (magic, CRC-32 and length of what follows), the counters and the
 * history, then the float32 arrays, all little-endian but for the counters, which are Java's.
 *
 * @param plan stands for all that decides the weights; a checkpoint of another plan is refused
 * @param iterations steps of the optimiser so far
 * @param history the epochs so far
 * @param bestEpoch the best of them
 * @param stoppingFigure the figure that early stopping compares with
 * @param epochsWithoutGain how long it waits already
 * @param state the network's weights, the optimiser's state, and the best epoch's weights
 */
record Checkpoint(
    String plan,
    int iterations,
    List<TrainingHistory.Epoch> history,
    int bestEpoch,
    double stoppingFigure,
    int epochsWithoutGain,
    State state) {
  private static final int MAGIC = 0x43585232;
  private static final int HEADER = 24;
  private static final int CHUNK = 1 << 20;

  Checkpoint {
    history = List.copyOf(history);
  }

  /** Three arrays, which are no record's components. Owned by the checkpoint. */
  static final class State {
    final float[] weights;
    final float[] optimizer;
    final float[] bestWeights;

    State(float[] weights, float[] optimizer, float[] bestWeights) {
      this.weights = weights;
      this.optimizer = optimizer;
      this.bestWeights = bestWeights;
    }
  }

  static Path fileBeside(Path model) {
    String name = model.getFileName().toString().replaceFirst("\\.[^.]*$", "");
    return model.resolveSibling(name + ".checkpoint");
  }

  void write(Path file) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeUTF(plan);
    out.writeInt(iterations);
    out.writeInt(bestEpoch);
    out.writeDouble(stoppingFigure);
    out.writeInt(epochsWithoutGain);
    out.writeInt(history.size());
    for (TrainingHistory.Epoch epoch : history) {
      out.writeInt(epoch.epoch());
      out.writeDouble(epoch.trainingLoss());
      out.writeDouble(epoch.trainingAccuracy());
      out.writeDouble(epoch.validationLoss());
      out.writeDouble(epoch.validationAccuracy());
      out.writeDouble(epoch.validationAuroc());
      out.writeDouble(epoch.seconds());
    }
    List<float[]> arrays = List.of(state.weights, state.optimizer, state.bestWeights);
    for (float[] array : arrays) {
      out.writeInt(array.length);
    }
    out.flush();
    CRC32 crc = new CRC32();
    AtomicFile.write(
        file,
        channel -> {
          channel.position(HEADER);
          put(channel, ByteBuffer.wrap(bytes.toByteArray()), crc);
          ByteBuffer chunk = ByteBuffer.allocateDirect(4 * CHUNK).order(ByteOrder.LITTLE_ENDIAN);
          for (float[] array : arrays) {
            for (int start = 0; start < array.length; start += CHUNK) {
              int count = Math.min(CHUNK, array.length - start);
              chunk.clear();
              chunk.asFloatBuffer().put(array, start, count);
              put(channel, chunk.limit(4 * count), crc);
            }
          }
          ByteBuffer header = ByteBuffer.allocate(HEADER);
          header.putInt(MAGIC).putLong(channel.position() - HEADER).putLong(crc.getValue());
          header.putInt(bytes.size()).flip();
          channel.position(0);
          while (header.hasRemaining()) {
            channel.write(header);
          }
        });
  }

  private static void put(FileChannel channel, ByteBuffer content, CRC32 crc) throws IOException {
    crc.update(content.duplicate());
    while (content.hasRemaining()) {
      channel.write(content);
    }
  }

  /** The checkpoint in a file, or nothing if there is no such file. */
  static Optional<Checkpoint> read(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      ByteBuffer header = get(channel, HEADER, file, new CRC32());
      int magic = header.getInt();
      long length = header.getLong();
      long checksum = header.getLong();
      int figures = header.getInt();
      if (magic != MAGIC || length != channel.size() - HEADER || figures > length || figures < 0) {
        throw damaged(file);
      }
      CRC32 crc = new CRC32();
      byte[] bytes = new byte[figures];
      get(channel, figures, file, crc).get(bytes);
      DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes));
      String plan = in.readUTF();
      int iterations = in.readInt();
      int bestEpoch = in.readInt();
      double stoppingFigure = in.readDouble();
      int epochsWithoutGain = in.readInt();
      List<TrainingHistory.Epoch> history = new ArrayList<>();
      for (int epochs = in.readInt(); epochs > 0; epochs--) {
        history.add(
            new TrainingHistory.Epoch(
                in.readInt(),
                in.readDouble(),
                in.readDouble(),
                in.readDouble(),
                in.readDouble(),
                in.readDouble(),
                in.readDouble()));
      }
      int[] lengths = {in.readInt(), in.readInt(), in.readInt()};
      if (figures + 4L * lengths[0] + 4L * lengths[1] + 4L * lengths[2] != length) {
        throw damaged(file);
      }
      float[][] arrays = new float[lengths.length][];
      for (int i = 0; i < lengths.length; i++) {
        arrays[i] = new float[lengths[i]];
        for (int start = 0; start < lengths[i]; start += CHUNK) {
          int count = Math.min(CHUNK, lengths[i] - start);
          ByteBuffer chunk = get(channel, 4 * count, file, crc).order(ByteOrder.LITTLE_ENDIAN);
          chunk.asFloatBuffer().get(arrays[i], start, count);
        }
      }
      if (crc.getValue() != checksum) {
        throw damaged(file);
      }
      return Optional.of(
          new Checkpoint(
              plan,
              iterations,
              history,
              bestEpoch,
              stoppingFigure,
              epochsWithoutGain,
              new State(arrays[0], arrays[1], arrays[2])));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private static ByteBuffer get(FileChannel channel, int count, Path file, CRC32 crc)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes) < 0) {
        throw damaged(file);
      }
    }
    bytes.flip();
    crc.update(bytes.duplicate());
    return bytes;
  }

  private static IOException damaged(Path file) {
    return new IOException(
        file
            + ": expected the checkpoint of a training, found a damaged or another file."
            + " Delete it, and train without resuming.");
  }
}
