package io.coxswain.k8s;

import java.io.IOException;
import java.util.List;

/** All that holds across the objects of an overlay. Stateless. */
final class Rules {

    private Rules() {}

    static List<String> problems(Rendered rendered) throws IOException, InterruptedException {
        var problems = new Problems();
        SecurityRules.check(rendered, problems);
        ReferenceRules.check(rendered, problems);
        ShapeRules.check(rendered, problems);
        ProgramRules.check(rendered, problems);
        return problems.found();
    }
}
