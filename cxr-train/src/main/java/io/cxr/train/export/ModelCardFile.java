package io.cxr.train.export;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import com.google.protobuf.InvalidProtocolBufferException;
import io.cxr.error.ModelFormatException;
import io.cxr.file.AtomicFile;
import io.cxr.model.ModelCard;
import io.cxr.onnx.ModelScan;
import io.cxr.onnx.OnnxClassifier;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The card of a model file, read without running the model, and replaced. */
public final class ModelCardFile {
  private ModelCardFile() {}

  /**
   * Reads the card of a file.
   *
   * @param file an ONNX file
   * @return its card; empty if it has none
   * @throws IOException if it cannot be read
   * @throws ModelFormatException if it is no ONNX file, or its card is none
   */
  public static Optional<ModelCard> read(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    ModelScan.check(bytes, "Model " + file);
    return ModelScan.metadata(bytes, ModelCard.METADATA_KEY).map(ModelCard::fromJson);
  }

  /**
   * Writes a model with another card. The graph and all else stay as they are; the file is opened
   * with the new card before it is put in place.
   *
   * @param source a model file
   * @param card the new card
   * @param file replaced in one step; may be the source
   * @throws IOException if a file cannot be read or written
   * @throws ModelFormatException if the source is no model, or the card does not fit it
   */
  public static void write(Path source, ModelCard card, Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(source);
    ModelScan.check(bytes, "Model " + source);
    byte[] changed;
    try {
      changed = withCard(ModelProto.parseFrom(bytes), card);
    } catch (InvalidProtocolBufferException e) {
      throw new ModelFormatException(
          "Model " + source + ": expected an ONNX file, found other bytes. Copy it again.", e);
    }
    OnnxClassifier.builder(changed).threads(1).open().close();
    AtomicFile.write(file, ByteBuffer.wrap(changed));
  }

  static byte[] withCard(ModelProto model, ModelCard card) {
    ModelProto.Builder changed = model.toBuilder();
    List<StringStringEntryProto> others =
        changed.getMetadataPropsList().stream()
            .filter(entry -> !entry.getKey().equals(ModelCard.METADATA_KEY))
            .toList();
    changed.clearMetadataProps().addAllMetadataProps(others);
    changed.addMetadataPropsBuilder().setKey(ModelCard.METADATA_KEY).setValue(card.toJson());
    return changed.build().toByteArray();
  }
}
