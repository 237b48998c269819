package io.cxr.workbench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;

/**
 * The certificate that the server shows.
 *
 * @param context with its private key
 */
record KeyStoreFile(SSLContext context) {
  /** Reads a key store in PKCS #12, with one private key and its chain. */
  static KeyStoreFile read(Path file, char[] password) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(in, password);
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, password);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      return new KeyStoreFile(context);
    } catch (GeneralSecurityException | IOException e) {
      throw new IOException(
          "Key store "
              + file
              + ": expected a private key in PKCS #12 that this password opens, found "
              + e.getMessage(),
          e);
    }
  }
}
