package io.coxswain.worker;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;
import com.tngtech.archunit.library.Architectures;

@AnalyzeClasses(packages = "io.coxswain", importOptions = ImportOption.DoNotIncludeTests.class)
class DependencyDirectionTest {

    @ArchTest
    static final ArchRule shouldDependOneWay = Architectures.layeredArchitecture()
            .consideringOnlyDependenciesInAnyPackage("io.coxswain.worker..")
            .layer("forward")
            .definedBy("io.coxswain.worker.forward..")
            .layer("device")
            .definedBy("io.coxswain.worker.device..")
            .layer("collective")
            .definedBy("io.coxswain.worker.collective..")
            .layer("net")
            .definedBy("io.coxswain.worker.net..")
            .layer("step")
            .definedBy("io.coxswain.worker.step..")
            .layer("feed")
            .definedBy("io.coxswain.worker.feed..")
            .layer("runner")
            .definedBy("io.coxswain.worker.runner..")
            .layer("report")
            .definedBy("io.coxswain.worker.report..")
            .layer("health")
            .definedBy("io.coxswain.worker.health..")
            .layer("launch")
            .definedBy("io.coxswain.worker.launch..")
            .optionalLayer("bench")
            .definedBy("io.coxswain.worker.bench..")
            .optionalLayer("gpucheck")
            .definedBy("io.coxswain.worker.gpucheck..")
            .layer("main")
            .definedBy("io.coxswain.worker")
            .whereLayer("forward")
            .mayOnlyBeAccessedByLayers("runner", "main")
            .whereLayer("device")
            .mayOnlyBeAccessedByLayers("collective", "runner", "gpucheck", "main")
            .whereLayer("collective")
            .mayOnlyBeAccessedByLayers("runner", "main")
            .whereLayer("net")
            .mayOnlyBeAccessedByLayers("step", "feed", "health", "launch", "bench", "main")
            .whereLayer("step")
            .mayOnlyBeAccessedByLayers("runner", "bench", "main")
            .whereLayer("feed")
            .mayOnlyBeAccessedByLayers("runner", "launch", "main")
            .whereLayer("runner")
            .mayOnlyBeAccessedByLayers("main")
            .whereLayer("report")
            .mayOnlyBeAccessedByLayers("feed", "launch")
            .whereLayer("health")
            .mayOnlyBeAccessedByLayers("launch", "main")
            .whereLayer("launch")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("bench")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("gpucheck")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("main")
            .mayNotBeAccessedByAnyLayer();

    @ArchTest
    static final ArchRule shouldKeepTheForwardContextFreeOfEverythingButTheSharedTypes = ArchRuleDefinition.classes()
            .that()
            .resideInAPackage("io.coxswain.worker.forward..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("io.coxswain.worker.forward..", "io.coxswain.types..", "java..", "org.jspecify..");

    @ArchTest
    static final ArchRule shouldKeepTheNcclApiOfUseOnItsOwn = ArchRuleDefinition.classes()
            .that()
            .resideInAPackage("io.coxswain.nccl4j..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("io.coxswain.nccl4j..", "org.bytedeco..", "java..", "org.jspecify..");

    @ArchTest
    static final ArchRule shouldReachNcclThroughItsApi = ArchRuleDefinition.noClasses()
            .that()
            .resideOutsideOfPackage("io.coxswain.nccl4j..")
            .should()
            .dependOnClassesThat()
            .haveFullyQualifiedName("org.bytedeco.cuda.global.nccl");

    @ArchTest
    static final ArchRule shouldMeetTheCoordinatorOnlyInTheContract = ArchRuleDefinition.noClasses()
            .that()
            .resideInAPackage("io.coxswain.worker..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.coxswain.coordinator..");

    @ArchTest
    static final ArchRule shouldHaveNoCycles =
            slices().matching("io.coxswain.worker.(*)..").should().beFreeOfCycles();
}
