package io.cxr;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.net.URISyntaxException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Which package may know which: a part can be understood, and compiled, without those above it. */
class PackagesTest {
  private static JavaClasses core;

  @BeforeAll
  static void read() throws URISyntaxException {
    Path compiled =
        Path.of(Classifier.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    core = new ClassFileImporter().importPath(compiled);
    assertTrue(core.contain(Classifier.class) && core.size() > 250, "all classes are looked at");
  }

  @Test
  void packagesFormNoCycle() {
    // One slice a package, the root package among them.
    slices().matching("io.(**)").should().beFreeOfCycles().check(core);
  }

  @Test
  void codecsKnowNeitherRadiographsNorThePlatform() {
    classes()
        .that()
        .resideInAPackage("io.cxr.codec..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                "io.cxr.codec..",
                "java.io",
                "java.lang",
                "java.nio",
                "java.util..",
                "java.nio.charset",
                "org.jspecify.."))
        .allowEmptyShould(false)
        .check(core.that(not(simpleName("Words"))));
  }

  @Test
  void readingKnowsNoDicom() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "io.cxr", "io.cxr.radiograph", "io.cxr.model", "io.cxr.preprocess", "io.cxr.explain")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.cxr.dicom..")
        .check(core);
  }

  @Test
  void commonsImagingIsUsedThroughItsPublicApiAlone() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "org.apache.commons.imaging.formats..", "org.apache.commons.imaging.internal..")
        .check(core);
  }
}
