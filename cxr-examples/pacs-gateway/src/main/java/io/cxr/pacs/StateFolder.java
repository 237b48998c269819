package io.cxr.pacs;

import static java.lang.System.Logger.Level.WARNING;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder of a gateway's state: of one process at a time, and readable by its owner alone, since
 * results that wait hold images. Closing it lets another process have it.
 */
final class StateFolder implements AutoCloseable {
  static final String DATABASE = "gateway.sqlite";
  static final String AUDIT_TRAIL = "audit.jsonl";

  private static final System.Logger LOG = System.getLogger(StateFolder.class.getName());
  private static final Set<PosixFilePermission> OWNER_ALONE =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> FILE_OF_OWNER =
      PosixFilePermissions.fromString("rw-------");

  private final Path folder;
  private final FileChannel channel;
  private final FileLock lock;

  private StateFolder(Path folder, FileChannel channel, FileLock lock) {
    this.folder = folder;
    this.channel = channel;
    this.lock = lock;
  }

  /**
   * Opens a folder, which is made when needed. One that others could read is closed to them, if it
   * is empty or a gateway's; its files are, wherever it lies.
   */
  static StateFolder open(Path folder) throws IOException {
    boolean posix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
    if (!Files.isDirectory(folder)) {
      Path parent = folder.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      if (posix) {
        Files.createDirectory(folder, PosixFilePermissions.asFileAttribute(OWNER_ALONE));
      } else {
        Files.createDirectory(folder);
      }
    } else if (posix) {
      closeToOthers(folder);
    }
    FileChannel channel =
        FileChannel.open(
            folder.resolve("gateway.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = tryLock(channel);
      if (lock == null) {
        throw new IOException(
            "State "
                + folder
                + ": expected no other process to use it, found one. Stop that gateway, or give"
                + " this one another folder.");
      }
      if (posix) {
        // SQLite gives the files beside its database the same permissions.
        for (String name : List.of(DATABASE, DATABASE + "-wal", AUDIT_TRAIL)) {
          closeFileToOthers(folder.resolve(name), !name.endsWith("-wal"));
        }
      }
      return new StateFolder(folder, channel, lock);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static void closeToOthers(Path folder) throws IOException {
    if (OWNER_ALONE.containsAll(Files.getPosixFilePermissions(folder))) {
      return;
    }
    boolean own;
    try (Stream<Path> content = Files.list(folder)) {
      own =
          Files.exists(folder.resolve(DATABASE))
              || content.noneMatch(file -> !file.endsWith("gateway.lock"));
    }
    if (own) {
      try {
        Files.setPosixFilePermissions(folder, OWNER_ALONE);
        LOG.log(WARNING, "State {0}: others could read the folder; they cannot any more", folder);
        return;
      } catch (IOException e) {
        // It belongs to somebody else, as volumes of containers do.
        LOG.log(
            WARNING,
            "State {0}: expected a folder that its owner alone can read, found one that cannot be"
                + " made so. Its files are closed to others.",
            folder);
        return;
      }
    }
    LOG.log(
        WARNING,
        "State {0}: expected a folder of the gateway''s own, found one with other files that others"
            + " can read. The gateway''s files are closed to others; give it another folder.",
        folder);
  }

  private static void closeFileToOthers(Path file, boolean make) throws IOException {
    try {
      if (make) {
        Files.createFile(file, PosixFilePermissions.asFileAttribute(FILE_OF_OWNER));
        return;
      }
    } catch (FileAlreadyExistsException e) {
      // From an earlier run.
    }
    if (Files.exists(file) && !FILE_OF_OWNER.containsAll(Files.getPosixFilePermissions(file))) {
      Files.setPosixFilePermissions(file, FILE_OF_OWNER);
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  Path database() {
    return folder.resolve(DATABASE);
  }

  Path auditTrail() {
    return folder.resolve(AUDIT_TRAIL);
  }

  /** Lets another process have the folder. Idempotent. */
  @Override
  public void close() throws IOException {
    if (lock.isValid()) {
      lock.release();
    }
    channel.close();
  }
}
