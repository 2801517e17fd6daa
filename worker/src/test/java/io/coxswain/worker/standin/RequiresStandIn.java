package io.coxswain.worker.standin;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * On tests that call CUDA, NCCL or cuBLAS: they run on the {@link StandIn}, in this JVM and in those they start. They are
 * skipped only where there is no C compiler, and there they fail instead when the environment says that this is CI.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(StandInCondition.class)
public @interface RequiresStandIn {}
