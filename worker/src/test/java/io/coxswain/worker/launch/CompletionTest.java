package io.coxswain.worker.launch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CompletionTest {
    @Test
    void shouldCompleteEveryFlag() {
        String script = CompletionMain.script();

        assertThat(script).contains("complete -F _complete_launch -o default launch launch.sh");
        assertThat(LaunchCommand.newCommandLine().getCommandSpec().options())
                .hasSizeGreaterThan(50)
                .allSatisfy(option -> assertThat(script).contains(option.longestName()));
    }
}
