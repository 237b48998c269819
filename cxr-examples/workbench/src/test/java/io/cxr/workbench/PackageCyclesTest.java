package io.cxr.workbench;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.net.URISyntaxException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Each package can be understood, and compiled, without those that use it. */
class PackageCyclesTest {
  private static JavaClasses classes;

  @BeforeAll
  static void read() throws URISyntaxException {
    Path compiled =
        Path.of(Workbench.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    classes =
        new ClassFileImporter().importPath(compiled).that(resideInAPackage("io.cxr.workbench.."));
    assertTrue(
        classes.contain(Workbench.class) && classes.size() > 40, "all classes are looked at");
  }

  @Test
  void packagesFormNoCycle() {
    slices().matching("io.cxr.(**)").should().beFreeOfCycles().check(classes);
  }

  /** What serves patients' films connects to nothing. */
  @Test
  void nothingConnectsToOtherComputers() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.net.Socket")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.net.HttpURLConnection")
        .orShould()
        .dependOnClassesThat()
        .resideInAPackage("java.net.http..")
        .check(classes);
  }
}
