package io.cxr.workbench.user;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PasswordFileTest {
  @TempDir Path folder;

  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("users");
  }

  @Test
  void passwordsOpenAndAreNotInTheFile() throws Exception {
    PasswordFile.add(file, "anna", "correct horse".toCharArray(), 1000);
    PasswordFile.add(file, "berta", "battery staple".toCharArray(), 1000);
    PasswordFile users = PasswordFile.open(file);
    assertEquals(Optional.of("anna"), users.signIn("anna", "correct horse".toCharArray()));
    assertEquals(Optional.empty(), users.signIn("anna", "battery staple".toCharArray()));
    assertEquals(Optional.empty(), users.signIn("clara", "correct horse".toCharArray()));
    assertEquals(Optional.empty(), users.signIn("anna", new char[0]));
    assertFalse(Files.readString(file).contains("horse"));
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
  }

  @Test
  void hashIsThatOfPublishedVectors() throws Exception {
    // PBKDF2-HMAC-SHA256 of "password" and "saltsalt", from Python's hashlib.pbkdf2_hmac.
    Files.writeString(
        file,
        "anna:pbkdf2-sha256:4096:c2FsdHNhbHQ=:ZiMD/VuDIBLM8rT9ZlFkcm8vO44PH2jtvpsH6s4pwvU=\n");
    assertEquals(
        Optional.of("anna"), PasswordFile.open(file).signIn("anna", "password".toCharArray()));
  }

  @Test
  void aNewPasswordReplacesTheOldOneAtOnce() throws Exception {
    PasswordFile.add(file, "anna", "first secret".toCharArray(), 1000);
    PasswordFile users = PasswordFile.open(file);
    assertTrue(users.signIn("anna", "first secret".toCharArray()).isPresent());
    PasswordFile.add(file, "anna", "second secret".toCharArray(), 1000);
    Files.setLastModifiedTime(file, FileTime.fromMillis(1));
    assertFalse(users.signIn("anna", "first secret".toCharArray()).isPresent());
    assertTrue(users.signIn("anna", "second secret".toCharArray()).isPresent());
    assertEquals(1, Files.readAllLines(file).size());
  }

  @Test
  void namesAndPasswordsAreChecked() {
    for (String name : List.of("", "a:b", "a b", "../a", "-a", "a\nb", "a".repeat(65))) {
      assertThrows(
          IllegalArgumentException.class,
          () -> PasswordFile.add(file, name, "long enough".toCharArray(), 1000),
          name);
    }
    assertThrows(
        IllegalArgumentException.class,
        () -> PasswordFile.add(file, "anna", "short".toCharArray(), 1000));
    assertFalse(Files.exists(file));
  }

  @Test
  void otherFilesAreNamedByLineAndNotRepeated() throws Exception {
    for (String line :
        List.of(
            "anna:secret", "anna:pbkdf2-sha256:x:y:z", "anna:pbkdf2-sha256:0:c2FsdHNhbHQ=:eA==")) {
      Files.writeString(file, "# users\n" + line + "\n");
      IOException refused = assertThrows(IOException.class, () -> PasswordFile.open(file));
      assertTrue(refused.getMessage().contains("line 2"), refused.getMessage());
      assertFalse(refused.getMessage().contains(":secret"), refused.getMessage());
    }
    Files.writeString(file, "");
    assertThrows(IOException.class, () -> PasswordFile.open(file));
  }
}
