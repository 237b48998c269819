package io.cxr.workbench.state;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The folder of the workbench's state: of one process at a time, and readable by its owner alone.
 * Closing it lets another process have it.
 */
public final class StateFolder implements AutoCloseable {
  private static final String LOCK = "workbench.lock";
  private static final String INCOMING = "incoming";
  private static final Set<PosixFilePermission> OWNER_ALONE =
      PosixFilePermissions.fromString("rwx------");

  private final Path folder;
  private final FileChannel channel;
  private final FileLock lock;

  private StateFolder(Path folder, FileChannel channel, FileLock lock) {
    this.folder = folder;
    this.channel = channel;
    this.lock = lock;
  }

  /**
   * Opens a folder, which is made when needed, and closes it to others. What an interrupted upload
   * left there is deleted.
   *
   * @param folder an empty one, one that does not exist yet, or a workbench's
   * @return the folder, which the caller closes
   * @throws IOException if it cannot be made, holds something else, or another process uses it
   */
  public static StateFolder open(Path folder) throws IOException {
    Files.createDirectories(folder);
    if (!Files.exists(folder.resolve(LOCK))) {
      try (Stream<Path> content = Files.list(folder)) {
        if (content.findAny().isPresent()) {
          throw new IOException(
              "State "
                  + folder
                  + ": expected an empty folder or a workbench's, found other files. Give it a"
                  + " folder of its own.");
        }
      }
    }
    if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.setPosixFilePermissions(folder, OWNER_ALONE);
    }
    FileChannel channel =
        FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      FileLock lock = tryLock(channel);
      if (lock == null) {
        throw new IOException(
            "State "
                + folder
                + ": expected no other process to use it, found one. Stop that workbench, or give"
                + " this one another folder by --state.");
      }
      deleteTree(folder.resolve(INCOMING));
      return new StateFolder(folder, channel, lock);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  /**
   * Deletes a folder with all that is in it. Links are deleted, never followed.
   *
   * @param root a folder or file; need not exist
   * @throws IOException if something cannot be deleted
   */
  public static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    List<Path> paths;
    try (Stream<Path> tree = Files.walk(root)) {
      paths = tree.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path each : paths) {
      Files.deleteIfExists(each);
    }
  }

  /**
   * The database's file.
   *
   * @return within the folder
   */
  public Path database() {
    return folder.resolve("workbench.sqlite");
  }

  /**
   * A folder below it, which is made when needed.
   *
   * @param name a name of the program's own, never one from a request
   * @return the folder
   * @throws IOException if it cannot be made
   */
  public Path subfolder(String name) throws IOException {
    return Files.createDirectories(folder.resolve(name));
  }

  /**
   * Where files lie that are not whole yet.
   *
   * @return emptied at each start
   * @throws IOException if it cannot be made
   */
  public Path incoming() throws IOException {
    return subfolder(INCOMING);
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
