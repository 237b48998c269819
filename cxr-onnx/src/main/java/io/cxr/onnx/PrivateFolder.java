package io.cxr.onnx;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.AclEntry;
import java.nio.file.attribute.AclEntryFlag;
import java.nio.file.attribute.AclEntryPermission;
import java.nio.file.attribute.AclEntryType;
import java.nio.file.attribute.AclFileAttributeView;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Folders and files that nobody may write to but the user of this process and those who rule the
 * machine anyway, because what lies in them is run. Where the file system knows permissions, these
 * and the owner are looked at; where it knows access control lists, as on Windows, those.
 */
final class PrivateFolder {
  private static final Path SELF = Path.of("/proc/self");

  /** With one of these, somebody can change what is run. */
  private static final Set<AclEntryPermission> CHANGING =
      EnumSet.of(
          AclEntryPermission.WRITE_DATA,
          AclEntryPermission.APPEND_DATA,
          AclEntryPermission.DELETE,
          AclEntryPermission.DELETE_CHILD,
          AclEntryPermission.WRITE_ACL,
          AclEntryPermission.WRITE_OWNER);

  private PrivateFolder() {}

  /** A folder or file that others may write to. */
  static final class WritableByOthersException extends FileSystemException {
    private static final long serialVersionUID = 1;

    private WritableByOthersException(Path path, String found) {
      super(
          path.toString(),
          null,
          "model cache: expected what the user of this process alone may write to, as libraries in"
              + " it are run, found "
              + found);
    }
  }

  /**
   * Makes a folder for this user alone where it is missing, and checks it where it is not.
   *
   * @throws WritableByOthersException if others may write to it
   * @throws IOException if it cannot be made, or a file is in its place
   */
  static void make(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      Path parent = folder.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      try {
        Files.createDirectory(folder, forThisUser(folder));
      } catch (FileAlreadyExistsException e) {
        if (!Files.isDirectory(folder)) {
          throw new FileSystemException(
              folder.toString(), null, "model cache: expected a folder, found a file");
        }
        // Another process was faster.
      }
    }
    require(folder);
  }

  private static FileAttribute<?>[] forThisUser(Path folder) {
    Set<String> views = folder.getFileSystem().supportedFileAttributeViews();
    if (views.contains("posix")) {
      return new FileAttribute<?>[] {
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
      };
    }
    // What a folder on Windows inherits is checked afterwards.
    return new FileAttribute<?>[0];
  }

  /**
   * Checks a folder or file.
   *
   * @throws WritableByOthersException if others may write to it, or own it
   * @throws IOException if it is missing or cannot be looked at
   */
  static void require(Path path) throws IOException {
    Set<String> views = path.getFileSystem().supportedFileAttributeViews();
    if (views.contains("posix")) {
      requireMode(path);
      requireOwner(path);
    } else if (views.contains("acl")) {
      AclFileAttributeView view = Files.getFileAttributeView(path, AclFileAttributeView.class);
      Set<UserPrincipal> trusted = trusted();
      if (!trusted.contains(view.getOwner())) {
        throw new WritableByOthersException(
            path, "the owner " + view.getOwner().getName() + "; choose another folder");
      }
      Set<UserPrincipal> strangers = changers(view.getAcl());
      strangers.removeAll(trusted);
      if (!strangers.isEmpty()) {
        throw new WritableByOthersException(
            path,
            strangers.stream().map(UserPrincipal::getName).sorted().toList()
                + "; take their rights away, or choose a folder below your own");
      }
    }
  }

  private static void requireMode(Path path) throws IOException {
    Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(path);
    if (permissions.contains(PosixFilePermission.GROUP_WRITE)
        || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
      throw new WritableByOthersException(
          path,
          PosixFilePermissions.toString(permissions)
              + "; run chmod "
              + (Files.isDirectory(path) ? "700" : "600")
              + " if you trust what is there, or choose another folder");
    }
  }

  private static void requireOwner(Path path) throws IOException {
    Object owner = Files.getAttribute(path, "unix:uid");
    boolean own;
    if (Files.isDirectory(SELF)) {
      own = owner.equals(Files.getAttribute(SELF, "unix:uid"));
    } else {
      own = Files.getOwner(path).equals(user());
    }
    if (!own && !owner.equals(0)) {
      throw new WritableByOthersException(path, "one of another user; choose another folder");
    }
  }

  private static UserPrincipal user() throws IOException {
    Path home = Path.of(System.getProperty("user.home"));
    return home.getFileSystem()
        .getUserPrincipalLookupService()
        .lookupPrincipalByName(System.getProperty("user.name"));
  }

  /**
   * This user, and whoever may write to this user's home folder: the system and its administrators,
   * whose names differ with the language of Windows.
   */
  private static Set<UserPrincipal> trusted() throws IOException {
    Set<UserPrincipal> trusted = new HashSet<>();
    trusted.add(user());
    AclFileAttributeView home =
        Files.getFileAttributeView(
            Path.of(System.getProperty("user.home")),
            AclFileAttributeView.class,
            LinkOption.NOFOLLOW_LINKS);
    trusted.addAll(changers(home.getAcl()));
    return trusted;
  }

  /** Who may change what lies behind an access control list. */
  static Set<UserPrincipal> changers(List<AclEntry> list) {
    Set<UserPrincipal> changers = new HashSet<>();
    for (AclEntry entry : list) {
      boolean changes = entry.permissions().stream().anyMatch(CHANGING::contains);
      // An entry that is only inherited says nothing of the folder itself; denials are not counted,
      // which errs on the safe side.
      if (entry.type() == AclEntryType.ALLOW
          && changes
          && !entry.flags().contains(AclEntryFlag.INHERIT_ONLY)) {
        changers.add(entry.principal());
      }
    }
    return changers;
  }
}
