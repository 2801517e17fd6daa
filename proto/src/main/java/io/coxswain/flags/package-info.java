/** What the programs' command lines share: flags that come from the environment. Depends on picocli only. */
@NullMarked
package io.coxswain.flags;

import org.jspecify.annotations.NullMarked;
