package io.cxr.spark;

import io.cxr.radiograph.DecodeBuffers;
import io.cxr.radiograph.DecodeLimits;
import io.cxr.radiograph.Radiograph;
import io.cxr.radiograph.RadiographReader;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * An image file to score.
 *
 * @param path a path without a scheme is one of the machine's own file system, which all executors
 *     must see alike; one with a scheme, such as {@code hdfs} or {@code s3a}, is Hadoop's
 * @param bytes its size; {@value #MISSING} if it is not there
 * @param modified when it was last changed, in milliseconds since 1970; {@value #MISSING} if it is
 *     not there
 */
record Film(String path, long bytes, long modified) {
  /** Instead of a size and a time. */
  static final long MISSING = -1;

  static final StructType SCHEMA =
      new StructType()
          .add("path", DataTypes.StringType, false)
          .add("bytes", DataTypes.LongType, false)
          .add("modifiedMillis", DataTypes.LongType, false);

  /** A row of {@link #SCHEMA}. */
  static Film of(Row row) {
    return new Film(row.getString(0), row.getLong(1), row.getLong(2));
  }

  /** In the order of {@link #SCHEMA}. */
  Row row() {
    return RowFactory.create(path, bytes, modified);
  }

  /** Looks at a file, which need not be there. */
  static Film stat(String path) {
    try {
      if (isLocal(path)) {
        BasicFileAttributes found = Files.readAttributes(local(path), BasicFileAttributes.class);
        return found.isDirectory()
            ? new Film(path, MISSING, MISSING)
            : new Film(path, found.size(), found.lastModifiedTime().toMillis());
      }
      FileStatus found = system(path).getFileStatus(new org.apache.hadoop.fs.Path(path));
      return new Film(path, found.getLen(), found.getModificationTime());
    } catch (IOException | IllegalArgumentException e) {
      // Reading it will say why.
      return new Film(path, MISSING, MISSING);
    }
  }

  /** Whether a path is the machine's own, without a scheme or with {@code file:}. */
  static boolean isLocal(String path) {
    return path.startsWith("file:") || !path.matches("[A-Za-z][A-Za-z0-9+.-]+:/.*");
  }

  /** A path of the machine's own. */
  static Path local(String path) {
    return path.startsWith("file:") ? Path.of(URI.create(path).getPath()) : Path.of(path);
  }

  /** Hadoop's file system of a path, as it is set up on this machine. */
  static FileSystem system(String path) throws IOException {
    return new org.apache.hadoop.fs.Path(path).getFileSystem(SparkHadoopUtil.get().conf());
  }

  /** The bytes of the file, at most one more than may be decoded, so that these are refused. */
  byte[] read() throws IOException {
    int most = (int) DecodeLimits.DEFAULT.bytes() + 1;
    if (isLocal(path)) {
      try (InputStream stream = Files.newInputStream(local(path))) {
        return stream.readNBytes(most);
      }
    }
    try (InputStream stream = system(path).open(new org.apache.hadoop.fs.Path(path))) {
      return stream.readNBytes(most);
    }
  }

  /** Reads and decodes the file. */
  Radiograph decode(DecodeBuffers buffers) throws IOException {
    return isLocal(path)
        ? RadiographReader.standard().read(local(path), buffers)
        : RadiographReader.standard().read(read(), buffers);
  }
}
