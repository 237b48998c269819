package io.cxr.workbench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A workbench that other computers may reach. */
class TlsTest {
  private static final char[] PASSWORD = "changeit".toCharArray();

  @TempDir static Path folder;

  private static Path store;

  /** A key of this computer's, made by the JDK's tool. */
  @BeforeAll
  static void makeKeyStore() throws Exception {
    store = folder.resolve("server.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost,ip:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                new String(PASSWORD))
            .redirectErrorStream(true)
            .start();
    assertTrue(keytool.waitFor(180, TimeUnit.SECONDS));
    assertEquals(0, keytool.exitValue());
  }

  private static HttpClient trustingIt() throws Exception {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD);
    }
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("server", keys.getCertificate("server"));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return HttpClient.newBuilder().sslContext(context).build();
  }

  @Test
  void cookiesTravelEncryptedAlone() throws Exception {
    WorkbenchBuilder builder =
        Workbench.builder(folder.resolve("state"))
            .bind("0.0.0.0")
            .hostNames(Set.of("Reading-Room.example"))
            .tls(store, PASSWORD.clone());
    try (Workbench workbench = builder.open()) {
      assertEquals("https", workbench.url().getScheme());
      WorkbenchClient user = WorkbenchClient.stranger(workbench, trustingIt());
      String token = workbench.signInUrl().getFragment().substring("token=".length());
      HttpResponse<String> answer = user.signIn(Map.of("token", token), 204);
      String cookie = answer.headers().firstValue("Set-Cookie").orElseThrow();
      assertTrue(cookie.contains("Secure"), cookie);
      assertTrue(answer.headers().firstValue("Strict-Transport-Security").isPresent());
      assertEquals("local", user.get("/api/session").get("user").stringValue());
    }
  }

  @Test
  void keyStoresThatDoNotOpenAreNamed() throws Exception {
    IOException wrong =
        assertThrows(
            IOException.class, () -> Workbench.builder(folder).tls(store, "wrong".toCharArray()));
    assertTrue(wrong.getMessage().contains("server.p12"), wrong.getMessage());
    assertFalse(wrong.getMessage().contains("wrong"), wrong.getMessage());
  }
}
