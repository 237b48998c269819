package io.cxr.pacs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Collection;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Whose certificates to show and to trust, from files. */
public final class TlsContexts {
  private TlsContexts() {}

  /**
   * Shows the certificate of a key store.
   *
   * @param keyStore in PKCS #12, with one private key and its chain
   * @param password of the store and of the key
   * @return a context for a server
   * @throws IOException if it cannot be read, is no key store, or the password is wrong
   */
  public static SSLContext ofKeyStore(Path keyStore, char[] password) throws IOException {
    try (InputStream in = Files.newInputStream(keyStore)) {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(in, password);
      KeyManagerFactory keys =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      keys.init(store, password);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException(
          "Key store "
              + keyStore
              + ": expected a private key in PKCS #12 that this password opens, found "
              + e.getMessage(),
          e);
    }
  }

  /**
   * Trusts the certificates of a file, and no others.
   *
   * @param certificates in PEM, of the archive itself or of who signed it
   * @return a context for a client
   * @throws IOException if it cannot be read or holds no certificate
   */
  public static SSLContext trusting(Path certificates) throws IOException {
    try (InputStream in = Files.newInputStream(certificates)) {
      Collection<? extends Certificate> found =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      if (found.isEmpty()) {
        throw new CertificateException("none");
      }
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      int count = 0;
      for (Certificate certificate : found) {
        store.setCertificateEntry("archive-" + ++count, certificate);
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException(
          "Certificates "
              + certificates
              + ": expected X.509 certificates in PEM, found "
              + e.getMessage(),
          e);
    }
  }
}
