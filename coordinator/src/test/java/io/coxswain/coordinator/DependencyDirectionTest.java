package io.coxswain.coordinator;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.conditions.ArchConditions;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import com.tngtech.archunit.library.Architectures;
import io.coxswain.coordinator.core.TermId;

@AnalyzeClasses(packages = "io.coxswain", importOptions = ImportOption.DoNotIncludeTests.class)
class DependencyDirectionTest {

    @ArchTest
    static final ArchRule shouldDependTowardsTheCoreOnly = Architectures.layeredArchitecture()
            .consideringOnlyDependenciesInAnyPackage("io.coxswain.coordinator..")
            .layer("core")
            .definedBy("io.coxswain.coordinator.core..")
            .layer("election")
            .definedBy("io.coxswain.coordinator.election..")
            .layer("engine")
            .definedBy("io.coxswain.coordinator.engine..")
            .layer("store")
            .definedBy("io.coxswain.coordinator.store..")
            .layer("replica")
            .definedBy("io.coxswain.coordinator.replica..")
            .layer("grpc")
            .definedBy("io.coxswain.coordinator.grpc..")
            .layer("rehearsal")
            .definedBy("io.coxswain.coordinator.rehearsal..")
            .layer("observe")
            .definedBy("io.coxswain.coordinator.observe..")
            .layer("decide")
            .definedBy("io.coxswain.coordinator.decide..")
            .layer("history")
            .definedBy("io.coxswain.coordinator.history..")
            .layer("main")
            .definedBy("io.coxswain.coordinator")
            .whereLayer("core")
            .mayOnlyBeAccessedByLayers(
                    "election", "engine", "store", "replica", "grpc", "observe", "rehearsal", "decide", "main")
            .whereLayer("election")
            .mayOnlyBeAccessedByLayers("store", "replica", "grpc", "main")
            .whereLayer("engine")
            .mayOnlyBeAccessedByLayers("replica", "grpc", "observe", "rehearsal", "main")
            .whereLayer("store")
            .mayOnlyBeAccessedByLayers("replica", "grpc", "main")
            .whereLayer("replica")
            .mayOnlyBeAccessedByLayers("grpc", "rehearsal", "main")
            .whereLayer("grpc")
            .mayOnlyBeAccessedByLayers("rehearsal", "main")
            .whereLayer("rehearsal")
            .mayOnlyBeAccessedByLayers("main")
            .whereLayer("observe")
            .mayOnlyBeAccessedByLayers("rehearsal", "main")
            .whereLayer("decide")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("history")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("main")
            .mayNotBeAccessedByAnyLayer();

    @ArchTest
    static final ArchRule shouldKeepTheCorePure = ArchRuleDefinition.noClasses()
            .that()
            .resideInAPackage("io.coxswain.coordinator.core..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.grpc..",
                    "io.netty..",
                    "com.google.protobuf..",
                    "io.coxswain.v1..",
                    "org.slf4j..",
                    "java.net..",
                    "java.io..",
                    "java.nio..",
                    "java.time..",
                    "java.util.concurrent..")
            .orShould()
            .callMethod(System.class, "nanoTime")
            .orShould()
            .callMethod(System.class, "currentTimeMillis");

    @ArchTest
    static final ArchRule shouldKeepTheElectionPureAndApartFromTheGroup = ArchRuleDefinition.classes()
            .that()
            .resideInAPackage("io.coxswain.coordinator.election..")
            .should()
            .onlyDependOnClassesThat(JavaClass.Predicates.resideInAnyPackage(
                            "io.coxswain.coordinator.election..",
                            "java.lang",
                            "java.lang.invoke",
                            "java.lang.runtime",
                            "java.util",
                            "java.util.function",
                            "org.jspecify..")
                    .or(JavaClass.Predicates.equivalentTo(TermId.class)))
            .andShould(ArchConditions.never(ArchConditions.callMethod(System.class, "nanoTime")))
            .andShould(ArchConditions.never(ArchConditions.callMethod(System.class, "currentTimeMillis")));

    @ArchTest
    static final ArchRule shouldNotKnowTheWorker = ArchRuleDefinition.noClasses()
            .that()
            .resideInAPackage("io.coxswain.coordinator..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.coxswain.worker..", "io.coxswain.nccl4j..");

    @ArchTest
    static final ArchRule shouldHaveNoCycles =
            slices().matching("io.coxswain.coordinator.(*)..").should().beFreeOfCycles();
}
