package io.cxr.audit;

import io.cxr.dicom.DicomDataSet;
import io.cxr.dicom.DicomTag;
import io.cxr.file.Sha256;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The audit trail of classifications: an append-only file of JSON lines, one {@link AuditRecord}
 * per line. Each line contains its number and the SHA-256 of the previous line, so that a missing,
 * moved or altered line is detected ({@link #verify(Path)}):
 *
 * <pre>{@code
 * try (AuditTrail trail = AuditTrail.open(Path.of("audit.jsonl"))) {
 *   trail.append(
 *       new AuditRecord(
 *           Instant.now(),
 *           Optional.of(Sha256.hex(bytes)),
 *           trail.hash(DicomFile.read(bytes, DecodeLimits.DEFAULT).dataSet()),
 *           prediction.model(),
 *           AuditOutcome.of(prediction),
 *           "worklist-7"));
 * }
 * }</pre>
 *
 * <p>When {@link #append} returns, the record is on disk. If it cannot be written, its partial line
 * is removed. A line that a crash left half-written is set aside when the trail is next opened, and
 * the trail continues after the last complete line. Only one process at a time writes a trail: it
 * holds a lock on the file {@code NAME.lock} next to it, which is not deleted. The trail is never
 * rotated or truncated; to begin a new one, open another file.
 *
 * <p>The hashes reveal accidents and simple changes. Whoever may write the file can also rewrite it
 * as a whole, or truncate it; this is detected with an {@link AuditEntry#sha256()} that was kept
 * elsewhere. (These records are not the audit messages of DICOM PS3.15 A.5.)
 *
 * <p>Thread-safe; the code that opens a trail must close it.
 */
public final class AuditTrail implements AutoCloseable {
  /** Lines are a few hundred bytes; the bound keeps a file that is no trail out of memory. */
  private static final int LONGEST_LINE = 1 << 20;

  private static final int LEAST_KEY = 16;

  /**
   * The trails that this process has open. Locks of files are the whole process' own, so they do
   * not keep its parts apart.
   */
  private static final Set<Path> OPEN = ConcurrentHashMap.newKeySet();

  private final Path file;
  private final Path identity;
  private final byte @Nullable [] key;
  private final FileChannel lock;

  /**
   * Not a channel: an interrupt of a thread that is writing would close that, and end the trail.
   */
  private final RandomAccessFile out;

  private final Optional<Path> setAside;
  private long end;
  private long sequence;
  private String head;
  private boolean failed;
  private boolean closed;

  private AuditTrail(
      Path file,
      Path identity,
      byte @Nullable [] key,
      FileChannel lock,
      RandomAccessFile out,
      Tail tail,
      Optional<Path> setAside) {
    this.file = file;
    this.identity = identity;
    this.key = key;
    this.lock = lock;
    this.out = out;
    this.setAside = setAside;
    this.end = tail.end();
    this.sequence = tail.sequence();
    this.head = tail.head();
  }

  /**
   * Opens a trail that hashes UIDs without a key.
   *
   * @param file the file; created, with its folders, if it does not exist
   * @return the trail, ready to append
   * @throws IOException as {@link Builder#open()}
   */
  public static AuditTrail open(Path file) throws IOException {
    return builder(file).open();
  }

  /**
   * Options for opening a trail.
   *
   * @param file the file, on the default file system
   * @return a builder
   */
  public static Builder builder(Path file) {
    return new Builder(file);
  }

  /** The options of a trail. Not thread-safe. */
  public static final class Builder {
    private final Path file;
    private byte @Nullable [] key;
    private boolean verified;
    private Optional<String> contained = Optional.empty();

    private Builder(Path file) {
      this.file = Objects.requireNonNull(file, "file");
    }

    /**
     * Hashes UIDs by HMAC-SHA-256 (RFC 2104), so that known UIDs cannot be looked up in the trail
     * without the key.
     *
     * @param key at least 16 bytes that cannot be guessed; copied
     * @return this
     * @throws IllegalArgumentException if it is shorter
     */
    public Builder key(byte[] key) {
      if (key.length < LEAST_KEY) {
        throw new IllegalArgumentException(
            "Audit trail: expected a key of at least "
                + LEAST_KEY
                + " bytes, found "
                + key.length
                + ". Use 32 random ones.");
      }
      this.key = key.clone();
      return this;
    }

    /**
     * Verifies the whole trail when it is opened, before anything is appended to it. It is read
     * once from start to end, at about 100 MB per second.
     *
     * @return this
     */
    public Builder verified() {
      this.verified = true;
      return this;
    }

    /**
     * Verifies the whole trail when it is opened, and that it contains a record, which reveals a
     * truncated or rewritten trail.
     *
     * @param sha256 an {@link AuditEntry#sha256()} or {@link AuditTrail#head()} that was kept
     *     elsewhere; every trail contains the zeros of an empty one
     * @return this
     */
    public Builder containing(String sha256) {
      this.contained = Optional.of(sha256);
      return verified();
    }

    /**
     * Opens the trail, and sets aside an incomplete last line.
     *
     * @return the trail, ready to append
     * @throws IOException if it cannot be read or written, if this or another process has it open,
     *     if its end is not that of a trail, or if it fails the checks of {@link #verified()} or
     *     {@link #containing}
     */
    public AuditTrail open() throws IOException {
      Path absolute = file.toAbsolutePath();
      Path folder = absolute.resolveSibling(".");
      Files.createDirectories(folder);
      Path identity =
          Files.exists(absolute)
              ? absolute.toRealPath()
              : folder.toRealPath().resolve(absolute.getFileName());
      if (!OPEN.add(identity)) {
        throw taken(file, "this process");
      }
      boolean opened = false;
      try {
        AuditTrail trail = locked(file, identity, key);
        try {
          if (verified) {
            check(trail);
          }
          opened = true;
        } finally {
          if (!opened) {
            trail.close();
          }
        }
        return trail;
      } finally {
        if (!opened) {
          OPEN.remove(identity);
        }
      }
    }

    private void check(AuditTrail trail) throws IOException {
      boolean[] found = {contained.isEmpty() || contained.get().equals(AuditLine.NONE_BEFORE)};
      AuditVerification verification =
          verify(file, entry -> found[0] |= entry.sha256().equals(contained.orElse("")));
      if (verification.fault().isPresent()) {
        AuditVerification.Fault fault = verification.fault().get();
        throw Tail.damaged(file, "its line " + fault.line() + " is bad: " + fault.reason());
      }
      if (!found[0]) {
        throw Tail.damaged(
            file,
            "the record that should be in it is not among its "
                + trail.records()
                + ": its end was cut off, or it was made anew");
      }
    }
  }

  private static AuditTrail locked(Path file, Path identity, byte @Nullable [] key)
      throws IOException {
    FileChannel lock =
        FileChannel.open(
            identity.resolveSibling(identity.getFileName() + ".lock"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE);
    RandomAccessFile out = null;
    boolean opened = false;
    try {
      FileLock held = lock.tryLock();
      if (held == null) {
        throw taken(file, "another process");
      }
      boolean isNew = Files.notExists(identity);
      out = new RandomAccessFile(identity.toFile(), "rw");
      if (isNew) {
        forceFolder(identity);
      }
      Tail tail = Tail.of(file, out);
      Optional<Path> setAside = Optional.empty();
      if (tail.torn().hasRemaining()) {
        setAside = Optional.of(keep(identity, tail.torn()));
        out.setLength(tail.end());
        out.getFD().sync();
      }
      AuditTrail trail = new AuditTrail(file, identity, key, lock, out, tail, setAside);
      opened = true;
      return trail;
    } finally {
      if (!opened) {
        if (out != null) {
          out.close();
        }
        lock.close();
      }
    }
  }

  private static IOException taken(Path file, String by) {
    return new FileSystemException(
        file.toString(),
        null,
        "expected an audit trail that nobody else writes, found it open in "
            + by
            + "; close it there, or write another file");
  }

  /** A new file's name is on the disk when its folder is; Windows has no such thing. */
  private static void forceFolder(Path identity) {
    try (FileChannel folder =
        FileChannel.open(identity.resolveSibling("."), StandardOpenOption.READ)) {
      folder.force(true);
    } catch (IOException e) {
      System.getLogger(AuditTrail.class.getName())
          .log(System.Logger.Level.DEBUG, "This system does not force folders to the disk", e);
    }
  }

  /** Writes what a crash left beside the trail, before it is cut off there. */
  private static Path keep(Path identity, ByteBuffer torn) throws IOException {
    int number = 1;
    while (true) {
      Path aside = identity.resolveSibling(identity.getFileName() + ".torn-" + number);
      try (FileChannel channel =
          FileChannel.open(aside, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        keep(channel, torn, aside);
        forceFolder(identity);
        return aside;
      } catch (FileAlreadyExistsException e) {
        // It is from an earlier crash; the next number may be free.
        number++;
      }
    }
  }

  /** On a full disk nothing is kept, and the trail stays torn until there is room. */
  private static void keep(FileChannel channel, ByteBuffer torn, Path aside) throws IOException {
    boolean kept = false;
    try {
      while (torn.hasRemaining()) {
        channel.write(torn);
      }
      channel.force(true);
      kept = true;
    } catch (IOException e) {
      FileSystemException refusal =
          new FileSystemException(
              aside.toString(),
              null,
              "expected room for what a crash left of the trail's last line, found that it cannot"
                  + " be written ("
                  + e.getMessage()
                  + "); make room, and open the trail again");
      refusal.initCause(e);
      throw refusal;
    } finally {
      if (!kept) {
        Files.deleteIfExists(aside);
      }
    }
  }

  /**
   * Where a trail goes on.
   *
   * @param end the length of its whole lines in bytes
   * @param torn what is behind them
   */
  private record Tail(long end, long sequence, String head, ByteBuffer torn) {

    /** Looks at the last line alone, so that a long trail is opened at once. */
    static Tail of(Path file, RandomAccessFile in) throws IOException {
      long length = in.length();
      byte[] bytes = new byte[(int) Math.min(length, 3L * (LONGEST_LINE + 1))];
      in.seek(length - bytes.length);
      in.readFully(bytes);
      boolean isWhole = bytes.length == length;
      int end = lineEnd(bytes, bytes.length);
      int start = lineEnd(bytes, end - 1);
      // A file system may have kept a line's length and end, but not yet its beginning.
      if (end > 0 && hasHole(bytes, start, end)) {
        end = start;
        start = lineEnd(bytes, end - 1);
      }
      byte[] torn = Arrays.copyOfRange(bytes, end, bytes.length);
      if (end == 0) {
        if (!isWhole || !isStart(torn)) {
          throw damaged(file, "its first line is none of a trail");
        }
        return new Tail(0, 0, AuditLine.NONE_BEFORE, ByteBuffer.wrap(torn));
      }
      if (torn.length > LONGEST_LINE || (start == 0 && !isWhole)) {
        throw damaged(file, "its last line is too long");
      }
      byte[] line = Arrays.copyOfRange(bytes, start, end - 1);
      try {
        AuditLine last = AuditLine.decode(line);
        return new Tail(
            length - bytes.length + end, last.sequence(), Sha256.hex(line), ByteBuffer.wrap(torn));
      } catch (AuditLine.DamagedLineException e) {
        throw damaged(file, "its last line is damaged: " + e.getMessage());
      }
    }

    /** Where the last line before a place ends, behind its line feed; 0 if there is none. */
    private static int lineEnd(byte[] bytes, int before) {
      int at = Math.max(before, 0);
      while (at > 0 && bytes[at - 1] != '\n') {
        at--;
      }
      return at;
    }

    private static boolean hasHole(byte[] bytes, int start, int end) {
      for (int i = start; i < end; i++) {
        if (bytes[i] == 0) {
          return true;
        }
      }
      return false;
    }

    /** Whether this may be what is left of a first line; a file of another kind is not touched. */
    private static boolean isStart(byte[] torn) {
      if (torn.length > LONGEST_LINE) {
        return false;
      }
      return AuditLine.STARTS.stream()
          .map(start -> start.getBytes(StandardCharsets.US_ASCII))
          .anyMatch(start -> isTornFrom(start, torn));
    }

    private static boolean isTornFrom(byte[] start, byte[] torn) {
      for (int i = 0; i < Math.min(start.length, torn.length); i++) {
        if (torn[i] != start[i] && torn[i] != 0) {
          return false;
        }
      }
      return true;
    }

    private static IOException damaged(Path file, String found) {
      return new FileSystemException(
          file.toString(),
          null,
          "expected an audit trail, found that "
              + found
              + "; verify it, keep it, and write another file");
    }
  }

  /**
   * Hashes the UIDs of an instance, with the trail's key if it has one.
   *
   * @param instance the instance
   * @return the hashes of the UIDs that it has
   */
  public HashedUids hash(DicomDataSet instance) {
    Optional<String> study = hash(instance, DicomTag.STUDY_INSTANCE_UID);
    Optional<String> series = hash(instance, DicomTag.SERIES_INSTANCE_UID);
    Optional<String> sop = hash(instance, DicomTag.SOP_INSTANCE_UID);
    return study.isEmpty() && series.isEmpty() && sop.isEmpty()
        ? HashedUids.NONE
        : new HashedUids(key != null, study, series, sop);
  }

  private Optional<String> hash(DicomDataSet instance, DicomTag tag) {
    return instance.string(tag).filter(uid -> !uid.isBlank()).map(this::hash);
  }

  private String hash(String uid) {
    byte[] bytes = uid.getBytes(StandardCharsets.UTF_8);
    if (key == null) {
      return Sha256.hex(bytes);
    }
    return HexFormat.of().formatHex(Sha256.hmac(new SecretKeySpec(key, Sha256.HMAC), bytes));
  }

  /**
   * Appends a record. It is on disk when this method returns, as far as the operating system
   * guarantees it; an interrupt does not stop it.
   *
   * @param record the record
   * @return the record with its number and the SHA-256 of its line
   * @throws IOException if it cannot be written. If the trail can be restored to its previous
   *     length, as on a full disk, the record is not in it and may be appended again; otherwise the
   *     trail must be reopened, and may or may not contain the record
   * @throws IllegalArgumentException if its line is longer than 1 MiB
   * @throws IllegalStateException if the trail is closed
   */
  public synchronized AuditEntry append(AuditRecord record) throws IOException {
    if (closed) {
      throw new IllegalStateException("Audit trail: expected an open one, found it closed");
    }
    if (failed) {
      throw new FileSystemException(
          file.toString(),
          null,
          "expected an audit trail that can be written, found that an earlier record could not be;"
              + " nor be cut off; close it, make room, and open it again");
    }
    byte[] line = new AuditLine(sequence + 1, record, head).encode();
    if (line.length > LONGEST_LINE) {
      throw new IllegalArgumentException(
          "Audit record: expected a line of at most "
              + LONGEST_LINE
              + " bytes, found "
              + line.length);
    }
    byte[] whole = Arrays.copyOf(line, line.length + 1);
    whole[line.length] = '\n';
    write(whole);
    end += whole.length;
    sequence++;
    head = Sha256.hex(line);
    return new AuditEntry(sequence, record, head);
  }

  /**
   * Writes a line, or nothing: what a full disk took of it is cut off at once, so that every
   * further attempt does not leave another torn line.
   */
  private void write(byte[] whole) throws IOException {
    failed = true;
    try {
      out.seek(end);
      out.write(whole);
      out.getFD().sync();
      failed = false;
    } catch (IOException e) {
      try {
        out.setLength(end);
        out.getFD().sync();
        failed = false;
      } catch (IOException alsoFailed) {
        // Nobody knows what is on the disk: opening finds out.
        e.addSuppressed(alsoFailed);
      }
      throw new NotWrittenException(file, e, !failed);
    }
  }

  /** Says whether the trail can be used further. */
  private static final class NotWrittenException extends FileSystemException {
    private static final long serialVersionUID = 1L;

    NotWrittenException(Path file, IOException cause, boolean isWhole) {
      super(
          file.toString(),
          null,
          "expected that a record can be written, found that it cannot ("
              + cause.getMessage()
              + "); "
              + (isWhole
                  ? "the trail is as it was before: make room, and append it again"
                  : "close the trail, make room, and open it again"));
      initCause(cause);
    }
  }

  /**
   * The number of records in the trail.
   *
   * @return the number of the last one, 0 if there is none
   */
  public synchronized long records() {
    return sequence;
  }

  /**
   * The SHA-256 of the last record's line. If kept elsewhere, in a log or a metric, it later
   * reveals whether the trail was truncated or rewritten ({@link Builder#containing}).
   *
   * @return 64 lower-case hexadecimal digits, zeros if there is no record
   */
  public synchronized String head() {
    return head;
  }

  /**
   * The file to which an incomplete last line was moved when this trail was opened.
   *
   * @return the file next to the trail, {@code NAME.torn-1} or a higher number; empty if the last
   *     line was complete
   */
  public Optional<Path> setAside() {
    return setAside;
  }

  /**
   * Waits for a record that is being appended, then closes the trail and releases its lock.
   * Idempotent.
   *
   * @throws IOException if the file cannot be closed; all records are on disk
   */
  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    // In this order: nobody else writes before this file is closed.
    try {
      out.close();
    } finally {
      try {
        lock.close();
      } finally {
        OPEN.remove(identity);
      }
    }
  }

  /**
   * Verifies a trail from its first line to its last, or to the first bad one.
   *
   * @param file the trail; one that is being written may end with an incomplete line
   * @return the number of valid records, and the first bad line
   * @throws IOException if it cannot be read
   */
  public static AuditVerification verify(Path file) throws IOException {
    return verify(file, entry -> {});
  }

  /**
   * Verifies a trail and reads its records.
   *
   * @param file the trail; one that is being written may end with an incomplete line
   * @param records receives each valid record, in order, up to the first bad line
   * @return the number of valid records, and the first bad line
   * @throws IOException if it cannot be read
   */
  public static AuditVerification verify(Path file, Consumer<AuditEntry> records)
      throws IOException {
    long good = 0;
    String head = AuditLine.NONE_BEFORE;
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      for (byte[] line = next(in); line != null; line = next(in)) {
        AuditLine read = AuditLine.decode(line);
        if (read.sequence() != good + 1) {
          throw new AuditLine.DamagedLineException(
              "expected number "
                  + (good + 1)
                  + ", found "
                  + read.sequence()
                  + ": lines are missing, moved or there twice");
        }
        if (!read.previous().equals(head)) {
          throw new AuditLine.DamagedLineException(
              "expected it to follow the line before, found another hash: one of the two was"
                  + " replaced");
        }
        good++;
        head = Sha256.hex(line);
        records.accept(new AuditEntry(good, read.record(), head));
      }
      return new AuditVerification(good, head, Optional.empty());
    } catch (AuditLine.DamagedLineException e) {
      return new AuditVerification(
          good,
          head,
          Optional.of(new AuditVerification.Fault(good + 1, String.valueOf(e.getMessage()))));
    }
  }

  /** The next line without its end; null at the end of the file. */
  private static byte @Nullable [] next(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(1024);
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        if (line.size() == 0) {
          return null;
        }
        throw new AuditLine.DamagedLineException(
            "expected its end, found the file's: it was cut, or a crash tore it, or it is being"
                + " written");
      }
      if (line.size() == LONGEST_LINE) {
        throw new AuditLine.DamagedLineException(
            "expected at most " + LONGEST_LINE + " bytes, found more");
      }
      line.write(next);
    }
    return line.toByteArray();
  }
}
