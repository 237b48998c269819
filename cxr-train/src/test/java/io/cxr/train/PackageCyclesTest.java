package io.cxr.train;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.net.URISyntaxException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Each package can be understood, and compiled, without those that use it. */
class PackageCyclesTest {

  @Test
  void packagesFormNoCycle() throws URISyntaxException {
    Path compiled =
        Path.of(Trainer.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    JavaClasses classes =
        new ClassFileImporter().importPath(compiled).that(resideInAPackage("io.cxr.train.."));
    assertTrue(classes.contain(Trainer.class) && classes.size() > 100, "all classes are looked at");
    slices().matching("io.cxr.(**)").should().beFreeOfCycles().check(classes);
  }
}
