package io.cxr.file;

import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** The default file system, but it counts how often each file is opened. Thread-safe. */
public final class OpenCounter extends FileSystemProvider {
  private final Map<String, Integer> opens = new TreeMap<>();
  private final FileSystem real = Path.of("").getFileSystem();
  private final FileSystem counting = new Counting();

  /** Counts from nothing on. */
  public OpenCounter() {}

  /** The same path, seen through this counter. */
  public Path path(Path path) {
    return (Path)
        Proxy.newProxyInstance(
            OpenCounter.class.getClassLoader(), new Class<?>[] {Path.class}, new Seen(path));
  }

  /** How often each file was opened, by its path. */
  public synchronized Map<String, Integer> opens() {
    return new TreeMap<>(opens);
  }

  private synchronized void count(Path path) {
    opens.merge(path.toString(), 1, Integer::sum);
  }

  private static Path unseen(Path path) {
    return Proxy.isProxyClass(path.getClass())
            && Proxy.getInvocationHandler(path) instanceof Seen seen
        ? seen.path
        : path;
  }

  /** Does what the path does; paths that come out of it are seen through the counter, too. */
  private final class Seen implements InvocationHandler {
    private final Path path;

    Seen(Path path) {
      this.path = path;
    }

    @Override
    public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
      if (method.getName().equals("getFileSystem")) {
        return counting;
      }
      if (method.getName().equals("toFile")) {
        // Whoever goes on with a File opens it out of sight.
        count(path);
      }
      Object[] unseen = arguments == null ? new Object[0] : arguments.clone();
      for (int i = 0; i < unseen.length; i++) {
        unseen[i] = unseen[i] instanceof Path other ? unseen(other) : unseen[i];
      }
      try {
        Object result = method.invoke(path, unseen);
        return result instanceof Path other ? path(other) : result;
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    }
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    count(path);
    return Files.newByteChannel(unseen(path), options, attributes);
  }

  @Override
  public FileChannel newFileChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    count(path);
    return FileChannel.open(unseen(path), options, attributes);
  }

  // The caller closes it, through the stream around it.
  @SuppressWarnings("StreamResourceLeak")
  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path folder, DirectoryStream.Filter<? super Path> filter) throws IOException {
    DirectoryStream<Path> stream =
        Files.newDirectoryStream(unseen(folder), entry -> filter.accept(path(entry)));
    return new DirectoryStream<>() {
      @Override
      public Iterator<Path> iterator() {
        Iterator<Path> entries = stream.iterator();
        return new Iterator<>() {
          @Override
          public boolean hasNext() {
            return entries.hasNext();
          }

          @Override
          public Path next() {
            return path(entries.next());
          }
        };
      }

      @Override
      public void close() throws IOException {
        stream.close();
      }
    };
  }

  @Override
  public String getScheme() {
    return real.provider().getScheme();
  }

  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
    throw new UnsupportedOperationException();
  }

  @Override
  public FileSystem getFileSystem(URI uri) {
    return counting;
  }

  @Override
  public Path getPath(URI uri) {
    return path(Path.of(uri));
  }

  @Override
  public void createDirectory(Path folder, FileAttribute<?>... attributes) throws IOException {
    Files.createDirectory(unseen(folder), attributes);
  }

  @Override
  public void delete(Path path) throws IOException {
    Files.delete(unseen(path));
  }

  @Override
  public void copy(Path source, Path target, CopyOption... options) throws IOException {
    count(source);
    Files.copy(unseen(source), unseen(target), options);
  }

  @Override
  public void move(Path source, Path target, CopyOption... options) throws IOException {
    Files.move(unseen(source), unseen(target), options);
  }

  @Override
  public boolean isSameFile(Path one, Path other) throws IOException {
    return Files.isSameFile(unseen(one), unseen(other));
  }

  @Override
  public boolean isHidden(Path path) throws IOException {
    return Files.isHidden(unseen(path));
  }

  @Override
  public FileStore getFileStore(Path path) throws IOException {
    return Files.getFileStore(unseen(path));
  }

  @Override
  public void checkAccess(Path path, AccessMode... modes) throws IOException {
    real.provider().checkAccess(unseen(path), modes);
  }

  @Override
  public <V extends FileAttributeView> V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    return Files.getFileAttributeView(unseen(path), type, options);
  }

  @Override
  public <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) throws IOException {
    return Files.readAttributes(unseen(path), type, options);
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
      throws IOException {
    return Files.readAttributes(unseen(path), attributes, options);
  }

  @Override
  public void setAttribute(Path path, String attribute, Object value, LinkOption... options)
      throws IOException {
    Files.setAttribute(unseen(path), attribute, value, options);
  }

  private final class Counting extends FileSystem {
    @Override
    public FileSystemProvider provider() {
      return OpenCounter.this;
    }

    @Override
    public void close() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public boolean isReadOnly() {
      return false;
    }

    @Override
    public String getSeparator() {
      return real.getSeparator();
    }

    @Override
    public Iterable<Path> getRootDirectories() {
      return real.getRootDirectories();
    }

    @Override
    public Iterable<FileStore> getFileStores() {
      return real.getFileStores();
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
      return real.supportedFileAttributeViews();
    }

    @Override
    public Path getPath(String first, String... more) {
      return path(real.getPath(first, more));
    }

    @Override
    public PathMatcher getPathMatcher(String pattern) {
      return path -> real.getPathMatcher(pattern).matches(unseen(path));
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
      return real.getUserPrincipalLookupService();
    }

    @Override
    public WatchService newWatchService() throws IOException {
      return real.newWatchService();
    }
  }
}
