package io.coxswain.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each overlay as kustomize renders it; {@link PlantedMistakesTest} shows that what is asked of them is not asked in vain. */
class ManifestsTest {

    private static Path tools = Path.of("");

    @BeforeAll
    static void fetchTools() throws Exception {
        tools = Tools.fetch();
    }

    @ParameterizedTest
    @ValueSource(strings = {"overlays/cpu", "overlays/gpu-per-pod", "overlays/gpus-per-node", "overlays/rdma"})
    void shouldHoldToTheSchemasAndToThePrograms(String folder) throws Exception {
        Rendered rendered = Rendered.of(Tools.render(tools, folder));

        assertThat(new SchemaCheck(tools.resolve("schemas")).problems(rendered)).isEmpty();
        assertThat(Rules.problems(rendered)).isEmpty();
    }
}
